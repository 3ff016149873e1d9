import Gateway

// One operation: who may use it, what it takes, what it answers, what refuses it, and an example.

extension HTMLWriter {
    mutating func operation(_ route: Route, _ basePath: String, _ site: String) {
        element("section", ["id": route.id]) { page in
            page.element("h3") { page in
                page.badge(route.method)
                page.raw(" ")
                page.path(route, basePath)
                if route.isExtra {
                    page.raw(" ")
                    page.element("span", ["class": "mark"], "extra")
                }
            }
            page.element("p", route.summary)
            page.facts(of: route)
            page.parameters(of: route)
            if let answer = route.answer, answer.listsMembers { page.members(of: answer) }
            page.refusals(of: route)
            page.example(of: route, site + basePath)
        }
        raw("\n")
    }

    mutating func badge(_ method: Method) {
        element("b", ["class": method.text.lowercased()], method.text)
    }

    mutating func path(_ route: Route, _ basePath: String) {
        element("code") { page in
            page.text(basePath)
            for segment in route.pattern.segments {
                page.raw("/")
                switch segment {
                case .literal(let text): page.text(text)
                case .placeholder(let placeholder): page.element("var", placeholder.rawValue)
                }
            }
        }
    }

    private mutating func facts(of route: Route) {
        element("dl") { page in
            page.fact("Name") { $0.code(route.merged?.id ?? route.id) }
            page.fact("Who may") { $0.text(route.who) }
            page.fact("Answer") { page in
                if let type = route.documentType {
                    page.text("a document of the type ")
                    page.code(type)
                } else if let answer = route.answer {
                    page.type(of: answer)
                    if !answer.meaning.isEmpty, answer.name == nil { page.text(": \(answer.meaning)") }
                } else {
                    page.text("success, without data")
                }
            }
            if route.isPaged {
                page.fact("In parts") { page in
                    page.text("with limit and after, see ")
                    page.link("parts", "long lists")
                }
            }
        }
    }

    private mutating func fact(_ name: String, _ content: (inout HTMLWriter) -> Void) {
        element("div") { page in
            page.element("dt", name)
            page.element("dd", [:], content)
        }
    }

    private mutating func parameters(of route: Route) {
        let placeholders = route.pattern.placeholders
        if placeholders.isEmpty && route.parameters.isEmpty { return }
        table("Parameters", "parameters", columns: ["Name", "Value, example", "Meaning"]) { page in
            for placeholder in placeholders {
                page.element("tr") { page in
                    page.rowHeading { page in
                        page.element("code") { $0.element("var", placeholder.rawValue) }
                    }
                    page.element("td") { page in
                        page.type(of: placeholder.shape)
                        page.exampleValue(placeholder.example)
                    }
                    page.element("td", placeholder.shape.meaning)
                }
            }
            for field in route.parameters {
                page.parameter(field, isExtra: route.extraParameters.contains(field.name))
            }
        }
    }

    private mutating func parameter(_ field: Field, isExtra: Bool) {
        element("tr") { page in
            page.rowHeading { page in
                page.code(field.name)
                if field.isRequired {
                    page.raw(" ")
                    page.element("span", ["class": "mark strong"], "required")
                }
                if isExtra {
                    page.raw(" ")
                    page.element("span", ["class": "mark"], "extra")
                }
            }
            page.element("td") { page in
                page.text(field.kind)
                page.exampleValue(field.example)
            }
            page.element("td") { page in
                page.text(field.summary)
                if let older = field.older {
                    page.note { page in
                        page.text("Older name: ")
                        page.code(older)
                    }
                }
                if field.access != .caller {
                    page.note { $0.text("Who may set it: \(field.access.meaning).") }
                }
                if let needs = field.needs {
                    page.note { page in
                        page.text("Only together with ")
                        page.code(needs)
                    }
                }
                if !field.conflicts.isEmpty {
                    page.note { page in
                        page.text("Not together with ")
                        page.codes(field.conflicts, " or ")
                    }
                }
                if let condition = field.unreadBeside {
                    page.note { page in
                        page.text("Not read beside ")
                        page.code(condition)
                    }
                }
                if field.secret != nil { page.note { $0.text("Only in a body.") } }
            }
        }
    }

    private mutating func note(_ content: (inout HTMLWriter) -> Void) {
        element("small", [:], content)
    }

    private mutating func exampleValue(_ example: String) {
        element("small") { $0.code(example) }
    }

    private mutating func refusals(of route: Route) {
        let refusals = route.refusals.filter { !APIError.keysOfEveryOperation.contains($0.key) }
        if refusals.isEmpty { return }
        words(refusals, "Refusals")
    }

    /// A table of words with their status under strict handling; "always" where default handling has the same.
    mutating func words(_ refusals: [APIError], _ caption: String) {
        table(caption, "words", columns: ["Word", "Strict status", "Meaning"]) { page in
            for refusal in refusals {
                page.element("tr") { page in
                    page.rowHeading { $0.code(refusal.word) }
                    page.element("td") { page in
                        page.text(String(refusal.strictStatus.rawValue))
                        if refusal.status == refusal.strictStatus { page.text(", always") }
                    }
                    page.element("td", refusal.meaning)
                }
            }
        }
    }

    private mutating func example(of route: Route, _ site: String) {
        guard let example = RecordedExample.recorded[route.id] else { return }
        element("figure") { page in
            page.element("figcaption", "Example")
            page.block(example.curl(route, site))
            if !example.answer.isEmpty { page.block(example.answer) }
        }
    }

    mutating func codes(_ words: [String], _ last: String) {
        for (index, word) in words.enumerated() {
            if index > 0 { text(index == words.count - 1 ? last : ", ") }
            code(word)
        }
    }
}

extension APIError {
    /// Refusals with the same key count as one on the page.
    fileprivate var key: String { "\(word) \(strictStatus.rawValue)" }

    fileprivate static let keysOfEveryOperation = Set(ofEveryOperation.map(\.key))
}

extension RecordedExample {
    /// The curl(1) command that sends the request.
    /// - Parameter site: what comes before `/api` in the URL of a request.
    fileprivate func curl(_ route: Route, _ site: String) -> String {
        let cookies =
            switch route.access {
            case .open: route.method == .post ? " -c cookies" : ""
            default: " -b cookies"
            }
        // curl uses POST by itself when it has data to send.
        let method = route.method == .get || route.method == .post && form != nil ? "" : " -X \(route.method.text)"
        var lines = ["curl\(cookies)\(method) '\(site)\(target)'"]
        for field in (try? FormField.urlEncoded(form ?? "")) ?? [] {
            let isPlain = field.value.utf8.allSatisfy(isPlain)
            lines.append(
                isPlain ? "-d \(field.name)=\(field.value)" : "--data-urlencode '\(field.name)=\(quoted(field.value))'")
        }
        return lines.joined(separator: " \\\n    ")
    }

    /// Whether the byte means itself in a shell and in a form.
    private func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-_.,:/@".utf8.contains(byte)
        }
    }

    /// For the inside of single quotes of a shell.
    private func quoted(_ text: String) -> String { text.replacing("'", with: #"'\''"#) }
}

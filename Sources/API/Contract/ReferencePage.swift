import FoundationEssentials
import PasswordHash

/// The contract for people: one HTML page, without scripts, that loads nothing else.
struct ReferencePage {
    /// Its `Content-Security-Policy`: a browser may only show it, with its own style sheet.
    static let policy =
        "default-src 'none'; style-src 'sha256-\(styleDigest)'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    private static let styleDigest = Data(SHA256.digest(style.withUTF8Buffer { Array($0) })).base64EncodedString()

    /// The server in the examples.
    private static let site = "https://mail.example.com"

    let html: [UInt8]

    init(_ groups: [RouteGroup], basePath: String) {
        var page = HTMLWriter(capacity: 1 << 19)
        page.raw("<!DOCTYPE html>\n")
        page.element("html", ["lang": "en"]) { page in
            page.element("head") { page in
                page.void("meta", ["charset": "utf-8"])
                page.element("title", "Reference of the API")
                page.void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
                page.void("meta", ["name": "color-scheme", "content": "light dark"])
                page.element("style") { $0.raw(ReferencePage.style) }
            }
            page.raw("\n")
            page.element("body") { page in
                page.element("a", ["class": "skip", "href": "#content"], "Skip to the content")
                page.element("header") { page in
                    page.element("h1", "Reference of the API")
                    page.element("p") { page in
                        page.text("Every operation of this server, made from what serves it. For programs: ")
                        page.element("a", ["href": "\(basePath)/api/openapi.json"], "openapi.json")
                        page.text(", the same as an OpenAPI 3.1 document.")
                    }
                }
                page.raw("\n")
                page.contents(of: groups)
                page.element("main", ["id": "content"]) { page in
                    page.introduction(to: groups, at: Self.site + basePath)
                    for group in groups { page.group(group, basePath, Self.site) }
                    page.shapes(of: groups)
                }
            }
        }
        page.raw("\n")
        html = page.bytes
    }
}

extension RouteGroup {
    /// The id of its section.
    var anchor: String {
        "resource-"
            + String(
                name.lowercased().map { character in
                    character.isASCII && (character.isLetter || character.isNumber) ? character : "-"
                })
    }
}

extension HTMLWriter {
    fileprivate mutating func contents(of groups: [RouteGroup]) {
        element("nav", ["aria-label": "Contents"]) { page in
            page.element("ul") { page in
                page.item("introduction", "Introduction")
                for group in groups { page.item(group.anchor, group.name, count: group.routes.count) }
                page.item("answers", "Answers")
            }
        }
        raw("\n")
    }

    private mutating func item(_ id: String, _ name: String, count: Int? = nil) {
        element("li") { page in
            page.element("a", ["href": "#\(id)"]) { page in
                page.text(name)
                if let count { page.element("span", ["class": "count"], " \(count)") }
            }
        }
    }

    fileprivate mutating func group(_ group: RouteGroup, _ basePath: String, _ site: String) {
        element("section", ["id": group.anchor]) { page in
            page.element("h2", group.name)
            page.element("p", group.summary)
            page.element("ul", ["class": "index"]) { page in
                for route in group.routes {
                    page.element("li") { page in
                        page.element("a", ["href": "#\(route.id)"]) { page in
                            page.badge(route.method)
                            page.raw(" ")
                            page.path(route, "")
                        }
                        page.element("span", route.summary)
                    }
                }
            }
            page.raw("\n")
            for route in group.routes { page.operation(route, basePath, site) }
        }
    }

    /// The shapes that have a name, each once.
    fileprivate mutating func shapes(of groups: [RouteGroup]) {
        element("section", ["id": "answers"]) { page in
            page.element("h2", "Answers")
            page.element("p", "What the answers of several operations are made of.")
            for shape in Shape.named(in: groups.flatMap(\.routes).compactMap(\.answer)) {
                let name = shape.name ?? ""
                page.element("section", ["id": name]) { page in
                    page.element("h3") { $0.code(name) }
                    page.element("p", shape.meaning)
                    page.members(of: shape)
                }
                page.raw("\n")
            }
        }
    }
}

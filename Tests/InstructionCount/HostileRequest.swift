import Gateway

/// The worst that a request of the greatest length can be made of, for whoever takes it apart, and a plain one of the
/// same kind and length to compare it with.
struct HostileRequest {
    let name: String
    let kind: Kind
    let request: Request

    enum Kind: String, CaseIterable {
        /// Before anybody has logged in.
        case form, multipart, json, header
        /// With a session.
        case list
    }

    /// Of a body, as the web server and the responder limit it.
    static let bodyLength = 128 * 1024
    /// Of a path, a query or a header: all parameters together may have 32 KiB.
    static let headerLength = 31 * 1024

    static var all: [HostileRequest] { Kind.allCases.map(plain) + forms + multiparts + jsons + headers + lists }

    /// The one that the others of its kind are compared with.
    static func plain(_ kind: Kind) -> HostileRequest {
        let value = String(repeating: "x", count: bodyLength - 200)
        let request =
            switch kind {
            case .form: login(form: "username=a%40b.example&password=" + value)
            case .multipart:
                login(
                    "multipart/form-data; boundary=b",
                    "--b\r\n\(part("username"))\r\n\r\na@b.example\r\n--b\r\n\(part("password"))\r\n\r\n\(value)\r\n--b--"
                )
            case .json: login("application/json", #"{"username": "a@b.example", "password": "\#(value)"}"#)
            case .header: header { $0.cookie = String(repeating: "x", count: headerLength) }
            case .list: change("name=" + value)
            }
        return HostileRequest(name: plainName, kind: kind, request: request)
    }

    static let plainName = "plain"

    // MARK: The bodies

    private static var forms: [HostileRequest] {
        func form(_ name: String, _ body: String) -> HostileRequest {
            HostileRequest(name: name, kind: .form, request: login(form: body))
        }
        return [
            form("only &", times("&")), form("a & after each letter", times("a&")), form("only =", times("=")),
            form("only escapes", "password=" + times("%41")), form("escaped spaces", "password=" + times("+")),
            form("spaces", "password=" + times(" ")),
            form("a name of combining characters", times("\u{301}\u{323}") + "=x"),
            form("a name of marks in the wrong order", falling + "=x"),
            form("a value of marks in the wrong order", "username=" + falling + "&password=x"),
            form("a name of thirty marks at a time", thirty() + "=x"),
            form("a value of thirty marks at a time", "username=" + thirty() + "&password=x"),
            form("a value of Hangul", "username=" + times("\u{1100}\u{1161}\u{11a8}") + "&password=x"),
            form("a value of flags", "username=" + times("\u{1f1e9}") + "&password=x"),
            form("a value of joined emoji", "username=" + times("\u{1f468}\u{200d}") + "&password=x"),
            form("a value of wide white space", "username=" + times("\u{3000}") + "&password=x"),
            form("capitals", "username=" + times("A") + "&password=x"),
            form("capitals that grow", "username=" + times("\u{130}") + "&password=x"),
            form(
                "two hundred long names",
                (0..<200).map { "\($0)" + String(repeating: "n", count: 640) }.joined(separator: "&")),
            form(
                "two hundred names of marks",
                (0..<200).map {
                    "\($0)" + String(repeating: "\u{301}", count: 160) + String(repeating: "\u{323}", count: 160)
                }
                .joined(separator: "&")),
        ]
    }

    private static var multiparts: [HostileRequest] {
        func multipart(_ name: String, boundary: String, _ body: String) -> HostileRequest {
            HostileRequest(
                name: name, kind: .multipart,
                request: login("multipart/form-data; boundary=\"\(boundary)\"", body))
        }
        let dashes = String(repeating: "-", count: 69) + "x"
        func filled(_ before: String, _ piece: String, _ after: String) -> String {
            before + times(piece, bodyLength - before.utf8.count - after.utf8.count) + after
        }
        let begin = "--b\r\n"
        let end = "\r\n\(part("username"))\r\n\r\nx\r\n--b--"
        return [
            multipart("boundary of 8000 dashes", boundary: String(repeating: "-", count: 8000) + "x", times("-")),
            multipart("boundary of 70 dashes", boundary: dashes, times("-")),
            multipart(
                "line ends before dashes", boundary: dashes, filled("--\(dashes)\r\n", "\r\n--" + dashes.dropLast(), "")
            ),
            multipart("only line ends", boundary: "b", filled(begin, "\r\n", "--b--")),
            multipart("only carriage returns", boundary: "b", filled(begin, "\r", "\r\n--b--")),
            multipart("header lines of a colon", boundary: "b", filled(begin, ":\r\n", end)),
            multipart("header lines of nothing", boundary: "b", filled(begin, "\n", end)),
            multipart("one header line of colons", boundary: "b", filled(begin, ":", end)),
            multipart("a header name without end", boundary: "b", filled(begin, "A", ":" + end)),
            multipart("a header name of marks", boundary: "b", filled(begin, falling, ":" + end)),
            multipart(
                "dispositions without end", boundary: "b", filled(begin, "Content-Disposition:\r\n", end)),
            multipart(
                "parameters without end", boundary: "b",
                filled(begin + "Content-Disposition: form-data", ";a=b", "; name=x\r\n\r\nx\r\n--b--")),
            multipart(
                "parameters of marks", boundary: "b",
                filled(begin + "Content-Disposition: form-data;", falling, "=x; name=x\r\n\r\nx\r\n--b--")),
            multipart(
                "semicolons without end", boundary: "b",
                filled(begin + "Content-Disposition: form-data", ";", "; name=x\r\n\r\nx\r\n--b--")),
            multipart(
                "an escaped name", boundary: "b",
                filled(begin + "Content-Disposition: form-data; name=\"", "\\\"", "\"\r\n\r\nx\r\n--b--")),
            multipart(
                "spaces around a name", boundary: "b",
                filled(begin + "Content-Disposition: form-data; name=", " ", "x\r\n\r\nx\r\n--b--")),
            multipart(
                "a name of marks", boundary: "b",
                filled(begin + "Content-Disposition: form-data; name=\"", falling, "\"\r\n\r\nx\r\n--b--")),
            multipart(
                "a name of thirty marks at a time", boundary: "b",
                filled(begin + "Content-Disposition: form-data; name=\"", thirty(2000), "\"\r\n\r\nx\r\n--b--")),
            multipart(
                "parameters of thirty marks at a time", boundary: "b",
                filled(begin + "Content-Disposition: form-data", ";\(thirty(60))=x", "; name=x\r\n\r\nx\r\n--b--")),
            multipart(
                "two hundred parts", boundary: "b",
                (0..<200).map { "--b\r\n\(part("n\($0)"))\r\nX: \(String(repeating: ":", count: 560))\r\n\r\nx\r\n" }
                    .joined() + "--b--"),
            multipart("parts without end", boundary: "b", times("--b\r\n\(part("n"))\r\n\r\nx\r\n")),
        ]
    }

    private static var jsons: [HostileRequest] {
        func json(_ name: String, _ body: String) -> HostileRequest {
            HostileRequest(name: name, kind: .json, request: login("application/json", body))
        }
        func string(_ piece: String) -> String {
            #"{"username": ""# + times(piece, bodyLength - 40) + #"", "password": "x"}"#
        }
        return [
            json("nested arrays", #"{"a":"# + times("[")), json("nested objects", times(#"{"a":"#)),
            json("escapes", string(#"\u0041"#)), json("escaped quotes", string(#"\""#)),
            json("escaped marks", string(#"\u0301\u0323"#)), json("escaped surrogates", string(#"\ud83d\udc68"#)),
            json("marks in the wrong order", string(falling)),
            json("an array of nothing", #"{"a": ["# + times(#""","#, bodyLength - 20) + #"""]}"#),
            json("a number without end", #"{"a": "# + times("1", bodyLength - 20) + "}"),
            json("white space", #"{"a": "# + times(" ", bodyLength - 20) + "1}"),
            json("a name of marks", #"{""# + times(falling, bodyLength - 40) + #"": "x"}"#),
            json("a name of thirty marks at a time", #"{""# + thirty() + #"": "x"}"#),
            json("members without end", "{" + times(#""a":1,"#)),
        ]
    }

    // MARK: The headers

    private static var headers: [HostileRequest] {
        func header(_ name: String, _ change: (inout Request) -> Void) -> HostileRequest {
            HostileRequest(name: name, kind: .header, request: Self.header(change))
        }
        func short(_ piece: String) -> String { times(piece, headerLength - 1000) }
        let marks = falling(headerLength - 1000)
        return [
            header("cookie: semicolons") { $0.cookie = short(";") },
            header("cookie: spaces") { $0.cookie = short("; ") },
            header("cookie: ids that are none") { $0.cookie = short("iRedAdmin=x;") },
            header("cookie: marks") { $0.cookie = marks },
            header("path: slashes") { $0.target = short("/") },
            header("path: dots") { $0.target = "/api/" + short("/%2e%2e") },
            header("path: one segment of escapes") { $0.target = "/api/domain/" + short("%41") },
            header("path: escaped marks") { $0.target = "/" + times("%cc%81%cc%a3", headerLength - 1000) },
            header("query: escaped marks") { $0.target = "/api/login?" + short("%cc%81") + "=x" },
            header("path: marks") { $0.target = "/" + marks },
            header("path: marks for a domain") { $0.target = "/api/domain/" + marks },
            header("query: ampersands") { $0.target = "/api/login?" + short("a&") },
            header("query: escapes") { $0.target = "/api/login?" + short("%41=%41&") },
            header("query: a name of marks") { $0.target = "/api/login?" + marks },
            header("prefer: commas") { $0.prefer = short(",") },
            header("prefer: preferences") { $0.prefer = short("a;b,") },
            header("prefer: quotes") { $0.prefer = short("\"") },
            header("prefer: marks") { $0.prefer = marks },
            header("origin: colons") {
                $0.origin = short(":"); $0.host = ":"
            },
            header("origin: almost an origin") {
                $0.origin = short(":/"); $0.host = "x"
            },
            header("origin: marks") {
                $0.origin = "http://" + marks; $0.host = "\u{323}"
            },
            header("origin: capitals") {
                $0.origin = "http://" + times("A", headerLength / 2 - 500)
                $0.host = times("a", headerLength / 2 - 500)
            },
            header("origin: thirty marks at a time") {
                $0.origin = "http://" + thirty(headerLength - 1000); $0.host = "e\u{301}"
            },
            header("fetch site: thirty marks at a time") { $0.fetchSite = thirty(headerLength - 1000) },
            header("content type: thirty marks at a time") { $0.contentType = thirty(headerLength - 1000) },
            header("path: thirty marks at a time") { $0.target = "/" + thirty(headerLength - 1000) },
            header("fetch site: marks") { $0.fetchSite = marks },
            header("content type: semicolons") { $0.contentType = short(";") },
            header("content type: parameters") { $0.contentType = "multipart/form-data" + short(";a=b") },
            header("content type: an escaped boundary") {
                $0.contentType = "multipart/form-data; boundary=\"" + short("\\\"") + "\""
            },
            header("content type: spaces") { $0.contentType = short(" ") },
            header("content type: marks") { $0.contentType = marks },
            header("content type: parameters of marks") { $0.contentType = "multipart/form-data;" + marks + "=x" },
            header("content type: a charset of marks") { $0.contentType = "multipart/form-data; charset=" + marks },
            header("method: marks") { $0.method = Method(marks) },
            header("address: colons") { $0.remoteAddress = short(":") },
            header("address: marks") { $0.remoteAddress = marks },
            header("host: marks") {
                $0.host = marks; $0.origin = "https://x"
            },
        ]
    }

    // MARK: With a session

    private static var lists: [HostileRequest] {
        func list(_ name: String, _ body: String) -> HostileRequest {
            HostileRequest(name: name, kind: .list, request: change(body))
        }
        let addresses = (0..<1000).map { "user\($0)@hundred.example" }
        return [
            list("only commas", "forwarding=" + times(",")), list("too many items", "forwarding=" + times("a,")),
            list("a thousand addresses", "forwarding=" + addresses.joined(separator: ",")),
            list("one address again and again", "forwarding=" + times("user7@hundred.example,")),
            list("one long item", "forwarding=" + times("a")),
            list("spaces between commas", "forwarding=" + times(" ,")),
            list(
                "services that are none",
                "services="
                    + (0..<1000).map { "s\($0)" + String(repeating: "x", count: 120) }
                    .joined(separator: ",")),
            list("a name of letters with marks", "name=" + times("e\u{301}")),
            list("a language of thirty marks at a time", "language=" + thirty()),
            list("services of thirty marks", "services=" + times(thirty(60) + ",")),
            list("a name of joined emoji", "name=" + times("\u{1f468}\u{200d}")),
            list("a language of letters with marks", "language=" + times("e\u{301}")),
            list("digits without end", "quota=" + times("9")), list("a path of slashes", "maildir=" + times("/")),
            list("a path of components", "maildir=" + times("/a")),
            list("a next hop of colons", "outboundRelay=" + times(":")),
            list("a password of capitals", "password=" + times("A")),
            list("fields without a meaning", (0..<200).map { "f\($0)=" + times("x", 600) }.joined(separator: "&")),
        ]
    }

    // MARK: Their pieces

    private static func change(_ body: String) -> Request {
        var request = login(form: body)
        request.method = .put
        request.target = "/api/user/user7@hundred.example"
        return request
    }

    private static func header(_ change: (inout Request) -> Void) -> Request {
        var request = login(form: "username=a%40b.example&password=x")
        change(&request)
        return request
    }

    private static func login(form body: String) -> Request { login("application/x-www-form-urlencoded", body) }

    private static func login(_ type: String, _ body: String) -> Request {
        var request = Request(.post, "/api/login")
        request.contentType = type
        request.body = Array(body.utf8.prefix(bodyLength))
        return request
    }

    private static func part(_ name: String) -> String { "Content-Disposition: form-data; name=\"\(name)\"" }

    private static func times(_ piece: String, _ length: Int = bodyLength - 100) -> String {
        String(repeating: piece, count: length / piece.utf8.count)
    }

    /// As many marks in a row as are taken, again and again, each time in the wrong order.
    private static func thirty(_ length: Int = bodyLength - 200) -> String {
        times("e" + falling(60), length)
    }

    /// Marks of which the second half has to be sorted before the first when the text is normalised.
    private static func falling(_ length: Int) -> String {
        String(repeating: "\u{301}", count: length / 4) + String(repeating: "\u{323}", count: length / 4)
    }

    private static var falling: String { falling(bodyLength - 200) }
}

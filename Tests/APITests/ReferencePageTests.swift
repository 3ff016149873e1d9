import Foundation
import FoundationXML
import Gateway
import PasswordHash
import Testing

@testable import API

/// The page for people, read as a browser's tree.
struct ReferencePageTests {
    private let text: String
    private let page: PageTree

    init() throws {
        text = String(decoding: ReferencePage(API.groups, basePath: "").html, as: UTF8.self)
        page = try PageTree(text)
    }

    @Test func everyOperationHasItsSection() {
        let sections = page.elements("section").compactMap(\.attributes["id"])
        for route in API.routes {
            #expect(sections.count { $0 == route.id } == 1, "\(route.id)")
            #expect(text.contains(PageTree.escaped(route.summary)), "\(route.id)")
            for word in route.refusals.map(\.word) { #expect(text.contains("<code>\(word)</code>"), "\(word)") }
            for field in route.parameters {
                #expect(text.contains("<code>\(field.name)</code>"), "\(route.id): \(field.name)")
            }
        }
    }

    @Test func everyAnswerThatHasANameIsShownOnce() {
        let sections = page.elements("section").compactMap(\.attributes["id"])
        let names = Shape.named(in: API.routes.compactMap(\.answer)).compactMap(\.name)
        #expect(names.count > 5)
        for name in names { #expect(sections.count { $0 == name } == 1, "\(name)") }
    }

    @Test func everyLinkHasItsTargetAndNoTargetIsThereTwice() {
        let ids = page.all.compactMap { $0.attributes["id"] }
        #expect(Set(ids).count == ids.count)
        let links = page.elements("a").compactMap { $0.attributes["href"] }
        #expect(links.filter { !$0.hasPrefix("#") } == ["/api/openapi.json"])
        let missing = links.filter { $0.hasPrefix("#") && !ids.contains(String($0.dropFirst())) }
        #expect(missing == [])
    }

    @Test func headingsLeaveNoGap() {
        let levels = page.all.compactMap { element -> Int? in
            guard element.name.count == 2, element.name.hasPrefix("h") else { return nil }
            return Int(element.name.dropFirst())
        }
        #expect(levels.count { $0 == 1 } == 1 && levels.first == 1)
        for (level, next) in zip(levels, levels.dropFirst()) { #expect(next <= level + 1) }
    }

    @Test func tablesCanBeHeard() {
        for table in page.elements("table") {
            #expect(table.children.map(\.name) == ["caption", "thead", "tbody"])
        }
        for heading in page.elements("th") { #expect(["col", "row"].contains(heading.attributes["scope"])) }
        for name in ["header", "nav", "main"] { #expect(page.elements(name).count == 1) }
        #expect(page.elements("html").map { $0.attributes["lang"] } == ["en"])
    }

    @Test func nothingComesFromElsewhereAndNothingRuns() {
        let known: Set = [
            "html", "head", "meta", "title", "style", "body", "a", "header", "h1", "h2", "h3", "p", "nav", "ul", "li",
            "span", "main", "section", "code", "pre", "var", "dl", "div", "dt", "dd", "table", "caption", "thead",
            "tbody",
            "tr", "th", "td", "figure", "figcaption", "b", "small",
        ]
        #expect(Set(page.all.map(\.name)).subtracting(known) == [])
        let attributes = Set(page.all.flatMap(\.attributes.keys))
        #expect(
            attributes.subtracting(["charset", "lang", "name", "content", "class", "href", "id", "scope", "aria-label"])
                == [])
        let style = "\(ReferencePage.style)"
        #expect(!style.contains("url(") && !style.contains("@import"))
        #expect(text.contains("<style>\(style)</style>"))
    }

    @Test func onlyTheStyleOfThePageIsAllowed() throws {
        let style = try #require(page.elements("style").first)
        let digest = Data(SHA256.digest(Array(style.text.utf8))).base64EncodedString()
        #expect(
            ReferencePage.policy == """
                default-src 'none'; style-src 'sha256-\(digest)'; base-uri 'none'; form-action 'none'; \
                frame-ancestors 'none'
                """)
        let answer = try TestAPI().nobody.send(.get, "/api/reference")
        #expect(answer.headers["Content-Security-Policy"] == ReferencePage.policy)
        #expect(answer.headers["Content-Type"] == "text/html; charset=utf-8")
        #expect(answer.body == text)
    }

    @Test func itIsNoLargerThanItNeedsToBe() { #expect(text.utf8.count < 450_000) }

    @Test func theBasePathStandsBeforeEveryPath() {
        let text = String(decoding: ReferencePage(API.groups, basePath: "/mail").html, as: UTF8.self)
        #expect(text.contains("href=\"/mail/api/openapi.json\""))
        #expect(text.contains("'https://mail.example.com/mail/api/domain/example.com'"))
    }

    private static let hostile = #"<b onclick="x">&"'</b>`<script>"#

    private struct HostileInput: FormInput {
        init(_ form: inout Form) throws(APIError) {
            let hostile = ReferencePageTests.hostile
            _ = try form.optional(hostile, .text, by: .caller, conflicts: ["other"], hostile, example: hostile)
            _ = try form.optional("\(hostile)1", older: "\(hostile)2", .text, by: .caller, hostile, example: hostile)
            _ = try form.optional("other", .names([hostile]), by: .caller, needs: hostile, hostile, example: "")
        }
    }

    @Test func whateverIsDeclaredStaysText() throws {
        let hostile = Self.hostile
        let shape = Shape.object([.init(hostile, .word([hostile], hostile))], hostile, name: hostile)
        let routes = [
            Route(
                .get, "/api/\(hostile.replacing("/", with: ""))/<mail>", hostile, .open, hostile,
                answers: .list(shape, hostile)
            ) { (_, _: HostileInput) in Reply.unlogged },
            Route(.get, "/api/x", "x", .open, hostile) { _ in Reply.unlogged }.answering(hostile),
        ]
        let group = RouteGroup(name: hostile, summary: hostile, routes: routes)
        let text = String(decoding: ReferencePage([group], basePath: "/\(hostile)").html, as: UTF8.self)
        let page = try PageTree(text)
        #expect(page.elements("script").isEmpty)
        #expect(page.elements("h2").contains { $0.text == hostile })
        #expect(page.all.allSatisfy { $0.attributes["onclick"] == nil })
    }
}

/// A page as XML: the writer keeps to what both read alike.
private final class PageTree: NSObject, XMLParserDelegate {
    final class Element {
        let name: String
        let attributes: [String: String]
        fileprivate(set) var children: [Element] = []
        /// With that of what is in it.
        fileprivate(set) var text = ""

        init(_ name: String, _ attributes: [String: String]) {
            self.name = name
            self.attributes = attributes
        }
    }

    /// In the order in which they begin.
    private(set) var all: [Element] = []
    private var open: [Element] = []

    struct Unreadable: Error { let line: Int, column: Int }

    init(_ text: String) throws {
        super.init()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = self
        guard parser.parse() else { throw Unreadable(line: parser.lineNumber, column: parser.columnNumber) }
    }

    func elements(_ name: String) -> [Element] { all.filter { $0.name == name } }

    static func escaped(_ text: String) -> String {
        [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")].reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        let element = Element(name, attributes)
        open.last?.children.append(element)
        all.append(element)
        open.append(element)
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        for element in open { element.text += text }
    }
}

import API
import Gateway
import Storage
import Testing

/// The columns that hold `key:value;` pairs, given a value that would begin another pair: `Security.md` C5.
struct SettingsColumnTests {
    private static let routes = API.routes.filter { route in
        [
            "/api/domain/<domain>", "/api/user/<mail>", "/api/users/<domain>", "/api/admin/<mail>", "/api/alias/<mail>",
            "/api/maillist/<mail>",
        ].contains(route.path) && [.post, .put].contains(route.method)
    }

    private static let values = [
        "x;evil:1", "5;evil:1;", "MB;evil:1", "de_DE;evil:1;", "dovecot,self-service;evil:1", "x:1;evil", "evil:1",
        "imap,evil:1", "jo@a.example;evil:1", "yes;evil:1", ";evil:1;", "1:evil",
    ]

    @Test(arguments: routes)
    func noValueBeginsAnotherPair(_ route: Route) throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        try api.addAlias("team@a.example", members: ["jo@a.example"])
        try api.addList("list@a.example", members: ["jo@a.example"])
        try api.addAdmin("dan@office.example")
        let root = try api.globalAdmin()
        let account = route.path.contains("list/") ? "list" : route.path.contains("alias/") ? "team" : "jo"
        let isNew = route.method == .post
        for parameter in route.parameters where parameter.secret == nil {
            for (number, value) in Self.values.enumerated() {
                let name = isNew ? "n\(number)\(parameter.name.lowercased().filter { $0 != "_" })" : account
                let admin = isNew ? "\(name)@new.example" : "dan@office.example"
                let target = route.path.replacing("<domain>", with: isNew ? "\(name).example" : "a.example")
                    .replacing("<mail>", with: route.path.contains("/admin/") ? admin : "\(name)@a.example")
                let others = route.parameters.filter { $0.isRequired && $0.name != parameter.name }
                    .map { "\($0.name)=\($0.example)" }
                let form = (others + ["\(parameter.name)=\(value)"]).joined(separator: "&")
                #expect(try root.send(route.method, target, form).word != "INTERNAL_ERROR")
            }
        }
        for table in ["domain", "mailbox", "admin", "alias", "maillists"] {
            let stored = try? api.rows(SQL(trusted: "SELECT settings FROM \(table)"))  // not every table has the column
            #expect(stored?.filter { $0.contains("evil") } ?? [] == [], "\(table)")
        }
        #expect(try api.rows("SELECT settings FROM domain WHERE settings LIKE '%evil%'") == [], "the column is there")
    }
}

import Support
import Testing

extension IntegrationTests {
    /// What a real amavisd does with real messages, right after each change of a policy.
    @Suite(
        .enabled(if: MailSystem.isInstalled, "needs nginx"),
        .enabled(if: AmavisdServer.isInstalled, "needs amavisd-new, spamassassin"),
        .enabled(
            if: AmavisdLookup.isInstalled(with: "DBD::Pg") && PostgreSQLCluster.isInstalled,
            "needs libdbd-pg-perl, postgresql"),
        .onEachEngine, .namingTheEngine)
    final class AmavisdTests {
        private let system: MailSystem
        private let amavisd: AmavisdServer

        init() throws {
            system = try MailSystem()
            amavisd = try AmavisdServer(configuration: system.postern.printedConfiguration("amavisd"))
            for domain in ["open.example", "other.example"] { try system.add(domain: domain) }
            for user in ["u@open.example", "w@open.example", "w@other.example"] { try system.add(user: user) }
        }

        deinit { amavisd.stop() }

        private func setPolicy(_ scope: String, _ form: [(String, String)]) throws {
            try system.client.change(.put, "/api/spampolicy/\(scope)", form)
        }

        @Test func aNewInstallationFlagsSpamAndKeepsVirusesAndBannedFilesAway() throws {
            let clean = try amavisd.send(.clean, to: "u@open.example")
            #expect(clean.quarantines == [])
            let received = try #require(clean.message(to: "u@open.example"))
            #expect(received.header("Subject") == "Hello")
            #expect(received.header("X-Spam-Status") == nil)

            let spam = try amavisd.send(.gtube, to: "u@open.example")
            #expect(spam.quarantines == [])
            #expect(spam.message(to: "u@open.example")?.header("X-Spam-Flag") == "YES")

            let virus = try amavisd.send(.virus, to: "u@open.example")
            #expect(virus.delivered.isEmpty)
            #expect(virus.quarantines == ["virus"])
            let banned = try amavisd.send(.banned, to: "u@open.example")
            #expect(banned.delivered.isEmpty)
            #expect(banned.quarantines == ["banned"])
            #expect(try amavisd.send(.badHeader, to: "u@open.example").message(to: "u@open.example") != nil)
        }

        @Test func theUsersPolicyStandsBeforeTheDomainsAndThatBeforeTheGlobalOne() throws {
            try setPolicy("domain/open.example", [("quarantine_spam", "yes"), ("spam_score", "5")])
            let many = try amavisd.send(.spam(.many), to: "w@open.example")
            #expect(many.delivered.isEmpty)
            #expect(many.quarantines == ["spam"])
            let other = try amavisd.send(.spam(.many), to: "w@other.example")
            #expect(other.message(to: "w@other.example")?.header("X-Spam-Flag") == "NO")
            #expect(try amavisd.send(.spam(.some), to: "u@open.example").quarantines == [])

            try setPolicy("user/u@open.example", [("spam_score", "4"), ("prefix_spam_in_subject", "yes")])
            let stricter = try amavisd.send(.spam(.some), to: "u@open.example")
            #expect(stricter.delivered.isEmpty)
            #expect(stricter.quarantines == ["spam"])

            try setPolicy("user/u@open.example", [("quarantine_spam", "no")])
            let kept = try amavisd.send(.spam(.some), to: "u@open.example")
            #expect(kept.quarantines == [])
            #expect(kept.message(to: "u@open.example")?.header("Subject") == "[SPAM] Hello")
            #expect(kept.message(to: "u@open.example")?.header("X-Spam-Flag") == "YES")

            // One message to both, and to an address that carries an extension.
            let both = try amavisd.send(.gtube, to: "w@open.example", "u+shop@open.example")
            #expect(both.delivered.flatMap(\.recipients) == ["u+shop@open.example"])
            #expect(both.message(to: "u+shop@open.example")?.header("Subject") == "[SPAM] Hello")
            #expect(both.quarantines == ["spam"])

            try system.client.change(.delete, "/api/spampolicy/user/u@open.example")
            let plain = try amavisd.send(.spam(.some), to: "u@open.example")
            #expect(plain.message(to: "u@open.example")?.header("Subject") == "Hello")
            #expect(try amavisd.send(.spam(.many), to: "u@open.example").quarantines == ["spam"])
        }

        @Test func spamHeadersAreAddedFromTheTagLevelOn() throws {
            try setPolicy("global", [("always_insert_x_spam_headers", "yes")])
            try setPolicy("domain/open.example", [("always_insert_x_spam_headers", "no")])
            let other = try amavisd.send(.spam(.few), to: "w@other.example")
            #expect(other.message(to: "w@other.example")?.header("X-Spam-Score") == "0.1")
            let few = try amavisd.send(.spam(.few), to: "w@open.example")
            #expect(try #require(few.message(to: "w@open.example")).header("X-Spam-Score") == nil)
            let some = try amavisd.send(.spam(.some), to: "w@open.example")
            #expect(some.message(to: "w@open.example")?.header("X-Spam-Score") == "4.2")

            try setPolicy("domain/open.example", [("always_insert_x_spam_headers", "")])
            let inherited = try amavisd.send(.spam(.few), to: "w@open.example")
            #expect(inherited.message(to: "w@open.example")?.header("X-Spam-Score") == "0.1")
            try setPolicy("user/w@open.example", [("bypass_spam_checks", "yes")])
            let unchecked = try amavisd.send(.gtube, to: "w@open.example")
            #expect(try #require(unchecked.message(to: "w@open.example")).header("X-Spam-Flag") == nil)
        }

        @Test(.onFilesOnly) func eachKindIsQuarantinedOrDeliveredAsSet() throws {
            for (kind, message) in [
                ("spam", TestMessage.gtube), ("banned", .banned), ("bad_header", .badHeader),
            ] {
                let name = kind.replacing("_", with: "-")
                try setPolicy("domain/open.example", [("quarantine_\(kind)", "yes")])
                let stored = try amavisd.send(message, to: "u@open.example")
                #expect(stored.delivered.isEmpty, "\(kind)")
                #expect(stored.quarantines == [name], "\(kind)")
                try setPolicy("user/u@open.example", [("quarantine_\(kind)", "no")])
                let delivered = try amavisd.send(message, to: "u@open.example")
                #expect(delivered.message(to: "u@open.example") != nil, "\(kind)")
                #expect(delivered.quarantines == [], "\(kind)")
            }
        }

        @Test(.onFilesOnly) func rulesForBannedFilesOfEachScopeAreAskedOneAfterTheOther() throws {
            let all = ["u@open.example", "w@open.example", "w@other.example"]
            /// Who gets a file of that name.
            func recipients(of file: String, isArchive: Bool = false) throws -> [String] {
                let message = isArchive ? TestMessage.packed(file) : .attached(file)
                let outcome = try amavisd.send(message, to: all[0], all[1], all[2])
                let delivered = outcome.delivered.flatMap(\.recipients).sorted()
                #expect(outcome.quarantines == (delivered == all ? [] : ["banned"]))
                return delivered
            }
            #expect(try recipients(of: "letter.doc") == all)
            #expect(try recipients(of: "game.exe") == [])

            // The rule that is not there passes nothing and harms nothing.
            try setPolicy("domain/open.example", [("banned_rulenames", "NO_SUCH_RULE,BAN_MS_WORD")])
            #expect(try recipients(of: "letter.doc") == ["w@other.example"])
            #expect(try recipients(of: "letter.txt") == all)
            try setPolicy("user/u@open.example", [("banned_rulenames", "ALLOW_MS_WORD,ALLOW_PROGRAMS")])
            #expect(try recipients(of: "letter.doc") == ["u@open.example", "w@other.example"])
            #expect(try recipients(of: "game.exe") == ["u@open.example"])

            // What is in an archive has the archive's name as well.
            #expect(try recipients(of: "games.zip", isArchive: true) == ["u@open.example"])
            try setPolicy("user/u@open.example", [("banned_rulenames", "ALLOW_MS_WORD")])
            #expect(try recipients(of: "games.zip", isArchive: true) == [])
            #expect(try recipients(of: "games.doc", isArchive: true) == ["u@open.example"])

            // The domain's rule is asked behind the user's, and amavisd's own behind both.
            try setPolicy("user/u@open.example", [("banned_rulenames", "ALLOW_PROGRAMS")])
            #expect(try recipients(of: "letter.doc") == ["w@other.example"])
            #expect(try recipients(of: "game.exe") == ["u@open.example"])
            // Of two rules that know a file the first one decides.
            try setPolicy("user/u@open.example", [("banned_rulenames", "BAN_MS_WORD,ALLOW_MS_WORD")])
            #expect(try recipients(of: "letter.doc") == ["w@other.example"])
            #expect(try recipients(of: "game.exe") == [])
            try setPolicy("global", [("banned_rulenames", "ALLOW_PROGRAMS")])
            #expect(try recipients(of: "game.exe") == all)

            for scope in ["global", "domain/open.example", "user/u@open.example"] {
                try setPolicy(scope, [("banned_rulenames", "")])
            }
            #expect(try recipients(of: "letter.doc") == all)
            #expect(try recipients(of: "game.exe") == [])
        }

        @Test(.onFilesOnly) func aVirusIsDeliveredOnlyToWhomeverItIsNotSearchedFor() throws {
            try setPolicy("user/u@open.example", [("quarantine_virus", "no")])
            let dropped = try amavisd.send(.virus, to: "u@open.example")
            #expect(dropped.delivered.isEmpty)
            #expect(dropped.quarantines == [])
            try setPolicy("user/u@open.example", [("bypass_virus_checks", "yes")])
            #expect(try amavisd.send(.virus, to: "u@open.example").message(to: "u@open.example") != nil)
            try setPolicy("domain/open.example", [("bypass_banned_checks", "yes"), ("bypass_header_checks", "yes")])
            #expect(try amavisd.send(.banned, to: "w@open.example").message(to: "w@open.example") != nil)
            let header = try amavisd.send(.badHeader, to: "w@open.example")
            #expect(header.message(to: "w@open.example")?.header("X-Amavis-Alert") == nil)
        }

        /// amavisd's own modules look the same things up.
        @Test func explainNamesWhatAmavisdFinds() throws {
            try setPolicy("global", [("spam_score", "7"), ("quarantine_spam", "yes"), ("bypass_header_checks", "")])
            try setPolicy("domain/open.example", [("quarantine_spam", "no"), ("always_insert_x_spam_headers", "yes")])
            try setPolicy("user/u@open.example", [("spam_score", "4.125"), ("prefix_spam_in_subject", "yes")])
            for (list, addresses) in [
                ("blacklist/global", "@.,s@far.test"), ("whitelist/global", "@.far.test,192.0.2.1"),
                ("whitelist/open.example", "@.sub.far.test"), ("blacklist/open.example", "@.deep.sub.far.test"),
                ("blacklist/u@open.example", "s+tag@far.test"), ("whitelist/u@open.example", "@far.test"),
            ] {
                try system.client.change(.post, "/api/wblist/inbound/\(list)", [("addresses", addresses)])
            }
            let printed = try system.postern.printedConfiguration("amavisd")
            let lookup = AmavisdLookup(snippet: "\(printed)/50-postern", as: ProcessUser(named: "amavis"))
            for user in ["u@open.example", "w@open.example", "w@other.example"] {
                let policy = try lookup.policy(of: user)
                let explained = try Explanation(system.client, of: user, sender: nil)
                #expect(explained.score == policy["spam_kill_level"].flatMap(Double.init), "\(user)")
                #expect(explained.quarantinesSpam == (policy["spam_quarantine_to"]?.isEmpty == false), "\(user)")
            }
            for (sender, user, colour) in [
                ("s@far.test", "u@open.example", "W"), ("s+tag@far.test", "u@open.example", "B"),
                ("a@sub.far.test", "w@open.example", "W"), ("a@deep.sub.far.test", "w@open.example", "B"),
                ("t@far.test", "w@other.example", "W"), ("s+tag@far.test", "w@other.example", "B"),
                ("x@near.test", "w@other.example", "B"),
            ] {
                #expect(try lookup.judgement(of: sender, for: user) == colour, "\(sender) to \(user)")
                let list = try Explanation(system.client, of: user, sender: sender).amavisdList
                #expect(list == (colour == "W" ? "whitelist" : "blacklist"), "\(sender) to \(user)")
            }
        }

        /// What `GET /api/policy/explain/<mail>` says about amavisd.
        private struct Explanation {
            let score: Double?
            let quarantinesSpam: Bool
            let amavisdList: String?

            init(_ client: APIClient, of user: String, sender: String?) throws {
                let query = sender.map { "?sender=\($0.replacing("+", with: "%2B"))" } ?? ""
                let profile = try client.send(.get, "/api/policy/explain/\(user)\(query)").profile
                func at(_ path: String...) -> [String: Any]? {
                    path.reduce(profile) { $0?[$1] as? [String: Any] }
                }
                score = at("spampolicy", "effective", "spam_score")?["value"] as? Double
                quarantinesSpam = at("spampolicy", "effective", "quarantine_spam")?["value"] as? String == "yes"
                amavisdList = at("wblist", "inbound", "effective", "amavisd")?["list"] as? String
            }
        }

        @Test func aListedSenderIsJudgedByTheNearestList() throws {
            func add(_ colour: String, _ scope: String, _ address: String) throws {
                try system.client.change(.post, "/api/wblist/inbound/\(colour)/\(scope)", [("addresses", address)])
            }
            try setPolicy("global", [("quarantine_spam", "yes")])
            try add("blacklist", "global", "@bad.test")
            let refused = try amavisd.send(.clean, to: "u@open.example", from: "friend@bad.test")
            #expect(refused.delivered.isEmpty)
            #expect(refused.quarantines == ["spam"])
            let author = try amavisd.send(.written(by: "x@bad.test"), to: "u@open.example", from: "x@bounces.test")
            #expect(author.quarantines == ["spam"])

            try add("whitelist", "u@open.example", "friend@bad.test")
            let welcome = try amavisd.send(.gtube, to: "u@open.example", from: "friend@bad.test")
            #expect(welcome.quarantines == [])
            #expect(try #require(welcome.message(to: "u@open.example")).header("X-Spam-Flag") != "YES")
            #expect(try amavisd.send(.virus, to: "u@open.example", from: "friend@bad.test").quarantines == ["virus"])
            #expect(try amavisd.send(.gtube, to: "w@open.example", from: "friend@bad.test").quarantines == ["spam"])
            #expect(try amavisd.send(.gtube, to: "u@open.example", from: "x@bad.test").quarantines == ["spam"])

            try system.client.change(
                .put, "/api/wblist/inbound/blacklist/global", [("addresses", "@bad.test")])
            let unlisted = try amavisd.send(.clean, to: "w@open.example", from: "x@bad.test")
            #expect(unlisted.message(to: "w@open.example") != nil)
        }
    }
}

import Glibc
import Support
import Synchronization
import Testing

extension IntegrationTests {
    /// The readers go on whatever Postern does.
    @Suite(
        .enabled(if: MailSystem.isInstalled, "needs nginx"),
        .enabled(if: PostfixReader.isInstalled, "needs postfix-sqlite"),
        .enabled(if: DovecotServer.isInstalled, "needs dovecot, openssl"))
    final class AvailabilityTests {
        private let system: MailSystem
        private let postfix: PostfixReader
        private let dovecot: DovecotServer

        init() throws {
            system = try MailSystem()
            postfix = try system.makePostfix()
            dovecot = try system.makeDovecot()
            try system.add(domain: "open.example", [("defaultQuota", "10")])
            try system.add(user: "anna@open.example", "First-pw-1")
            try system.client.change(
                .put, "/api/user/anna@open.example",
                [
                    ("password", "Second-pw-2"), ("forwarding", "anna@open.example,x@away.example"),
                    ("aliases", "ann@open.example"),
                ])
            try system.add(user: "bert@open.example")
            try system.client.change(.put, "/api/user/bert@open.example", [("accountStatus", "disabled")])
            try system.add(domain: "gone.example")
            try system.add(user: "carl@gone.example")
            try system.client.change(.delete, "/api/domain/gone.example")
        }

        deinit { dovecot.stop() }

        /// All that the readers have to say about what `init` made.
        private func expectAllToHold(_ when: Comment) throws {
            #expect(try dovecot.login("anna@open.example", "Second-pw-2"), when)
            #expect(try !dovecot.login("anna@open.example", "First-pw-1"), when)
            #expect(try !dovecot.login("bert@open.example", "User-pw-1"), when)
            #expect(try !dovecot.login("carl@gone.example", "User-pw-1"), when)
            #expect(try dovecot.userdb("anna@open.example")?.quota == 10_485_760, when)
            let destinations = try postfix.lookUp("virtual_alias_maps", "anna@open.example")
            #expect(destinations?.split(separator: ",").sorted() == ["anna@open.example", "x@away.example"], when)
            #expect(try postfix.lookUp("virtual_alias_maps", "ann@open.example") == "anna@open.example", when)
            #expect(try postfix.lookUp("virtual_alias_maps", "bert@open.example") == nil, when)
            #expect(try postfix.lookUp("virtual_mailbox_domains", "open.example") == "open.example", when)
            #expect(try postfix.lookUp("virtual_mailbox_domains", "gone.example") == nil, when)
        }

        @Test func allHoldsAfterACleanStop() throws {
            try expectAllToHold("while it runs")
            #expect(system.postern.stop() == 0)
            try expectAllToHold("while it is stopped")
            try system.postern.start()
            try expectAllToHold("after the start")
            #expect(!dovecot.log.contains("Error:"), "\(dovecot.log)")
        }

        @Test func allHoldsAfterAKill() throws {
            system.postern.kill9()
            try expectAllToHold("while it is dead")
            try system.postern.start()
            try expectAllToHold("after the start")
            #expect(system.postern.stop() == 0)
            try expectAllToHold("after kill, start and stop")
        }

        @Test func allHoldsWhenTheReadersStartWhileItIsStopped() throws {
            dovecot.stop()
            #expect(system.postern.stop() == 0)
            let fresh = try system.makeDovecot()
            defer { fresh.stop() }
            #expect(try fresh.login("anna@open.example", "Second-pw-2"))
            fresh.stop()
            #expect(try postfix.lookUp("virtual_alias_maps", "ann@open.example") == "anna@open.example")
            try system.postern.start()
            try system.add(user: "dora@open.example")
            #expect(try postfix.lookUp("virtual_alias_maps", "dora@open.example") == "dora@open.example")
        }

        @Test func aKilledReaderHarmsNobody() throws {
            #expect(try dovecot.login("anna@open.example", "Second-pw-2"))
            dovecot.stop()
            try system.add(user: "dora@open.example")
            #expect(try postfix.lookUp("virtual_alias_maps", "dora@open.example") == "dora@open.example")
            #expect(try system.postern.check().status == 0)
        }

        /// An administrator's `postmap -q`: it closes last while nobody else has the file open.
        @Test(arguments: ["stopped", "killed"])
        func allHoldsAfterRootHasAskedWhileItIs(_ what: String) throws {
            dovecot.stop()
            if what == "stopped" { #expect(system.postern.stop() == 0) } else { system.postern.kill9() }
            let root = try PostfixReader(configuration: system.postern.printedConfiguration("postfix"))
            for _ in 0..<3 { #expect(try root.lookUp("virtual_alias_maps", "ann@open.example") == "anna@open.example") }
            #expect(try postfix.lookUp("virtual_alias_maps", "ann@open.example") == "anna@open.example")
            for suffix in ["-wal", "-shm"] {
                var file = stat(), parent = stat()
                let directory = "\(system.postern.state)/vmail"
                #expect(stat("\(directory)/vmail.db\(suffix)", &file) == 0 && stat(directory, &parent) == 0)
                #expect(file.st_uid == parent.st_uid && file.st_gid == parent.st_gid && file.st_mode & 0o777 == 0o640)
            }
            let fresh = try system.makeDovecot()
            defer { fresh.stop() }
            #expect(try fresh.login("anna@open.example", "Second-pw-2"))
            try system.postern.start()
            try system.add(user: "dora@open.example")
            #expect(try postfix.lookUp("virtual_alias_maps", "dora@open.example") == "dora@open.example")
        }

        @Test func allHoldsWhileItIsWriting() throws {
            let latest = Mutex("")
            let created = Mutex(0)
            let (port, cookie) = (system.nginx.port, system.client.cookie)
            let writers = Crew(4) { member in
                let client = APIClient(port: port, cookie: cookie)
                return { round in
                    let user = "w\(member)-\(round)@open.example"
                    try client.change(.post, "/api/user/\(user)", [("password", "User-pw-1")])
                    latest.withLock { $0 = user }
                    created.withLock { $0 += 1 }
                }
            }
            defer { writers.abandon() }
            for _ in 0..<15 {
                try expectAllToHold("while others are created")
                let user = latest.withLock(\.self)
                guard !user.isEmpty else { continue }
                #expect(try postfix.lookUp("virtual_alias_maps", user) == user, "as soon as it is acknowledged")
                #expect(try dovecot.login(user, "User-pw-1"), "as soon as it is acknowledged")
            }
            try writers.stop()
            #expect(created.withLock(\.self) > 100)
            #expect(!dovecot.log.contains("Error:"), "\(dovecot.log)")
        }
    }
}

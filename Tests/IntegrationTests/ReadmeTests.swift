import Foundation
import Support
import Testing

extension IntegrationTests {
    /// The commands that the README and the page for the operator show. Each call is made with strict handling, so that
    /// a parameter that does not exist is no success.
    @Suite(.enabled(if: MailSystem.isInstalled && Program.isInstalled("/usr/bin/curl"), "needs nginx and curl"))
    struct ReadmeTests {
        private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()

        private static let readme = "README.md"
        /// The section of it whose commands are run here.
        private static let firstHour = "## A first hour"
        private static let operating = "Sources/postern/Documentation.docc/Operating.md"
        /// The section of it whose commands are run here.
        private static let dailyUse = "## 6. Accounts and policies in daily use"

        private static let asLists = "setpriv --reuid=mlmmj --regid=mlmmj --clear-groups /usr/bin/postern "

        /// Commands outside these two sections, each with the reason why it is not run here.
        private static let others = [
            "nginx/run": "it builds, and stays; its calls are made below",
            "Tests/run": "it is what runs this",
            "systemd/install --admin postmaster@example.net": "InstallTests",
            "systemd/package": "PackageTests",
            "apt-get install ./.build/postern_*.deb": "PackageTests",
            "postern init --admin postmaster@example.net": "CommandLineTests",
            "systemctl start postern.socket postern.service": "BootTests",
            "install -d -o postern -g postern-web -m 2750 /run/postern": "makes a directory of the system's",
            "setpriv --reuid=postern --regid=postern --init-groups /usr/bin/postern serve --socket /run/postern/postern.sock":
                "stays; every test here starts it like that",
            "install -d -o postern-spf -g postern-spf -m 700 /run/postern-spf": "makes a directory of the system's",
            "setpriv --reuid=postern-spf --regid=postern-spf --groups=postern-web /usr/bin/postern verify-domains --once --socket /run/postern/postern.sock":
                "LookupUserTests",
            "systemctl start postern-spf-refresh": "BootTests",
            "install -d -o mlmmj -g postern -m 750 /run/postern-lists": "makes a directory of the system's",
            asLists + "lists --socket /run/postern-lists/lists.sock":
                "stays; MailingListMailTests starts it like that",
            asLists + "lists maintain": "MailingListMailTests",
            "apt-get install mlmmj altermime": "Debian's own",
            "/usr/lib/postern/setup": "InstallTests",
            "postern check": "CommandLineTests",
            "curl -b cookies.txt -X POST $site/api/ml/news@example.org -d owner=info@example.org -d name=News":
                "MailingListMailTests",
            "curl -b cookies.txt -X PUT $site/api/ml/news@example.org -d add_subscribers=jo@example.com":
                "MailingListMailTests",
            #"curl -b cookies.txt "$site/api/ml/news@example.org?with_subscribers=yes""#: "MailingListMailTests",
            "curl -b cookies.txt -X POST $site/api/greylisting/whitelist_spf_domains -d addDomains=example.net -d query_dns_immediately=yes":
                "SPFNowTests, BootTests",
            #"$banned_rules{'ALLOW_MS_WORD'} = new_RE( [qr'.\.docx?$'i => 0] );"#: "AmavisdTests",
            #"$banned_rules{'BAN_MS_WORD'} = new_RE( qr'.\.docx?$'i );"#: "AmavisdTests",
            "setpriv --reuid=postfix --regid=postfix --init-groups postmap -q anna@open.example sqlite:/etc/postfix/postern/sqlite-virtual-mailbox-maps.cf":
                "AvailabilityTests",
            "postern print-config postfix --output /etc/postfix/postern": "ReadersTests",
            "postern print-config dovecot --output /etc/dovecot/postern": "ReadersTests",
            "postern print-config amavisd --output /etc/amavis/conf.d": "AmavisdTests",
            "postern backup /var/backups/postern-$(date +%F)": "BackupTests",
            #"30 2 * * * root postern backup /var/backups/postern-$(date +\%F) && find /var/backups -maxdepth 1 -name 'postern-2*' -mtime +14 -exec rm -r {} +"#:
                "a line for cron",
            "systemctl stop postern.socket postern.service": "BootTests",
            "postern restore /var/backups/postern-2026-11-25 --force": "RestoreTests",
            "doveadm quota recalc -A": "Dovecot's own",
            "postern export example.org --output example.org.jsonl": "ExportCommandTests",
            "postern export --all --with-passwords --output /root/postern.jsonl": "ExportCommandTests",
            "postern import example.org.jsonl --dry-run": "ExportCommandTests",
            "postern import example.org.jsonl --replace": "ExportCommandTests",
            "postern export example.org --output /srv/mail-config/example.org.jsonl": "ExportCommandTests",
            "git -C /srv/mail-config diff --stat": "git's own",
            "postern import /srv/mail-config/example.org.jsonl --dry-run": "ExportCommandTests",
            "apt-get install postfix-pgsql dovecot-pgsql libdbd-pg-perl": "Debian's own",
            "postern print-config postfix --database postgresql:// --output /etc/postfix/postern":
                "PostgreSQLAccessTests",
            "postern print-config dovecot --database postgresql:// --output /etc/dovecot/postern":
                "PostgreSQLAccessTests",
            "postern print-config amavisd --database postgresql:// --output /etc/amavis/conf.d":
                "PostgreSQLAccessTests",
            "*:*:*:postfix:PASSWORD": "a line of libpq's",
            "setpriv --reuid=postfix --regid=postfix --init-groups postmap -q anna@open.example pgsql:/etc/postfix/postern/pgsql-virtual-mailbox-maps.cf":
                "PostfixReadersTests",
            "apt-get install postgresql libpq5": "Debian's own",
            "sudo -u postgres postern init --database host=/run/postgresql --admin postmaster@example.net":
                "needs a server of the system's",
            "DATABASE = 'host=/run/postgresql'": "DeclarationTests",
            "sudo -u postgres postern init --database host=/run/postgresql --empty": "needs a server of the system's",
            "postern move --to host=/run/postgresql": "needs a server of the system's",
            "postern print-config systemd --output /etc/systemd/system": "SystemdConfigurationTests",
            "systemctl daemon-reload": "systemd's own",
            "local  vmail,amavisd,iredapd,postern  postern  peer  map=postern": "a line of PostgreSQL's",
            "host  all  postern  0.0.0.0/0  reject": "a line of PostgreSQL's",
            "ALTER SYSTEM SET max_connections = 300;": "PostgreSQL's own",
            "ALTER ROLE postfix CONNECTION LIMIT 200;": "PostgreSQL's own",
            "sudo -u postgres postern init --adopt --database host=/run/postgresql": "AdoptionTests",
            "sudo -u postgres postern init --adopt --apply --database host=/run/postgresql": "AdoptionTests",
            "sudo -u postgres postern init --release --apply --database host=/run/postgresql": "AdoptionTests",
            "postern  postern  postern": "a line of PostgreSQL's",
            "DATABASE = 'host=db1.example,db2.example passfile=/etc/postern/postern.pgpass sslmode=verify-full sslrootcert=/etc/ssl/db.pem'":
                "DeclarationTests",
            "DATABASE_READ = 'host=db2.example,db1.example passfile=/etc/postern/postern.pgpass'": "DeclarationTests",
        ]

        private static func text(of page: String) throws -> String {
            try String(contentsOf: repository.appending(path: page), encoding: .utf8)
        }

        /// The lines of a page's indented blocks, one that goes on in the next joined with it.
        ///
        /// - Parameter isWanted: takes the heading of a section, and says whether its lines are.
        private static func shown(in page: String, where isWanted: (Substring) -> Bool) throws -> [String] {
            var isInside = isWanted("")
            var lines: [String] = []
            for line in try text(of: page).split(separator: "\n") {
                if line.hasPrefix("## ") { isInside = isWanted(line) }
                guard line.hasPrefix("    "), isInside else { continue }
                let text = line.trimmingCharacters(in: .whitespaces)
                if let last = lines.last, last.hasSuffix("\\") {
                    lines[lines.count - 1] = last.dropLast() + text
                } else {
                    lines.append(text)
                }
            }
            return lines
        }

        private let system: MailSystem
        private let shell: Shell

        init() throws {
            system = try MailSystem(limited: true)
            try system.client.change(
                .post, "/api/admin/postmaster@example.net",
                [("name", "Postmaster"), ("password", RunningPostern.password), ("isGlobalAdmin", "yes")])
            shell = try Shell()
            try shell.directory.write(
                ".build/demo-state.login", "postmaster@example.net\n\(RunningPostern.password)\nUser-pw-1\n")
        }

        @Test func theFirstHourWorksAsShown() throws {
            let lines = try Self.shown(in: Self.readme) { $0 == Self.firstHour }
            var variables = ""
            var calls = 0
            for (index, line) in lines.enumerated() {
                if line.hasPrefix("site=") {
                    #expect(line == "site=http://127.0.0.1:8080")
                    variables += "site=http://127.0.0.1:\(system.nginx.port)\n"
                } else if line.hasPrefix("password=") {
                    variables += line + "\n"
                } else if line.hasPrefix("curl ") {
                    calls += 1
                    let answer = try shell.run(variables + line)
                    let told = lines[(index + 1)...].prefix { !$0.hasPrefix("curl ") }
                    try expect(answer, told: Array(told), line)
                } else {
                    #expect(
                        line.hasPrefix("{") || line.hasPrefix("HTTP/1.1 ") || line == "…",
                        "neither a call nor an answer")
                }
            }
            #expect(calls > 12)
        }

        /// What the page for the operator goes on with.
        @Test func theDailyUseWorksAsShown() throws {
            let site = "http://127.0.0.1:\(system.nginx.port)"
            let login = "username=postmaster@example.net --data-urlencode password=\(RunningPostern.password)"
            let before = [
                "curl -c cookies.txt $site/api/login -d \(login)",
                "curl -b cookies.txt $site/api/domain/example.org -d name=Example",
                "curl -b cookies.txt $site/api/user/info@example.org -d name=Information -d password=First-pass-1",
            ]
            let shown = try Self.shown(in: Self.operating) { $0 == Self.dailyUse }
            #expect(shown.count > 8)
            for line in before + shown {
                #expect(line.hasPrefix("curl "), "\(line)")
                let answer = try shell.run("site=\(site)\n\(line)")
                #expect(answer.hasPrefix(#"{"_success": true"#), "\(line): \(answer)")
            }
        }

        /// - Parameter told: what the README says comes back; nothing for a plain success.
        private func expect(_ answer: String, told: [String], _ line: String) throws {
            guard let shown = told.last, shown.contains(#""_success": false"#) else {
                #expect(answer.hasPrefix(#"{"_success": true"#), "\(line): \(answer)")
                return
            }
            let (sent, promised) = (try members(answer), try members(shown))
            for (name, value) in promised { #expect(sent[name] == value, "\(line): \(answer)") }
            if let status = told.first, status.hasPrefix("HTTP/1.1 ") {
                #expect(answer.hasPrefix(status), "\(line): \(answer)")
            }
        }

        private func members(_ text: String) throws -> [String: String] {
            let json = text[(try #require(text.firstIndex(of: "{")))...]
            let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
            return try #require(object).mapValues { "\($0)" }
        }

        @Test func aParameterThatDoesNotExistIsNoticed() throws {
            let site = "http://127.0.0.1:\(system.nginx.port)"
            let login = "username=postmaster@example.net --data-urlencode password=\(RunningPostern.password)"
            _ = try shell.run("curl -c cookies.txt \(site)/api/login -d \(login)")
            let answer = try shell.run("curl -b cookies.txt -X PUT \(site)/api/spampolicy/global -d spam_tag2_level=5")
            #expect(try members(answer)["_param"] == "spam_tag2_level")
        }

        @Test func everyOtherCommandIsListedHere() throws {
            let commands =
                try Self.shown(in: Self.readme) { $0 != Self.firstHour }
                + Self.shown(in: Self.operating) { $0 != Self.dailyUse }
            // A drawing, and a table without lines.
            let listed = Set(commands.filter { !$0.contains("►") && !$0.contains("   ") })
            #expect(listed == Set(Self.others.keys))
        }

        /// `call OPTIONS METHOD PATH [NAME=VALUE…]`, as it stands in nginx/run.
        @Test func theDemonstrationsCallsWork() throws {
            let text = try String(contentsOf: Self.repository.appending(path: "nginx/run"), encoding: .utf8)
            let calls = text.split(separator: "\n").filter { $0.hasPrefix("call \"") }
            #expect(calls.count == 4)
            for call in calls {
                let answer = try shell.run(
                    """
                    url=http://127.0.0.1:\(system.nginx.port) domain=example.com user=office@example.com
                    admin=postmaster@example.net admin_password=\(RunningPostern.password) user_password=User-pw-1
                    call() {
                        local options=$1 method=$2 path=$3 fields=() field
                        shift 3
                        for field; do fields+=(--data-urlencode "$field"); done
                        curl $options -X "$method" "${fields[@]}" "$url$path"
                    }
                    \(call)
                    """)
                #expect(answer.hasPrefix(#"{"_success": true"#), "\(call): \(answer)")
            }
        }
    }
}

/// A directory in which lines are given to bash, as in a terminal.
private struct Shell {
    let directory: TemporaryDirectory

    /// Its `curl` asks for strict handling, whatever else it is told.
    init() throws {
        directory = try TemporaryDirectory()
        for name in [".build", "bin"] {
            try FileManager.default.createDirectory(
                atPath: "\(directory.path)/\(name)", withIntermediateDirectories: false)
        }
        let curl = try directory.write(
            "bin/curl", "#!/bin/sh\nexec /usr/bin/curl -sS --max-time 20 -H 'Prefer: handling=strict' \"$@\"\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: curl)
    }

    /// What the lines print.
    func run(_ lines: String) throws -> String {
        let result = try Program.run(
            "/bin/bash", ["-euc", "PATH=\(directory.path)/bin:$PATH\ncd \(directory.path)\n\(lines)"],
            limit: .seconds(30))
        guard result.status == 0 else { throw Program.Failure(description: "\(lines): \(result.errorOutput)") }
        return result.output
    }
}

import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// The databases of an iRedMail server are taken over, used, and given back.
    @Suite(.enabled(if: PostgreSQLCluster.isInstalled, "needs postgresql"))
    struct AdoptionTests {
        private let server: PostgreSQLCluster
        private static let databases = ["vmail", "amavisd", "iredapd"]

        init() throws { server = try PostgreSQLCluster() }

        /// Databases as iRedMail's installer leaves them, on a server whose language does not sort by bytes.
        private func install(_ release: IRedMailTables.Release) throws {
            for role in ["vmail", "vmailadmin", "amavisd", "iredapd"] {
                try server.sql("postgres", "CREATE ROLE \(role) LOGIN")
            }
            for database in Self.databases {
                try server.sql(
                    "postgres",
                    """
                    CREATE DATABASE \(database) TEMPLATE template0 ENCODING 'UTF8'
                    LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'
                    """)
                try server.sql(database, IRedMailTables(release).script(for: database))
                try server.sql(database, IRedMailTables.rights(in: database))
                // They own the schema with it, and may make functions there.
                let owner = database == "vmail" ? "vmailadmin" : database
                try server.sql("postgres", "ALTER DATABASE \(database) OWNER TO \(owner)")
            }
            try server.sql("vmail", Self.rows)
            try server.sql("iredapd", "INSERT INTO greylisting (account, sender) VALUES ('@.', '@.')")
            try server.sql(
                "amavisd",
                """
                INSERT INTO policy (policy_name, spam_lover) VALUES ('@.', 'Y');
                INSERT INTO users (priority, policy_id, email, fullname) VALUES (0, 1, '@.', '@.')
                """)
        }

        /// As iRedMail's installer makes the first domain, and its tools an account.
        private static let rows =
            """
            INSERT INTO domain (domain, transport, settings, created) VALUES
              ('admin.example', 'dovecot', 'default_user_quota:1024;', NOW());
            \(mailbox(RunningPostern.admin));
            UPDATE mailbox SET isadmin = 1, isglobaladmin = 1, password = '\(hash)' WHERE username = '\(RunningPostern.admin)';
            INSERT INTO domain_admins (username, domain, created) VALUES ('\(RunningPostern.admin)', 'ALL', NOW());
            \(mailbox("Zoe@admin.example"));
            \(mailbox("_under@admin.example"));
            \(mailbox("anna@admin.example"))
            """

        /// Of `RunningPostern.password`.
        private static let hash =
            "{SSHA512}XmO3Vv5ilfk4lvWCzZuhRtA/g878cIWrPVWfep9M9g8aQbkdsRfHp28Yc0FHm"
            + "v0lSTqnxf722idNlhiZjVoZMXNhbHRzYWx0"

        /// The statements with which iRedMail's tools make an account.
        private static func mailbox(_ address: String) -> String {
            let (name, domain) = (address.split(separator: "@")[0], address.split(separator: "@")[1])
            return """
                INSERT INTO mailbox (username, password, name, storagebasedirectory, storagenode, maildir, quota, domain,
                                     active, passwordlastchange, created)
                VALUES ('\(address)', '', '\(name)', '/var/vmail', 'vmail1', '\(domain)/\(name)-2026/', 1024, '\(domain)',
                        1, NOW(), NOW());
                INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_forwarding)
                VALUES ('\(address)', '\(address)', '\(domain)', '\(domain)', 1)
                """
        }

        private func postern(_ options: String...) throws -> Program.Result {
            try PosternProgram.run(["init", "--database", server.connection] + options)
        }

        private func carryOut(_ option: String) throws {
            let result = try postern(option, "--apply")
            try #require(result.status == 0, "\(result.errorOutput)")
        }

        /// Everything that is in the databases, as text.
        private func dump() throws -> String {
            try Self.databases.map { database in
                let result = try Program.run(
                    "/usr/bin/pg_dump", ["-d", "\(server.connection) dbname=\(database)"], limit: .seconds(60))
                try #require(result.status == 0, "\(result.errorOutput)")
                // Newer versions put a random word there.
                return result.output.split(separator: "\n").filter { !$0.contains("restrict ") }.joined(separator: "\n")
            }.joined(separator: "\n")
        }

        private func answers(as role: String, _ database: String, _ query: String) throws -> String {
            try server.sql(database, "SET ROLE \(role); \(query)")
        }

        @Test(arguments: IRedMailTables.Release.allCases)
        func whatIsPrintedIsWhatIsDoneAndAllOfItIsUndone(_ release: IRedMailTables.Release) throws {
            try install(release)
            let before = try dump()
            let printed = try postern("--adopt")
            try #require(printed.status == 0, "\(printed.errorOutput)")
            #expect(printed.errorOutput.contains("--apply"))
            #expect(try dump() == before)
            #expect(printed.output.contains("-- 1 rows of mailbox have capital letters"))

            try server.sql("postgres", printed.output)
            let byHand = try dump()
            #expect(byHand != before)
            try carryOut("--release")
            #expect(try dump() == before)

            try carryOut("--adopt")
            #expect(try dump() == byHand)
            // Nothing is left to do.
            #expect(try postern("--adopt").output == "All databases were taken over before.\n")
            #expect(try postern("--update").output == "All databases are up to date.\n")
            #expect(try dump() == byHand)
            try carryOut("--release")
            #expect(try dump() == before)
            let roles = try server.sql("postgres", "SELECT rolname FROM pg_roles WHERE rolname LIKE 'postern%'")
            let databases = try server.sql("postgres", "SELECT datname FROM pg_database WHERE datname = 'postern'")
            #expect(roles + databases == "")
        }

        @Test(arguments: IRedMailTables.Release.allCases)
        func everybodyGoesOn(_ release: IRedMailTables.Release) throws {
            try install(release)
            let destinations = """
                SELECT forwarding FROM forwardings JOIN domain ON domain.domain = forwardings.domain
                 WHERE address = 'anna@admin.example' AND forwardings.active = 1 AND domain.active = 1
                """
            let before = try answers(as: "vmail", "vmail", destinations)
            try carryOut("--adopt")
            let postern = try PosternInstance(server)
            let admin = try postern.admin()
            #expect(try answers(as: "vmail", "vmail", destinations) == before)

            // What is there is shown, in the order of bytes.
            let users = try admin.send(.get, "/api/users/admin.example?email_only=yes").text
            let expected = ["zoe", "_under", "anna", "postmaster"].map { "\"\($0)@admin.example\"" }
            #expect(users.contains("[\(expected.joined(separator: ", "))]"), "\(users)")
            try admin.change(.put, "/api/user/anna@admin.example", [("name", "Anna"), ("services", "imap,pop3")])
            try admin.change(.post, "/api/domain/new.example", [("name", "New")])
            try admin.change(.post, "/api/user/bert@new.example", [("password", "User-pw-1"), ("quota", "10")])
            #expect(
                try answers(
                    as: "vmailadmin", "vmail", "SELECT maildir <> '' FROM mailbox WHERE username = 'bert@new.example'")
                    == "t\n")

            // iRedAdmin, Dovecot and iRedAPD write.
            _ = try answers(as: "vmailadmin", "vmail", Self.mailbox("cora@new.example"))
            let counting = "INSERT INTO used_quota (username, bytes, messages) VALUES ('bert@new.example', 500, 2)"
            let upsert = " ON CONFLICT (username) DO UPDATE SET bytes = excluded.bytes, messages = excluded.messages"
            _ = try answers(as: "vmail", "vmail", counting + (release == .newest ? upsert : ""))
            if release == .first { _ = try answers(as: "vmail", "vmail", counting) }
            let domain = try admin.send(.get, "/api/domain/new.example").text
            let bytes = release == .newest ? 500 : 1000
            #expect(
                domain.contains(#""num_existing_users": 2"#) && domain.contains(#""stored_bytes": \#(bytes)"#),
                "\(domain)")
            try admin.change(
                .post, "/api/throttle/bert@new.example/outbound", [("period", "60"), ("max_msgs", "5")])
            _ = try answers(
                as: "iredapd", "iredapd",
                "INSERT INTO throttle_tracking (tid, account, cur_msgs) SELECT id, account, 1 FROM throttle")
            try admin.change(.post, "/api/throttle/bert@new.example/outbound", [("period", "0")])
            try admin.change(
                .post, "/api/wblist/inbound/whitelist/bert@new.example", [("addresses", "friend@away.example")])
            #expect(
                try answers(
                    as: "amavisd", "amavisd",
                    """
                    SELECT convert_from(mailaddr.email, 'UTF8'), wb FROM wblist JOIN mailaddr ON mailaddr.id = sid
                      JOIN users ON users.id = rid WHERE users.email = 'bert@new.example'
                    """) == "friend@away.example|W\n")

            // Too long for a column of iRedMail's: refused, and nothing else happens.
            let long = try admin.send(
                .put, "/api/user/bert@new.example", [("name", String(repeating: "x", count: 300))])
            #expect(long.word == "INVALID_PARAMETER", "\(long.status) \(long.text)")

            // A renamed mailbox takes its usage along, a deleted domain leaves nothing.
            try admin.change(.post, "/api/user/bert@new.example/change_email/dora@new.example")
            #expect(
                try answers(as: "vmail", "vmail", "SELECT bytes FROM used_quota WHERE username = 'dora@new.example'")
                    == "\(bytes)\n")
            try admin.change(.delete, "/api/domain/new.example")
            #expect(
                try answers(as: "vmail", "vmail", "SELECT count(*) FROM mailbox WHERE domain = 'new.example'") == "0\n")
            #expect(try server.sql("vmail", "SELECT count(*) FROM domain_totals WHERE domain = 'new.example'") == "0\n")

            let refused = try self.postern("--release", "--apply")
            #expect(refused.status != 0 && refused.errorOutput.contains("stop"), "\(refused.errorOutput)")
            #expect(postern.stop() == 0)
            try carryOut("--release")
            _ = try answers(as: "vmailadmin", "vmail", Self.mailbox("eva@admin.example"))
            #expect(
                try answers(as: "vmail", "vmail", "SELECT name FROM mailbox WHERE username = 'anna@admin.example'")
                    == "Anna\n")
        }

        @Test(arguments: [false, true]) func databasesThatAreMissingOrEmptyAreMade(_ isEmpty: Bool) throws {
            try install(.newest)
            for database in ["amavisd", "iredapd"] {
                try server.sql("postgres", "DROP DATABASE \(database)")
                if isEmpty {
                    try server.sql("postgres", "CREATE DATABASE \(database) OWNER vmailadmin ENCODING 'UTF8'")
                }
            }
            if isEmpty { try server.sql("postgres", "CREATE DATABASE postern ENCODING 'UTF8'") }
            try carryOut("--adopt")
            #expect(try postern("--adopt").output == "All databases were taken over before.\n")
            #expect(try server.sql("amavisd", "SELECT count(*) FROM policy") == "1\n")
            #expect(try server.sql("postgres", "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'amavis'") == "60\n")
            let instance = try PosternInstance(server)
            try instance.admin().change(
                .post, "/api/throttle/admin.example/outbound", [("period", "60"), ("max_msgs", "5")])
            #expect(instance.stop() == 0)
            #expect(try postern("--update").output == "All databases are up to date.\n")
            // What Postern has made is nobody else's.
            try carryOut("--release")
            #expect(try server.sql("iredapd", "SELECT count(*) FROM throttle") == "1\n")
        }

        @Test func aReleaseThatWasBrokenOffIsFinished() throws {
            try install(.newest)
            let before = try dump()
            try carryOut("--adopt")
            let printed = try postern("--release").output.components(separatedBy: "DROP DATABASE")
            try #require(printed.count == 2)
            try server.sql("postgres", printed[0])
            #expect(try dump() == before)
            try carryOut("--release")
            let left = try server.sql(
                "postgres",
                "SELECT rolname FROM pg_roles WHERE rolname LIKE 'postern%' UNION SELECT datname FROM pg_database WHERE datname = 'postern'"
            )
            #expect(left == "")
            #expect(try postern("--release", "--apply").status == 65)
        }

        /// The owners of iRedMail's tables plant what a superuser would run.
        @Test func nobodyBecomesMoreThanHeIs() throws {
            try install(.first)
            for (role, database) in [("vmailadmin", "vmail"), ("iredapd", "iredapd"), ("amavisd", "amavisd")] {
                _ = try answers(
                    as: role, database,
                    """
                    CREATE FUNCTION public.rise() RETURNS void LANGUAGE plpgsql AS $f$
                    BEGIN
                      ALTER ROLE \(role) SUPERUSER;
                    EXCEPTION WHEN OTHERS THEN NULL;
                    END $f$;
                    CREATE FUNCTION public.same(oid, regnamespace) RETURNS bool LANGUAGE plpgsql AS
                      $f$ BEGIN PERFORM public.rise(); RETURN $1 = $2::oid; END $f$;
                    CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = regnamespace, FUNCTION = public.same);
                    CREATE FUNCTION public.same(varchar, varchar) RETURNS bool LANGUAGE plpgsql AS
                      $f$ BEGIN PERFORM public.rise(); RETURN $1::text = $2::text; END $f$;
                    CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.same);
                    CREATE FUNCTION public.lower(varchar) RETURNS text LANGUAGE plpgsql AS
                      $f$ BEGIN PERFORM public.rise(); RETURN pg_catalog.lower($1::text); END $f$;
                    CREATE FUNCTION public.substr(varchar, int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
                      $f$ BEGIN PERFORM public.rise(); RETURN pg_catalog.substr($1::text, $2); END $f$;
                    CREATE FUNCTION public.planted() RETURNS trigger LANGUAGE plpgsql AS
                      $f$ BEGIN PERFORM public.rise(); RETURN NULL; END $f$;
                    """)
            }
            _ = try answers(
                as: "vmailadmin", "vmail",
                """
                UPDATE mailbox SET enablesmtpsecured = 0 WHERE username = 'anna@admin.example';
                CREATE TRIGGER planted AFTER UPDATE ON mailbox FOR EACH STATEMENT EXECUTE FUNCTION public.planted();
                CREATE TRIGGER planted_too AFTER INSERT ON alias FOR EACH STATEMENT EXECUTE FUNCTION public.planted()
                """)
            func expectNobodyHasRisen(_ moment: String) throws {
                let names = try server.sql(
                    "postgres", "SELECT rolname FROM pg_roles WHERE rolsuper AND rolname <> 'postgres'")
                #expect(names == "", "\(moment)")
            }
            let printed = try postern("--adopt")
            try #require(printed.status == 0, "\(printed.errorOutput)")
            try expectNobodyHasRisen("the plan")
            try server.sql("postgres", printed.output)
            try expectNobodyHasRisen("the script")
            try carryOut("--release")
            try carryOut("--adopt")
            try expectNobodyHasRisen("the adoption")
            #expect(
                try server.sql("vmail", "SELECT username FROM mailbox WHERE enablesmtptls = 0")
                    == "anna@admin.example\n")
            // The functions that keep the sums have the rights of their owner.
            _ = try answers(
                as: "vmailadmin", "vmail",
                """
                CREATE OR REPLACE FUNCTION public.rise() RETURNS void LANGUAGE plpgsql AS $f$
                BEGIN
                  IF current_user = 'postern_owner' THEN RAISE EXCEPTION 'caught'; END IF;
                END $f$;
                INSERT INTO alias (address, domain) VALUES ('all@admin.example', 'admin.example')
                """)
            _ = try postern("--update")
            try expectNobodyHasRisen("the update")

            // What was added is listed in a table that the schema's owner can replace.
            _ = try answers(
                as: "vmailadmin", "vmail",
                """
                DROP TABLE public.postern_adopted;
                CREATE TABLE public.postern_adopted (number INT4, kind TEXT, relation TEXT, name TEXT);
                INSERT INTO public.postern_adopted
                VALUES (1, 'INDEX', '', 'IF EXISTS x; ALTER ROLE vmailadmin SUPERUSER'), (2, 'TABLE', '', 'rise()');
                GRANT ALL ON public.postern_adopted TO PUBLIC
                """)
            let release = try postern("--release", "--apply")
            #expect(release.status == 65 && release.errorOutput.contains("postern_adopted"), "\(release.errorOutput)")
            try expectNobodyHasRisen("the release")

            // The traps are no dummies.
            _ = try answers(
                as: "iredapd", "iredapd",
                "SELECT 1; SET ROLE postgres; SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('public')"
            )
            let names = try server.sql(
                "postgres", "SELECT rolname FROM pg_roles WHERE rolsuper AND rolname <> 'postgres'")
            #expect(names == "iredapd\n")
        }

        @Test func whatCannotBeTakenOverIsToldAndStays() throws {
            try install(.newest)
            func expectRefusal(_ word: String, _ options: String...) throws {
                let before = try dump()
                let result = try PosternProgram.run(["init", "--database", server.connection] + options)
                #expect(result.status != 0 && result.errorOutput.contains(word), "\(result.errorOutput)")
                #expect(try dump() == before)
            }
            try expectRefusal("no database of this server was taken over", "--release", "--apply")
            try expectRefusal("--apply goes with", "--apply")
            try expectRefusal("without --admin", "--adopt", "--admin", "jo@admin.example")
            let other = try PosternProgram.run(
                [
                    "init", "--adopt", "--database",
                    server.connection.replacingOccurrences(of: "user=postgres", with: "user=vmailadmin"),
                ])
            #expect(other.status == 78 && other.errorOutput.contains("superuser"))

            try server.sql(
                "iredapd",
                "INSERT INTO throttle (account, kind) VALUES ('@a.example', 'inbound'), ('@a.example', 'inbound')")
            try expectRefusal("@a.example inbound", "--adopt", "--apply")
            try server.sql("iredapd", "DELETE FROM throttle")

            try server.sql("vmail", "ALTER TABLE forwardings RENAME TO forwarding_rows")
            try expectRefusal("no table forwardings", "--adopt", "--apply")
            try server.sql("vmail", "ALTER TABLE forwarding_rows RENAME TO forwardings")

            try server.sql("vmail", "GRANT CREATE ON SCHEMA public TO PUBLIC")
            try expectRefusal("REVOKE CREATE", "--adopt", "--apply")
            try server.sql("vmail", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")

            // Whoever reads for long would hold up everybody behind the change of a table.
            let reader = try RunningProgram(
                "/usr/bin/psql",
                [
                    "-XqAt", "-d", "\(server.connection) dbname=vmail", "-c",
                    "BEGIN; SELECT count(*) FROM mailbox; SELECT pg_sleep(60)",
                ],
                as: nil)
            defer { reader.stop() }
            #expect(
                try Program.wait(atMost: .seconds(20)) {
                    try server.sql(
                        "postgres",
                        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND datname = 'vmail'")
                        == "1\n"
                })
            try expectRefusal("lock timeout", "--adopt", "--apply")
        }
    }
}

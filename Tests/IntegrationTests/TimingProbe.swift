import Support
import Testing
extension IntegrationTests {
    @Suite struct TimingProbe {
        @Test func times() throws {
            let clock = ContinuousClock()
            var start = clock.now
            func lap(_ what: String) { print("figure \(what) \(clock.now - start)"); start = clock.now }
            let postern = try RunningPostern(); lap("postern")
            let printed = try postern.printedConfiguration("nginx", options: ["--socket", postern.socket]); lap("print")
            let nginx = try NginxServer(configuration: printed); lap("nginx")
            let client = nginx.client()
            try client.logIn(RunningPostern.admin, RunningPostern.password); lap("login")
            let postfix = try PostfixReader(configuration: postern.printedConfiguration("postfix"), as: Accounts.reader); lap("postfix")
            let dovecot = try DovecotServer(configuration: postern.printedConfiguration("dovecot")); lap("dovecot")
            try client.change(.post, "/api/domain/open.example", [("name", "x")]); lap("domain")
            try client.change(.post, "/api/user/a@open.example", [("password", "User-pw-1")]); lap("user")
            _ = try dovecot.login("a@open.example", "User-pw-1"); lap("login")
            _ = try dovecot.login("a@open.example", "User-pw-1"); lap("login2")
            _ = try dovecot.login("a@open.example", "User-pw-2"); lap("bad login")
            _ = try postfix.lookUp("virtual_mailbox_maps", "a@open.example"); lap("postmap")
            dovecot.stop(); lap("dovecot stop")
            nginx.stop(); lap("nginx stop")
            _ = postern.stop(); lap("postern stop")
        }
    }
}

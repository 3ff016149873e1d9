import Foundation
import Neighbours
import Testing
/// What nginx is told, against the list that the security of the socket rests on.
struct NginxConfigurationTests {
    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private static let files = NginxConfiguration(gateInclude: "/etc/nginx/postern-gate.conf").files
    private static let http = lines(files[0].text)
    private static let locations = lines(files[1].text)

    @Test func exactlyTheseParametersArePassedOn() {
        let passed = Self.locations.filter { $0.hasPrefix("fastcgi_param ") }
            .compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
        #expect(
            passed == [
                "REQUEST_METHOD", "REQUEST_URI", "CONTENT_TYPE", "CONTENT_LENGTH", "REMOTE_ADDR", "HTTPS", "HTTP_HOST",
                "HTTP_COOKIE", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE", "HTTP_PREFER", "REQUEST_ID",
            ])
        #expect(Self.locations.contains("fastcgi_pass_request_headers off;"))
        #expect(Self.locations.filter { $0.hasPrefix("include ") } == ["include /etc/nginx/postern-gate.conf;"])
    }

    @Test(arguments: [
        "client_max_body_size 128k;", "limit_req zone=postern_login burst=60 nodelay;",
        "limit_req zone=postern_stranger burst=40 nodelay;", "limit_req zone=postern_session burst=5200 delay=5000;",
        "limit_conn postern_connections 100;",
        "fastcgi_param REQUEST_URI $request_uri;", "fastcgi_request_buffering on;", "fastcgi_next_upstream off;",
        "fastcgi_ignore_client_abort on;", "fastcgi_connect_timeout 2s;", "fastcgi_send_timeout 10s;",
        "fastcgi_read_timeout 60s;", "add_header X-Content-Type-Options nosniff always;",
        "add_header Cache-Control no-store always;", "if ($request_method !~ ^(?:GET|POST|PUT|DELETE)$) {",
        "error_page 400 403 405 413 429 500 502 503 504 @postern_refusal;",
    ])
    func theLocationsSay(_ directive: String) {
        #expect(Self.locations.contains(directive))
    }

    @Test(arguments: [
        "limit_req_zone $postern_login_client zone=postern_login:1m rate=60r/m;",
        "limit_req_zone $postern_stranger zone=postern_stranger:10m rate=20r/s;",
        "limit_req_zone $postern_session_client zone=postern_session:10m rate=2000r/s;",
        "limit_conn_zone $binary_remote_addr zone=postern_connections:10m;",
    ])
    func theHTTPLevelSays(_ directive: String) {
        #expect(Self.http.contains(directive))
    }

    /// They are decoded and merged: there `%2F` is a slash.
    @Test(arguments: ["DOCUMENT_URI", "SCRIPT_NAME", "PATH_INFO", "fastcgi_params;", "fastcgi.conf;"])
    func neverSays(_ word: String) {
        let directives = Self.locations.filter { !$0.hasPrefix("#") }
        #expect(!directives.contains { $0.contains(word) })
    }

    @Test func withoutAGateItsIncludeIsAComment() {
        let locations = Self.lines(NginxConfiguration().files[1].text)
        #expect(locations.contains("# include /etc/nginx/postern-gate.conf;"))
        #expect(!locations.contains { $0.hasPrefix("include ") })
    }
}

import Foundation
import Glibc
import Support

/// An nginx of our own on the printed files.
final class NginxServer {
    static let isInstalled = Program.isInstalled("/usr/sbin/nginx")

    let port: UInt16
    private let directory: TemporaryDirectory
    private let process: ChildProcess

    /// - Parameters:
    ///   - printed: the directory of the files that Postern prints for nginx.
    ///   - limited: whether the printed limits on rates and connections hold; otherwise no test reaches them.
    ///   - replacing: further texts of the printed files that a test wants otherwise.
    init(configuration printed: String, limited: Bool = false, replacing: [(String, String)] = []) throws {
        directory = try TemporaryDirectory()
        port = try Loopback.freePort()
        var changes = [("/var/log/nginx/", "\(directory.path)/")] + replacing
        if !limited {
            changes += [
                ("    limit_req zone", "    # limit_req zone"), ("    limit_conn postern", "    # limit_conn postern"),
            ]
        }
        for file in ["postern-http.conf", "postern-locations.conf"] {
            let text = try String(contentsOfFile: "\(printed)/\(file)", encoding: .utf8)
            try directory.write(file, changes.reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) })
        }
        try directory.write("nginx.conf", Self.main(directory.path, port))
        process = try ChildProcess(
            [
                "/usr/sbin/nginx", "-p", directory.path, "-e", "\(directory.path)/error.log",
                "-c", "\(directory.path)/nginx.conf", "-g", "daemon off;",
            ], log: "\(directory.path)/output")
        let answers = Program.wait(atMost: .seconds(10)) {
            guard process.isRunning else { return true }
            guard let socket = try? Loopback.connect(to: port, from: "127.0.0.1", limit: 5) else { return false }
            close(socket)
            return true
        }
        guard answers, process.isRunning else {
            throw Program.Failure(description: "nginx does not start: \(errors)")
        }
    }

    deinit { stop() }

    func stop() { process.end() }

    /// A client without a session.
    func client(from source: String = "127.0.0.1", cookie: String? = nil) -> APIClient {
        APIClient(port: port, from: source, cookie: cookie)
    }

    /// What nginx complained about.
    var errors: String {
        ["error.log", "output"].map { (try? String(contentsOfFile: "\(directory.path)/\($0)", encoding: .utf8)) ?? "" }
            .joined()
    }

    private static func main(_ path: String, _ port: UInt16) -> String {
        """
        user www-data;
        worker_processes 2;
        pid \(path)/nginx.pid;
        error_log \(path)/error.log warn;
        events { worker_connections 2048; }
        http {
            client_body_temp_path \(path)/body;
            fastcgi_temp_path \(path)/fastcgi;
            proxy_temp_path \(path)/proxy;
            uwsgi_temp_path \(path)/uwsgi;
            scgi_temp_path \(path)/scgi;
            access_log off;
            include \(path)/postern-http.conf;
            server {
                listen 127.0.0.1:\(port) backlog=1024;
                server_name mail.example;
                include \(path)/postern-locations.conf;
            }
        }

        """
    }
}

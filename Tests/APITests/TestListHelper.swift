import Foundation
import Glibc
import Mail
import MailingLists
import Synchronization
import Testing
import Threads

/// The helper for mailing lists, in this process, on a spool and a socket of its own.
final class TestListHelper: Sendable {
    let root: String
    let socket: String
    private let listener: Int32

    init() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "lists-\(UUID().uuidString.prefix(8))")
            .path
        (root, socket) = ("\(directory)/spool", "\(directory)/sock")
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        listener = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { [socket] room in room.copyBytes(from: socket.utf8) }
        let result = withUnsafePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0 && listen(listener, 16) == 0)
        let server = ListServer(ListSpool(root: root) { _ in }, clients: [geteuid()]) { _ in }
        let thread = Thread { [listener] in server.serve(on: listener, untilIdleFor: nil) }
        thread.start()
    }

    deinit {
        stop()
        shutdown(listener, Int32(SHUT_RDWR))
        try? FileManager.default.removeItem(atPath: (root as NSString).deletingLastPathComponent)
    }

    /// Nobody can connect any more.
    func stop() { unlink(socket) }

    /// A file below the spool; nil when it is not there.
    func file(_ path: String) -> String? {
        FileManager.default.contents(atPath: "\(root)/\(path)").map { String(decoding: $0, as: UTF8.self) }
    }

    /// What lies in the spool.
    var entries: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted() }

    func archived(in domain: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(root)/.archive/\(domain)")) ?? []).sorted()
    }

    /// The addresses of all lists, ascending.
    var lists: [String] { ((try? ListSpool(root: root) { _ in }.lists()) ?? []).map(\.address.text).sorted() }

    /// Waits for what is done without anybody waiting for it.
    func wait(until isDone: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(60)
        while try !isDone() {
            guard .now < end else { throw Late() }
            usleep(5_000)
        }
    }

    private struct Late: Error {}
}

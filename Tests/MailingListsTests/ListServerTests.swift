import Foundation
import Glibc
import MailingLists
import Testing

/// Who is served, and what is read.
struct ListServerTests {
    private let directory = FileManager.default.temporaryDirectory.appending(
        path: "server-\(UUID().uuidString.prefix(8))")

    /// Serves `clients` while `body` runs with the socket's path.
    private func serving(_ clients: Set<UInt32>, _ body: (String) throws -> Void) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "sock").path
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0 && listen(listener, 16) == 0)
        defer { shutdown(listener, Int32(SHUT_RDWR)) }
        let server = ListServer(ListSpool(root: directory.path) { _ in }, clients: clients) { _ in }
        Thread { server.serve(on: listener, untilIdleFor: nil) }.start()
        try body(path)
    }

    @Test func whoIsNotNamedGetsNoAnswer() throws {
        try serving([geteuid() + 1]) { path in
            #expect(throws: ListHelper.Unreachable.self) { try ListHelper(socket: path).send(.ping) }
        }
    }

    @Test func whoIsNamedIsServed() throws {
        try serving([geteuid()]) { path in
            try ListHelper(socket: path).send(.ping)
            guard case .inventory([], unconfirmed: []) = try ListHelper(socket: path).send(.inventory) else {
                Issue.record("an empty spool has lists")
                return
            }
        }
    }

    /// The server checks all of it before; the helper does it again.
    @Test(arguments: [
        ListRequest.removeDomain("../etc"), .removeDomain("A.example"), .removeDomain(""),
        .replace([.init("a@b.example", by: "x\ny@b.example")], inListsOf: nil),
        .replace([.init("/../a@b.example", by: nil)], inListsOf: nil),
    ])
    func whatIsNoNameIsRefused(_ request: ListRequest) throws {
        try serving([geteuid()]) { path in
            #expect(throws: ListFailure.self) { try ListHelper(socket: path).send(request) }
        }
    }

    @Test func aHelperThatIsAwayIsTold() {
        let helper = ListHelper(socket: directory.appending(path: "nobody").path)
        #expect(throws: ListHelper.Unreachable.self) { try helper.send(.ping) }
    }
}

import Dispatch
import Foundation
@testable import MailingLists
import Testing

/// Subscribers, changed here and by mlmmj's own programs at the same time.
struct SubscriberFilesTests {
    private let directory = Directory()
    private var files: SubscriberFiles { SubscriberFiles(directory: directory.path) }

    /// A list's directory, removed with the test.
    private final class Directory {
        let path = FileManager.default.temporaryDirectory.appending(path: "list-\(UUID())").path

        init() {
            for name in ["subscribers.d", "digesters.d", "nomailsubs.d", "control", "subconf", "queue", "text"] {
                try? FileManager.default.createDirectory(
                    atPath: "\(path)/\(name)", withIntermediateDirectories: true)
            }
            try? Data("news@a.example\n".utf8).write(to: URL(fileURLWithPath: "\(path)/control/listaddress"))
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: "\(directory.path)/\(name)").map { String(decoding: $0, as: UTF8.self) }
    }

    private func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory.path)/\(name)"))
    }

    private func all() throws -> [String] { try files.all().map { "\($0.mail) \($0.subscription.rawValue)" } }

    @Test func eachIsInTheFileOfItsFirstCharacter() throws {
        try files.add(["anna@a.example", "bert@a.example", "anna@b.example", "0@a.example"], .normal)
        #expect(text("subscribers.d/a") == "anna@a.example\nanna@b.example\n")
        #expect(text("subscribers.d/0") == "0@a.example\n")
        try files.add(["anna@a.example"], .normal)
        #expect(text("subscribers.d/a") == "anna@a.example\nanna@b.example\n")
    }

    @Test func anotherSubscriptionTakesThePlaceOfTheFirst() throws {
        try files.add(["anna@a.example"], .normal)
        try files.add(["anna@a.example"], .nomail)
        #expect(try all() == ["anna@a.example nomail"])
    }

    /// Who subscribed in capitals, a last line without an end, and empty lines, which match everybody in mlmmj 1.5.
    @Test func whatOthersHaveWrittenIsReadAndMended() throws {
        try write("Anna@A.example\n", to: "subscribers.d/A")
        try write("\nbea@a.example\n\nbert@a.example", to: "subscribers.d/b")
        #expect(try all() == ["anna@a.example normal", "bea@a.example normal", "bert@a.example normal"])
        try files.remove(["anna@a.example", "bea@a.example"])
        #expect(text("subscribers.d/A") == "" && text("subscribers.d/b") == "bert@a.example\n")
        try files.add(["bo@a.example"], .normal)
        #expect(text("subscribers.d/b") == "bert@a.example\nbo@a.example\n")
    }

    @Test func aNewAddressKeepsTheSubscription() throws {
        try files.add(["anna@a.example"], .digest)
        try files.replace("anna@a.example", by: "zoe@a.example")
        #expect(try all() == ["zoe@a.example digest"])
        try files.add(["bert@a.example"], .normal)
        try files.replace("zoe@a.example", by: "bert@a.example")
        #expect(try all() == ["bert@a.example normal"])
        try files.replace("bert@a.example", by: nil)
        #expect(try all() == [])
    }

    /// mlmmj sends to each line of each file there.
    @Test func noDraftLiesAmongThem() throws {
        try files.add(["anna@a.example"], .normal)
        try files.remove(["anna@a.example"])
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/subscribers.d")
        #expect(names == ["a"])
    }

    @Test func whatMlmmjWritesMeanwhileIsNotLost() throws {
        let path = directory.path
        let count = 60
        let byMail = Thread.detach {
            (0..<count).map { number in
                let words = ["-L", path, "-a", "a-mail\(number)@a.example", "-f", "-q", "-s", "-U"]
                return Program.run("/usr/bin/mlmmj-sub", words, within: .seconds(30))
            }
        }
        for number in 0..<count {
            try files.add(["a-\(number)@a.example"], .normal)
            if number % 3 == 0 { try files.remove(["a-\(number)@a.example"]) }
        }
        #expect(byMail.value.allSatisfy { $0 == 0 })
        let found = Set(try files.all().map(\.mail))
        let wanted =
            (0..<count).map { "a-mail\($0)@a.example" }
            + (0..<count).filter { $0 % 3 != 0 }.map { "a-\($0)@a.example" }
        #expect(found == Set(wanted))
    }
}

extension Thread {
    /// Runs `body` on a thread of its own.
    fileprivate static func detach<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Running<Value> {
        let running = Running<Value>()
        let thread = Thread { running.finish(body()) }
        thread.start()
        return running
    }
}

/// `@unchecked Sendable`: the result is written before the semaphore is signalled, and read after.
private final class Running<Value: Sendable>: @unchecked Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private var result: Value?

    func finish(_ value: Value) {
        result = value
        semaphore.signal()
    }

    var value: Value {
        semaphore.wait()
        semaphore.signal()
        guard let result else { fatalError("signalled without a result") }
        return result
    }
}

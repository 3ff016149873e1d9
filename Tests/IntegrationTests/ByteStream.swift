import Glibc
import Support

/// A connection as bytes to send and bytes to read. Every wait ends with the limit the descriptor was made with.
final class ByteStream {
    let descriptor: Int32
    private var buffer: [UInt8] = []
    private var position = 0

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw failure("send") }
            sent += count
        }
    }

    /// No more will be sent.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Exactly `count` bytes; nil when the connection ends before.
    func read(_ count: Int) throws -> [UInt8]? {
        while buffer.count - position < count {
            guard try fill() else { return nil }
        }
        defer { position += count }
        return Array(buffer[position..<position + count])
    }

    /// Up to the next line feed, without it and a carriage return before it.
    func readLine() throws -> String? {
        while true {
            if let end = buffer[position...].firstIndex(of: 10) {
                let line = buffer[position..<end]
                position = end + 1
                return String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
            }
            guard try fill() else { return nil }
        }
    }

    /// Everything up to the end of the connection.
    func readToEnd() throws -> [UInt8] {
        while try fill() {}
        defer { position = buffer.count }
        return Array(buffer[position...])
    }

    /// False at the end of the connection.
    private func fill() throws -> Bool {
        if position > 0 {
            buffer.removeFirst(position)
            position = 0
        }
        let count = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 16) { room in
            let count = recv(descriptor, room.baseAddress, room.count, 0)
            if count > 0 { buffer += room[..<count] }
            return count
        }
        if count == 0 || count < 0 && (errno == ECONNRESET || errno == EPIPE) { return false }
        guard count > 0 else { throw failure("recv") }
        return true
    }

    private func failure(_ what: String) -> Program.Failure {
        Program.Failure(description: "\(what): \(String(cString: strerror(errno)))")
    }
}

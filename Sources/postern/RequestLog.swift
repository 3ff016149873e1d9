import API
import Glibc
import Synchronization
import Threads

/// Writes a line for each request, on a thread of its own, so that no request waits for the reader of the log.
final class RequestLog: Sendable {
    private let records = Queue<RequestRecord>(capacity: 20_000)
    private let unwritten = Atomic(0)
    /// Unit: microseconds. Between two batches of lines.
    private static let pause: UInt32 = 50_000
    private let thread: WorkerThread

    /// - Parameter write: writes all of the bytes; false when they cannot be written.
    init(write: @escaping @Sendable ([UInt8]) -> Bool = { StandardError.write($0) }) throws(WorkerThread.StartError) {
        let (records, prefix) = (records, StandardError.prefix(.information))
        thread = try WorkerThread(named: "log") {
            while true {
                let batch = records.take(atMost: 2000)
                if batch.isEmpty { return }
                var bytes: [UInt8] = []
                bytes.reserveCapacity(batch.count * 200)
                for record in batch {
                    bytes += prefix.utf8
                    record.append(to: &bytes)
                    bytes.append(UInt8(ascii: "\n"))
                }
                // There is nobody to tell of a failure.
                _ = write(bytes)
                // Waking up for each line would cost more than the line.
                if !records.isClosed { usleep(Self.pause) }
            }
        }
    }

    /// Queues a line. A line for which the queue has no room is dropped.
    func add(_ record: RequestRecord) {
        if !records.put(record) { unwritten.add(1, ordering: .relaxed) }
    }

    /// Lines dropped since the start.
    var lost: Int { unwritten.load(ordering: .relaxed) }

    /// Writes what is queued and ends the thread.
    func stop() {
        records.close()
        thread.join()
    }
}

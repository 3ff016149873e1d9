import CFastCGI
import Glibc

/// One request as libfcgi parses and answers it, on a descriptor that we accepted and that stays ours.
///
/// Used for one request after the other: `read`, the accessors, `write`, then `finish` or `discard`.
final class ProtocolRequest {
    private let request: UnsafeMutablePointer<FCGX_Request>

    init() {
        request = .allocate(capacity: 1)
        FCGX_InitRequest(request, -1, 0)
    }

    deinit {
        FCGX_Free(request, 0)
        request.deinitialize(count: 1)
        request.deallocate()
    }

    /// Lets libfcgi read the request's begin and parameters. They must lie in the socket, vetted.
    ///
    /// False when that fails nevertheless; libfcgi has closed the descriptor then.
    func read(from descriptor: Int32) -> Bool {
        request.pointee.ipcFd = descriptor
        // Else FCGX_Accept_r begins by closing it.
        request.pointee.keepConnection = 1
        // With no socket to accept from, FCGX_Accept_r returns on failure instead of waiting for another connection.
        request.pointee.listen_sock = -1
        // Else libfcgi's close first waits up to two seconds, again and again, for the peer to close (`OS_Close`).
        request.pointee.detached = 1
        return FCGX_Accept_r(request) == 0
    }

    /// Whether the web server wants to use the connection again (FCGI_KEEP_CONN).
    var keepsConnection: Bool { request.pointee.keepConnection != 0 }

    var parameters: Parameters { Parameters(request.pointee.envp) }

    /// The whole body and the record that ends it, out of the socket; nil when it is not exactly `length` bytes long.
    func body(_ length: Int) -> [UInt8]? {
        // One byte more than there is: libfcgi reads on to the empty record only for a reader that wants more.
        let body = [UInt8](unsafeUninitializedCapacity: length + 1) { room, count in
            count = room.withMemoryRebound(to: CChar.self) { chars in
                Int(FCGX_GetStr(chars.baseAddress, Int32(length + 1), request.pointee.in))
            }
        }
        return body.count == length && FCGX_GetError(request.pointee.in) == 0 ? body : nil
    }

    /// False when the peer is gone or has not read for too long.
    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let count = Int32(bytes.count)
        return FCGX_PutStr(bytes.assumingMemoryBound(to: CChar.self).baseAddress, count, request.pointee.out) == count
    }

    /// Sends what is left and the end of the answer; false when that failed. Both as FCGX_Finish_r does, which would
    /// close the descriptor itself on failure, while others still know it.
    func finish() -> Bool {
        let isClosed = FCGX_FClose(request.pointee.err) == 0 && FCGX_FClose(request.pointee.out) == 0
        FCGX_Free(request, 0)
        return isClosed
    }

    /// Forgets the request without ending its answer.
    func discard() {
        FCGX_Free(request, 0)
    }
}

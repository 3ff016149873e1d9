import CFastCGI

/// One request as libfcgi parses and answers it, on a descriptor that the caller accepted and will close.
///
/// For each request: `read`, the accessors, `write`, then `finish` or `discard`. Then the next may be read.
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

    /// Lets libfcgi read BEGIN_REQUEST and the parameters, which have arrived and passed `RecordScanner`.
    ///
    /// - Returns: false when that fails nevertheless; libfcgi has then closed the descriptor.
    func read(from descriptor: Int32) -> Bool {
        request.pointee.ipcFd = descriptor
        // With 0, FCGX_Accept_r would begin by closing the descriptor.
        request.pointee.keepConnection = 1
        // Without a socket to accept from, FCGX_Accept_r fails instead of waiting for another connection.
        request.pointee.listen_sock = -1
        // With 0, libfcgi's `OS_Close` would wait for the peer to close, up to two seconds at a time.
        request.pointee.detached = 1
        return FCGX_Accept_r(request) == 0
    }

    /// Whether the web server wants to use the connection again (FCGI_KEEP_CONN).
    var keepsConnection: Bool { request.pointee.keepConnection != 0 }

    var parameters: Parameters { Parameters(request.pointee.envp) }

    /// Reads the whole body and the record that ends it; nil when the body is not exactly `length` bytes long.
    func body(_ length: Int) -> [UInt8]? {
        // One byte more than there is, because only then does libfcgi read the empty record at the end.
        let body = [UInt8](unsafeUninitializedCapacity: length + 1) { room, count in
            count = room.withMemoryRebound(to: CChar.self) { chars in
                Int(FCGX_GetStr(chars.baseAddress, Int32(length + 1), request.pointee.in))
            }
        }
        return body.count == length && FCGX_GetError(request.pointee.in) == 0 ? body : nil
    }

    /// False when the peer has closed the connection or has not read for too long.
    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let count = Int32(bytes.count)
        return FCGX_PutStr(bytes.assumingMemoryBound(to: CChar.self).baseAddress, count, request.pointee.out) == count
    }

    /// Sends what is buffered and the end of the answer; false when that failed. FCGX_Finish_r is not used, because on
    /// failure it closes the descriptor, which `ConnectionTable` still has.
    func finish() -> Bool {
        let isClosed = FCGX_FClose(request.pointee.err) == 0 && FCGX_FClose(request.pointee.out) == 0
        FCGX_Free(request, 0)
        return isClosed
    }

    /// Frees the request without sending the end of its answer.
    func discard() {
        FCGX_Free(request, 0)
    }
}

import Testing

/// Everything that opens sockets, one test after the other: some count the process's descriptors.
@Suite(.serialized) struct SocketTests {}

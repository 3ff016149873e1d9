import Support
import Testing

/// The real program with the real nginx, and with what Postfix and Dovecot read it with.
///
/// One test after the other: they share two cores with the servers they start, and some measure time.
@Suite(
    .serialized,
    .enabled(if: PosternProgram.path != nil, "needs the program: swift build -c release --product postern"),
    .enabled(if: ProcessUser.isRoot, "needs root: servers change users, and files belong to several"),
    .enabled(if: Program.isInstalled("/usr/bin/sqlite3"), "needs sqlite3"))
enum IntegrationTests {}

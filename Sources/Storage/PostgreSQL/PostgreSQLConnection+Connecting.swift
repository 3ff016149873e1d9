import CLibPQ
import Glibc

// Connecting, and what the end of a connection takes along.
extension PostgreSQLConnection {
    var isGone: Bool { handle == nil || library.status(handle) != CONNECTION_OK }

    /// Closes what is left of the connection.
    func lost(_ message: String) -> PostgreSQLError {
        close()
        return PostgreSQLError(message, database: database, isLost: true)
    }

    func close() {
        library.finish(handle)
        handle = nil
        statements.removeAll()
        deferred = []
        announcements.forget()
        forgetChanges()
        isAnswerDue = false
        isFarEnough = false
        if case .writing = state { state = .gone }
        if state != .gone { state = .outside }
    }

    func connectIfNeeded() throws {
        guard handle == nil else { return }
        // Whoever reads from standbys knows by itself when to try them.
        guard mode == .standby || ContinuousClock.now >= nextTry else {
            throw PostgreSQLError("the server was not there a moment ago", database: database, isLost: true)
        }
        do {
            try connect()
            pause = .zero
        } catch {
            pause = min(max(pause * 2, .milliseconds(50)), Self.longestPause)
            nextTry = .now + pause
            throw error
        }
    }

    func connect() throws {
        // Later values win over earlier ones, and those of the connection string stand between.
        let user = server.user.map { [(key: "user", value: $0)] } ?? []
        let others: KeyValuePairs = [
            "connect_timeout": mode == .standby ? "2" : "5", "tcp_user_timeout": "10000", "keepalives_idle": "10",
            "keepalives_interval": "5",
            "keepalives_count": "3", "fallback_application_name": "postern",
            "dbname": server.connection.isEmpty ? "dbname=" : server.connection,
            "target_session_attrs": mode == .standby ? "standby" : "primary",
            "client_encoding": "UTF8", "options": sessionSettings,
        ]
        let parameters = user + others
        // A second dbname is a name, and no connection string.
        let keywords = parameters.map(\.key) + ["dbname"]
        let values = parameters.map(\.value) + [database]
        let handle = Self.withCStrings(keywords) { keywords in
            Self.withCStrings(values) { values in library.connect(keywords, values, 1) }
        }
        guard let handle, library.status(handle) == CONNECTION_OK else {
            let message = library.errorMessage(handle).map { String(cString: $0) } ?? "no memory"
            library.finish(handle)
            throw PostgreSQLError(message, database: database, isLost: true)
        }
        self.handle = handle
        // Not retained: the connection closes the handle before it goes.
        _ = library.setNoticeReceiver(
            handle,
            { context, result in
                guard let context, let result else { return }
                Unmanaged<PostgreSQLConnection>.fromOpaque(context).takeUnretainedValue().notice(result)
            }, Unmanaged.passUnretained(self).toOpaque())
        // What is to be sent before the next statement must not begin with these.
        let waiting = deferred
        deferred = []
        defer { if self.handle != nil { deferred = waiting } }
        do {
            if watch != nil { try send("SET postern.audit = on") }
            if mode == .writer || mode == .command { life = try send(Self.lifeQuery).text(0, 0) }
            try prepareSavepoints()
        } catch {
            close()
            throw error
        }
    }

    /// A crash resets the statistics, also when the main process survives it.
    static let lifeQuery = "SELECT concat(pg_postmaster_start_time(), ' ', stats_reset) FROM pg_stat_bgwriter"

    /// What the statements of this program take for granted, whatever the server's configuration says.
    var sessionSettings: String {
        var settings = [
            "DateStyle=ISO", "TimeZone=UTC", "IntervalStyle=postgres", "bytea_output=escape",
            "standard_conforming_strings=on", "client_min_messages=\(mode == .writer ? "notice" : "warning")",
            "search_path=\(mode == .owner ? "pg_catalog" : "public")", "extra_float_digits=1",
            // A query whose client has gone ends, instead of keeping its connection.
            "client_connection_check_interval=5000",
        ]
        switch mode {
        case .reader, .standby:
            settings += [
                "default_transaction_read_only=on", "default_transaction_isolation=repeatable\\ read",
                "idle_in_transaction_session_timeout=120000",
                "statement_timeout=\(longestSilence.components.seconds - 1)s",
            ]
        case .writer:
            settings += ["lock_timeout=\(Self.lockTimeout)", "idle_in_transaction_session_timeout=120000"]
        case .command, .owner: break
        }
        return settings.map { "-c \($0)" }.joined(separator: " ")
    }

    /// In milliseconds. Waiting for other instances is fair: whoever came first is served first.
    static let lockTimeout = 500

    static func withCStrings<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = texts.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return (copies.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { body($0.baseAddress!) }
    }

    /// Which host serves this connection, with its port; nil while there is none.
    package var host: String? {
        guard !isGone, let host = library.host(handle), let port = library.port(handle) else { return nil }
        return "\(String(cString: host)):\(String(cString: port))"
    }

    /// Calls `body` for each change of a row of a table that has the trigger `postern_audit`, in `settle`. `body` must not
    /// use this connection.
    ///
    /// - Parameter columns: as `columns()` has them.
    package func watchChanges(_ columns: [String: [TableColumn]], _ body: @escaping (RowChange) -> Void) throws {
        watch = (columns, body)
        if handle != nil { try send("SET postern.audit = on") }
    }

    func notice(_ result: OpaquePointer) {
        guard let watch, let message = library.resultErrorField(result, postern_PG_DIAG_MESSAGE_PRIMARY),
            strcmp(message, PostgreSQLRowChange.notice) == 0,
            let table = library.resultErrorField(result, postern_PG_DIAG_TABLE_NAME).map({ String(cString: $0) }),
            let columns = watch.columns[table],
            let change = PostgreSQLRowChange(
                table, before: field(postern_PG_DIAG_MESSAGE_HINT, of: result),
                after: field(postern_PG_DIAG_MESSAGE_DETAIL, of: result), columns)
        else { return }
        noticed.append(change)
    }

    private func field(_ code: Int32, of result: OpaquePointer) -> UnsafeRawBufferPointer {
        let text = library.resultErrorField(result, code)
        return UnsafeRawBufferPointer(start: text, count: text.map { strlen($0) } ?? 0)
    }

    /// Tells the rows that were changed.
    /// - Parameter taken: the answer to `PostgreSQLRowChange.taking`.
    func tellChanges(_ taken: PostgreSQLResult) {
        guard let watch else { return }
        let text = library.getvalue(taken.pointer, 0, 0)
        let collected = UnsafeRawBufferPointer(start: text, count: Int(library.getlength(taken.pointer, 0, 0)))
        let changes = PostgreSQLRowChange.all(in: collected, watch.columns) + noticed
        forgetChanges()
        for change in changes { watch.body(RowChange(change)) }
    }

    func forgetChanges() {
        noticed = []
        hasUntoldChanges = false
    }
}

import CLibPQ
import Glibc

/// One connection to one database of a PostgreSQL server. Not `Sendable` on purpose: it belongs to one thread.
///
/// It connects when it is first used, and again after the server has gone away: to whichever host of the connection
/// string is the primary by then. A statement outside a transaction that only reads is then sent a second time. What
/// stands in the way of connecting is not tried anew at once, but after a pause that grows.
///
/// What nobody waits for (the beginning of a snapshot, the end of a savepoint, changes, announced queries) is sent
/// together with the next statement, in libpq's pipeline mode. Functions throw `PostgreSQLError` and what the caller's closures throw, nothing else.
package final class PostgreSQLConnection {
    package enum Mode: Sendable {
        /// Reads only, from the primary.
        case reader
        /// Reads only, from a standby, and only what that has by the position that was asked for.
        case standby
        /// The one connection of a process that changes rows.
        case writer
        /// Of a command: changes rows, and waits as long as it takes.
        case command
        /// The same for somebody who makes tables, perhaps a superuser in a database where others may make functions:
        /// only what PostgreSQL itself brings is found without the name of its schema. In a path of several schemas a
        /// function that fits better wins, wherever it is.
        case owner
    }

    /// The name of the database.
    package let database: String
    private let server: PostgreSQLServer
    private let mode: Mode
    private let library: LibPQ
    private var handle: OpaquePointer?
    private var statements: [SQL.Source: PostgreSQLStatement] = [:]
    /// How many statements have been prepared; their names are numbers.
    private var prepared = 0
    private var state = State.outside
    /// What is sent before the next statement.
    private var deferred: [Deferred] = []
    /// Queries that are sent with the next one, and the answers to those that were.
    private var announced: [SQL] = []
    private var answers: [SQL: Answer] = [:]
    /// Whether all that is read of the open snapshot is announced.
    private var isAllAnnounced = false
    /// Whether requests that have come together are asking.
    private var isTogether = false
    /// Which one of those that were sent together has failed, counted from 0.
    private var failedStatement = 0
    /// Whether a statement was sent whose answer nobody has read yet.
    private var isAnswerDue = false
    private var pause = Duration.zero
    private var nextTry = ContinuousClock.now
    /// Of whoever changes rows: which server it is connected to, and since when that runs without having crashed.
    private var life = ""
    /// How far a standby must have come before it is asked anything; nil while nobody has said so.
    private var required: LogPosition?
    /// Whether this connection has come as far.
    private var isFarEnough = false
    /// Whoever is told of changed rows, and the columns of the tables.
    private var watch: (columns: [String: [TableColumn]], body: (RowChange) -> Void)?

    private enum Deferred {
        case setSavepoint
        case text(String)
        case change(PostgreSQLStatement, PostgreSQLParameters)

        var isSavepoint: Bool { if case .setSavepoint = self { true } else { false } }
        var isChange: Bool { if case .change = self { true } else { false } }
    }

    private typealias Answer = (result: PostgreSQLResult, columns: ResultColumns)

    private enum State: Equatable {
        case outside
        case snapshot
        /// The transaction's number.
        case writing(String)
        /// The connection has ended in such a transaction. Until that is undone or another one begun, nothing is done:
        /// it would be committed without what came before.
        case gone
    }

    private static let keptStatements = 400
    /// So many changes wait at most.
    private static let mostDeferred = 100
    /// A server that is silent for so long counts as gone: a standby sooner, because the primary is asked then. Commands
    /// wait as long as it takes.
    private var longestSilence: Duration { mode == .standby ? .seconds(10) : .seconds(30) }
    private static let longestPause = Duration.seconds(2)

    /// - Throws: when the client library is missing.
    package init(_ server: PostgreSQLServer, database: String, _ mode: Mode) throws {
        library = try LibPQ.loaded.get()
        self.server = server
        self.database = database
        self.mode = mode
    }

    deinit { close() }

    // MARK: Statements

    /// Runs a statement that returns no rows.
    /// - Returns: how many rows an INSERT, UPDATE or DELETE changed.
    @discardableResult
    package func execute(_ sql: SQL) throws -> Int {
        forget()
        return try run(sql, onlyReads: false).result.changedRows
    }

    /// Runs a statement that returns no rows: in the transaction that writes later, before the next statement or in
    /// `settle`, which then throw its error.
    package func executeLater(_ sql: SQL) throws {
        guard case .writing = state else {
            try execute(sql)
            return
        }
        forget()
        let statement = try prepare(sql)
        deferred.append(.change(statement, try statement.parameters(sql.values, of: database)))
        if deferred.count >= Self.mostDeferred { try settle() }
    }

    /// Waits for the changes of `executeLater`. What is announced is asked behind them.
    ///
    /// - Throws: an error of the announced queries without its code, so that nobody is refused for what another one asks.
    package func settle() throws {
        guard deferred.contains(where: \.isChange) else { return }
        var queries: [SQL] = []
        var asked: [(PostgreSQLStatement, PostgreSQLParameters)] = []
        for sql in unanswered() {
            // What was never asked would have to be prepared first: whoever asks it does so.
            guard let statement = statements[sql.source],
                let parameters = try? statement.parameters(sql.values, of: database)
            else { continue }
            queries.append(sql)
            asked.append((statement, parameters))
        }
        let changes = deferred.count
        do {
            keep(try send(asked), of: asked, for: queries)
        } catch let error as PostgreSQLError where failedStatement >= changes && !error.isLost {
            throw PostgreSQLError(error.message, database: database)
        }
    }

    /// The first row, or nil when there is none.
    package func first<Value>(_ sql: SQL, _ make: (Row) throws -> Value) throws -> Value? {
        let (result, columns) = try query(sql)
        return try withExtendedLifetime(result) {
            result.rowCount > 0 ? try make(Row(PostgreSQLRow(result.pointer, 0), columns)) : nil
        }
    }

    /// Calls `body` for each row, in order. What `body` throws ends the query.
    package func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        let (result, columns) = try query(sql)
        try withExtendedLifetime(result) {
            for index in 0..<result.rowCount { try body(Row(PostgreSQLRow(result.pointer, index), columns)) }
        }
    }

    /// Runs statements separated by semicolons, without bound values. Never with text that a client sent.
    package func script(_ text: String) throws {
        forget()
        _ = try retrying(false) { try send(text) }
    }

    /// Has queries asked together with the next one. Whoever asks one of them gets that answer: in a snapshot, between
    /// `beginTogether` and `endTogether`, and in a transaction that writes until its next change.
    ///
    /// - Parameter isAll: whether the snapshot will be asked nothing else. Then it needs no transaction around it.
    package func announce(_ queries: [SQL], isAll: Bool = false) {
        guard isTogether || !isOutsideTransaction else { return }
        announced += queries
        isAllAnnounced = isAll && state == .snapshot && !deferred.isEmpty
    }

    /// Until `endTogether`, answers to announced queries count for all snapshots that are begun with `isTogether`, and
    /// outside of any. They are of one moment, after this call.
    package func beginTogether() {
        forget()
        isTogether = true
    }

    package func endTogether() {
        isTogether = false
        forget()
    }

    private func forget() {
        announced = []
        answers = [:]
        isAllAnnounced = false
    }

    private func query(_ sql: SQL) throws -> Answer {
        if let known = answers[sql] { return known }
        return try run(sql, onlyReads: true)
    }

    private func run(_ sql: SQL, onlyReads: Bool) throws -> Answer {
        if mode == .standby { try requireFarEnough() }
        let hopes = (announced, isAllAnnounced)
        // Another standby may not have come as far.
        return try retrying(onlyReads && mode != .standby) {
            let begun = deferred
            if onlyReads { (announced, isAllAnnounced) = hopes }
            do {
                return try ask(sql)
            } catch let error as PostgreSQLError where error.isStalePlan {
                // Another program has changed the table.
                for sql in [sql] + hopes.0 { statements[sql.source] = nil }
                guard state == .outside || state == .snapshot && !begun.isEmpty else { throw error }
                if state == .snapshot {
                    try send("ROLLBACK")
                    deferred = begun
                }
                return try ask(sql)
            }
        }
    }

    /// Asks, together with what is announced.
    private func ask(_ sql: SQL) throws -> Answer {
        let isAnnounced = announced.contains(sql)
        let others = unanswered(besides: sql)
        // None of these is forgotten while the others are prepared.
        if statements.count + others.count >= Self.keptStatements { try forgetStatements() }
        let asked = try parameters(of: [sql] + others)
        // Statements that are sent together are of one moment anyway (`sessionSettings`), and the snapshot stays unbegun.
        let unbegun = isAllAnnounced ? deferred : []
        if isAllAnnounced { deferred = [] }
        defer { if !unbegun.isEmpty, state == .snapshot { deferred = unbegun } }
        isAllAnnounced = false
        let results: [PostgreSQLResult]
        do {
            results = try send(asked)
        } catch let error as PostgreSQLError where isTogether && !others.isEmpty && !error.isLost {
            // Perhaps for what another request asks, which then hears of it by itself.
            return try ask(sql)
        }
        keep(Array(results.dropFirst()), of: Array(asked.dropFirst()), for: others)
        let answer = (results[0], asked[0].0.columns)
        if isTogether, isAnnounced { answers[sql] = answer }
        return answer
    }

    /// Takes what is announced and not answered yet.
    private func unanswered(besides sql: SQL? = nil) -> [SQL] {
        defer { announced = [] }
        var seen: Set<SQL> = []
        return announced.filter { $0 != sql && answers[$0] == nil && seen.insert($0).inserted }
    }

    private func parameters(of queries: [SQL]) throws -> [(PostgreSQLStatement, PostgreSQLParameters)] {
        try queries.map { sql in
            let statement = try prepare(sql)
            return (statement, try statement.parameters(sql.values, of: database))
        }
    }

    private func keep(
        _ results: [PostgreSQLResult], of asked: [(PostgreSQLStatement, PostgreSQLParameters)], for queries: [SQL]
    ) {
        for (index, sql) in queries.enumerated() { answers[sql] = (results[index], asked[index].0.columns) }
    }

    /// Runs `body`, and once more when the connection turns out to be gone and nothing was begun on it.
    ///
    /// - Parameter isHarmless: whether it may be done twice.
    private func retrying<Result>(_ isHarmless: Bool, _ body: () throws -> Result) throws -> Result {
        if state == .gone { try requireTransaction() }
        let begun = deferred
        let start = ContinuousClock.now
        // What the deferred statements begin has not begun yet.
        let isOutside = state == .outside || state == .snapshot && !begun.isEmpty
        try connectIfNeeded()
        do {
            return try body()
        } catch let error as PostgreSQLError where error.isLost && isOutside && isHarmless && handle == nil {
            // After a long silence the server may still be at it: asked again, it would have twice the work.
            guard ContinuousClock.now - start < longestSilence / 2 else { throw error }
            if !begun.isEmpty {
                state = .snapshot
                deferred = begun
            }
            try connectIfNeeded()
            return try body()
        }
    }

    private func prepare(_ sql: SQL) throws -> PostgreSQLStatement {
        if let known = statements[sql.source] { return known }
        prepared += 1
        let name = String(prepared)
        let text = Dialect.postgresql.text(of: sql.source.text)
        // A failure here must not undo more than the job.
        if case .writing = state { try sendDeferred() }
        try readDueAnswer()
        try check(library.sendPrepare(handle, name, text, 0, nil))
        _ = try answer()
        try check(library.sendDescribePrepared(handle, name))
        let statement = PostgreSQLStatement(name, try answer(), of: database)
        // An UPDATE names just the columns that it changes, so there can be very many different statements.
        if statements.count >= Self.keptStatements {
            try forgetStatements()
            return try prepare(sql)
        }
        statements[sql.source] = statement
        return statement
    }

    private func forgetStatements() throws {
        try settle()
        statements.removeAll(keepingCapacity: true)
        try send("DEALLOCATE ALL")
    }

    /// Sends statements, after what was deferred, and waits for their answers.
    private func send(_ asked: [(PostgreSQLStatement, PostgreSQLParameters)]) throws -> [PostgreSQLResult] {
        try readDueAnswer()
        if deferred.isEmpty, asked.count == 1 {
            try check(sendOnly(asked[0].0, asked[0].1))
            return [try answer()]
        }
        let before = deferred
        deferred = []
        try check(library.enterPipelineMode(handle))
        do {
            for one in before {
                switch one {
                case .setSavepoint: try check(sendOnly(Self.savepoint))
                case .text(let text): try check(sendOnly(text))
                case .change(let statement, let parameters): try check(sendOnly(statement, parameters))
                }
            }
            for (statement, parameters) in asked { try check(sendOnly(statement, parameters)) }
            try check(library.pipelineSync(handle))
        } catch {
            // Half of it was sent: nothing can be asked on this connection any more.
            close()
            throw error
        }
        return try answersOfPipeline(before.count, asked.count)
    }

    private func sendDeferred() throws {
        if !deferred.isEmpty { _ = try send([]) }
    }

    private func sendOnly(_ text: String) -> Int32 {
        library.sendQueryParams(handle, text, 0, nil, nil, nil, nil, 0)
    }

    private func sendOnly(_ statement: PostgreSQLStatement, _ parameters: PostgreSQLParameters) -> Int32 {
        parameters.withPointers { count, pointers in
            library.sendQueryPrepared(handle, statement.name, count, pointers, nil, nil, 0)
        }
    }

    /// - Parameters:
    ///   - before: how many statements were sent before those whose answers are wanted.
    ///   - count: how many those are.
    private func answersOfPipeline(_ before: Int, _ count: Int) throws -> [PostgreSQLResult] {
        failedStatement = 0
        var answers: [PostgreSQLResult] = []
        var failure: PostgreSQLResult?
        var number = 0
        while true {
            guard let result = try next() else {
                if isGone { throw lost("the connection has ended") }
                // Between the answers of two statements.
                number += 1
                continue
            }
            if result.isMark { break }
            if number >= before { answers.append(result) }
            if !result.isDone, !result.isSkipped, failure == nil { (failure, failedStatement) = (result, number) }
            if isGone { throw failure.map(error) ?? lost("the connection has ended") }
        }
        try check(library.exitPipelineMode(handle))
        if let failure { throw error(failure) }
        guard answers.count == count else { throw PostgreSQLError("the server has not answered", database: database) }
        return answers
    }

    /// Sends statements without values, after those that were deferred.
    @discardableResult
    private func send(_ text: String) throws -> PostgreSQLResult {
        try sendDeferred()
        try readDueAnswer()
        try check(library.sendQuery(handle, text))
        return try answer()
    }

    /// Waits for the answer to what was sent: of several statements, the last one that returned rows, else the last.
    private func answer() throws -> PostgreSQLResult {
        var answer: PostgreSQLResult?
        var failure: PostgreSQLResult?
        while let result = try next() {
            if !result.isDone {
                failure = failure ?? result
            } else if answer == nil || result.rowCount > 0 || answer?.rowCount == 0 {
                answer = result
            }
        }
        if let failure { throw error(failure) }
        guard let answer else { throw lost("the connection has ended") }
        return answer
    }

    /// - Parameter failure: what the server has answered. When it ends the connection, that is closed here, too.
    private func error(_ failure: PostgreSQLResult) -> PostgreSQLError {
        let error = failure.error(database, isLost: isGone)
        if error.isLost { close() }
        return error
    }

    private func readDueAnswer() throws {
        guard isAnswerDue else { return }
        isAnswerDue = false
        _ = try answer()
    }

    /// The next result; nil at the end of a statement's.
    private func next() throws -> PostgreSQLResult? {
        let end = mode == .command || mode == .owner ? nil : ContinuousClock.now + longestSilence
        while library.isBusy(handle) != 0 {
            var socket = pollfd(fd: library.socket(handle), events: Int16(POLLIN), revents: 0)
            let wait = end.map { Int32(clamping: ($0 - .now).components.seconds * 1000 + 1000) } ?? -1
            let count = poll(&socket, 1, wait)
            if count == 0 || end.map({ $0 < .now }) == true && count < 0 { throw lost("the server does not answer") }
            if count > 0, library.consumeInput(handle) == 0 { throw lost(libraryMessage) }
        }
        return library.getResult(handle).map { PostgreSQLResult($0, library) }
    }

    /// - Parameter code: what a function of the library returned: 0 is a failure.
    private func check(_ code: Int32) throws {
        guard code == 0 else { return }
        if isGone { throw lost(libraryMessage) }
        throw PostgreSQLError(libraryMessage, database: database)
    }

    private var libraryMessage: String { library.errorMessage(handle).map { String(cString: $0) } ?? "" }

    // MARK: Connecting

    private var isGone: Bool { handle == nil || library.status(handle) != CONNECTION_OK }

    /// Closes what is left of the connection.
    private func lost(_ message: String) -> PostgreSQLError {
        close()
        return PostgreSQLError(message, database: database, isLost: true)
    }

    private func close() {
        library.finish(handle)
        handle = nil
        statements.removeAll()
        deferred = []
        forget()
        isAnswerDue = false
        isFarEnough = false
        if case .writing = state { state = .gone }
        if state != .gone { state = .outside }
    }

    private func connectIfNeeded() throws {
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

    private func connect() throws {
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
        } catch {
            close()
            throw error
        }
    }

    /// A crash resets the statistics, also when the main process survives it.
    private static let lifeQuery = "SELECT concat(pg_postmaster_start_time(), ' ', stats_reset) FROM pg_stat_bgwriter"

    /// What the statements of this program take for granted, whatever the server's configuration says.
    private var sessionSettings: String {
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
    private static let lockTimeout = 500

    private static func withCStrings<Result>(
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

    // MARK: Changes of rows

    /// Calls `body` after each change of a row of a table that has the trigger `postern_audit`. `body` must not use this
    /// connection.
    ///
    /// - Parameter columns: as `columns()` has them.
    package func watchChanges(_ columns: [String: [TableColumn]], _ body: @escaping (RowChange) -> Void) throws {
        watch = (columns, body)
        if handle != nil { try send("SET postern.audit = on") }
    }

    private func notice(_ result: OpaquePointer) {
        guard let watch, let message = library.resultErrorField(result, postern_PG_DIAG_MESSAGE_PRIMARY),
            strcmp(message, PostgreSQLRowChange.notice) == 0,
            let table = library.resultErrorField(result, postern_PG_DIAG_TABLE_NAME).map({ String(cString: $0) }),
            let columns = watch.columns[table],
            let change = PostgreSQLRowChange(
                table, before: library.resultErrorField(result, postern_PG_DIAG_MESSAGE_HINT),
                after: library.resultErrorField(result, postern_PG_DIAG_MESSAGE_DETAIL), columns)
        else { return }
        watch.body(RowChange(change))
    }

    // MARK: Transactions

    /// True while no transaction is open; also after the connection was lost.
    package var isOutsideTransaction: Bool { state == .outside || state == .gone }

    /// Begins a transaction as the only one, of all instances of this program, that writes to this database: it locks
    /// the table `postern_schema`, which others may go on reading. An advisory lock would be anybody's who may connect.
    ///
    /// - Throws: an error that `isBusy` when another one does for longer than half a second.
    package func beginWriting() throws {
        if state == .gone { state = .outside }
        try retrying(true) {
            do {
                let result = try send(
                    """
                    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
                    LOCK TABLE postern_schema IN SHARE ROW EXCLUSIVE MODE; SELECT pg_current_xact_id()
                    """)
                state = .writing(result.text(0, 0))
            } catch {
                if handle != nil { _ = try? send("ROLLBACK") }
                throw error
            }
        }
    }

    private static let savepoint = "SAVEPOINT job"

    /// Sets a savepoint; sent together with the next statement.
    package func setSavepoint() {
        deferred.append(.setSavepoint)
    }

    /// Ends the savepoint, with what was done since; sent together with the next statement.
    package func releaseSavepoint() {
        if deferred.last?.isSavepoint == true { deferred.removeLast() } else { deferred.append(.text("RELEASE job")) }
    }

    /// Undoes what was done since the savepoint, and ends it.
    package func undoSavepoint() throws {
        forget()
        if let savepoint = deferred.lastIndex(where: \.isSavepoint) {
            deferred.removeSubrange(savepoint...)
        } else {
            try requireTransaction()
            deferred = []
            try send("ROLLBACK TO job; RELEASE job")
        }
    }

    private func requireTransaction() throws {
        if isOutsideTransaction { throw PostgreSQLError("the transaction is gone", database: database, isLost: true) }
    }

    /// Commits. When the connection ends meanwhile, the server is asked what has become of the transaction.
    ///
    /// - Throws: an error that `isLost` when nothing was committed, one that `isOutcomeUnknown` when that cannot be told.
    package func commit() throws {
        try requireTransaction()
        guard case .writing(let transaction) = state else { return }
        // Of such a transaction COMMIT is a ROLLBACK, and no error.
        guard library.transactionStatus(handle) != PQTRANS_INERROR else {
            throw PostgreSQLError("the transaction has failed", database: database)
        }
        try settle()
        // What else is deferred ends with the transaction.
        deferred = []
        forget()
        let life = life
        do {
            try send("COMMIT")
            state = .outside
        } catch let error as PostgreSQLError where error.isLost {
            state = .outside
            try findOut(transaction, of: life, after: error)
        }
    }

    /// INVALID_PARAMETER_VALUE: to `pg_xact_status`, a number that is still to come.
    private static let invalidParameter = "22023"

    /// How long the server is asked what has become of a transaction.
    private static let longestAsking = Duration.seconds(10)

    /// - Parameters:
    ///   - transaction: its number.
    ///   - life: of the server that it ran at. A server that has crashed, or took over, knows nothing of a number that
    ///     had not come as far as its log, and gives it to another transaction: a commit of that proves nothing.
    private func findOut(_ transaction: String, of life: String, after error: PostgreSQLError) throws {
        let end = ContinuousClock.now + Self.longestAsking
        let question: SQL = "SELECT pg_xact_status(CAST(CAST(\(transaction) AS text) AS xid8))"
        while ContinuousClock.now < end {
            let status: String?
            do {
                status = try first(question) { row in row.text(0) }
            } catch let failure as PostgreSQLError {
                // The number is not given away yet.
                if failure.sqlState == Self.invalidParameter { throw error }
                usleep(100_000)
                continue
            }
            // Whoever had the number: nothing was committed under it.
            if status == "aborted" { throw error }
            if self.life != life { break }
            if status == "committed" {
                // A server that must not commit before its standby does may have been kept from waiting for it. One
                // transaction more waits for both.
                guard (try? send("SELECT pg_logical_emit_message(true, 'postern', '')")) != nil else { break }
                return
            }
            usleep(100_000)
        }
        throw PostgreSQLError(
            "the connection was lost while a change was committed: \(error.message)", database: database,
            isOutcomeUnknown: true)
    }

    /// Undoes the open transaction, if any. Nobody waits for it.
    package func rollback() {
        defer { state = .outside }
        // Begun, and not yet sent.
        let isUnsent = state == .snapshot && !deferred.isEmpty
        deferred = []
        if !isTogether { forget() }
        guard state != .outside, !isUnsent, handle != nil else { return }
        do {
            try readDueAnswer()
            try check(library.sendQuery(handle, "ROLLBACK"))
            isAnswerDue = true
        } catch {
            close()
        }
    }

    /// All that is read until `rollback` is of one moment: that of the first read.
    ///
    /// - Parameter isTogether: whether all that it reads was announced since `beginTogether`.
    package func beginSnapshot(isTogether: Bool = false) {
        deferred = [.text("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")]
        state = .snapshot
        if isTogether { isAllAnnounced = true } else { forget() }
    }

    // MARK: Standbys

    /// How far the primary's log has been written by now. A standby that has come as far has everything that was
    /// committed when this was called, and everything that the open snapshot shows.
    package func logPosition() throws -> LogPosition {
        // Without synchronous commits those of a moment ago may be written to no disk yet.
        let position = try first(
            """
            SELECT concat(system_identifier, ' ', CAST(CAST('x' || left(pg_walfile_name(place), 8) AS bit(32)) AS int4)),
                   CAST(place AS text)
              FROM pg_control_system(),
                   (SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn()
                           ELSE pg_current_wal_flush_lsn() END) AS log (place)
            """
        ) { LogPosition(history: $0.text(0), place: $0.text(1)) }
        guard let position else { throw PostgreSQLError("the server has not answered", database: database) }
        return position
    }

    /// What a standby is asked from now on, it must have by this position of the primary's log.
    package func require(_ position: LogPosition) {
        required = position
        isFarEnough = false
    }

    /// Asked before the snapshot is taken: of one that is older, a later answer would say nothing.
    private func requireFarEnough() throws {
        guard !isFarEnough else { return }
        let waiting = deferred
        let before = state
        deferred = []
        defer {
            if handle != nil {
                deferred = waiting
                // A connection that was lost has taken it along, and nothing was begun on it.
                if !waiting.isEmpty { state = before }
            }
        }
        let start = ContinuousClock.now
        let isOld = handle != nil
        do {
            try askWhetherFarEnough()
        } catch let error as PostgreSQLError where error.isLost && isOld && handle == nil {
            // It was restarted, perhaps, or another one is the standby now.
            guard ContinuousClock.now - start < longestSilence / 2 else { throw error }
            try askWhetherFarEnough()
        }
    }

    private func askWhetherFarEnough() throws {
        try connectIfNeeded()
        guard let required else { throw PostgreSQLError("nobody has said how new it must be", database: database) }
        // A standby may still follow a primary that was replaced, or be that of another server.
        let question: SQL = """
            SELECT pg_is_in_recovery(),
                   pg_last_wal_replay_lsn() >= CAST(\(required.place) AS pg_lsn)
                     AND concat(system_identifier, ' ', min_recovery_end_timeline) = \(required.history)
              FROM pg_control_system(), pg_control_recovery()
            """
        let statement = try prepare(question)
        let answer = try send([(statement, try statement.parameters(question.values, of: database))])[0]
        guard answer.text(0, 0) == "t" else { throw lost("the server is no standby any more") }
        guard answer.text(0, 1) == "t" else {
            throw PostgreSQLError("the standby is behind", database: database, isBehind: true)
        }
        isFarEnough = true
    }

    // MARK: The tables

    /// The columns of all tables, in their order, by table.
    package func columns() throws -> [String: [TableColumn]] {
        var tables: [String: [TableColumn]] = [:]
        try forEach(
            """
            SELECT c.relname, a.attname, COALESCE(a.attnum = ANY (i.indkey), false),
                   COALESCE(pg_get_expr(d.adbin, d.adrelid), 'NULL'), t.typcategory, t.typname, a.attnotnull, t.oid
              FROM pg_class AS c
              JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
              JOIN pg_type AS t ON t.oid = a.atttypid
              LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
              LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
             ORDER BY c.relname, a.attnum
            """
        ) { row in
            let kind: TableColumn.Kind =
                row.text(4) == "N" ? row.text(5).hasPrefix("float") ? .real : .integer : .text
            tables[row.text(0), default: []].append(
                TableColumn(
                    row.text(1), isKey: row.integer(2) != 0, fallback: TableColumn.literal(row.text(3), kind),
                    isNullable: row.integer(6) == 0, kind, type: UInt32(row.integer(7))))
        }
        return tables
    }
}

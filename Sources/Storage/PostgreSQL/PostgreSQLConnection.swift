import CLibPQ
import Glibc

/// One connection to one database of a PostgreSQL server. Not `Sendable` on purpose: it belongs to one thread.
///
/// It connects when it is first used, and again after the server has gone away: to whichever host of the connection
/// string is the primary by then. A statement outside a transaction that only reads is then sent a second time. What
/// stands in the way of connecting is not tried anew at once, but after a pause that grows.
///
/// What nobody waits for (the beginning of a snapshot, the end of a savepoint, changes, announced queries) is sent
/// together with the next statement, in libpq's pipeline mode. Functions throw `PostgreSQLError` and what the caller's
/// closures throw, nothing else.
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
    let server: PostgreSQLServer
    let mode: Mode
    let library: LibPQ
    var handle: OpaquePointer?
    var statements: [SQL.Source: PostgreSQLStatement] = [:]
    /// How many statements have been prepared; their names are numbers.
    var prepared = 0
    /// The names of cursors, by the text of their query: what a prepared FETCH gives must not change.
    private var cursorNames: [String: String] = [:]
    var state = State.outside
    /// What is sent before the next statement.
    var deferred: [Deferred] = []
    var announcements = Announcements()
    /// Whether a statement was sent whose answer nobody has read yet.
    var isAnswerDue = false
    var pause = Duration.zero
    var nextTry = ContinuousClock.now
    /// Of whoever changes rows: which server it is connected to, and since when that runs without having crashed.
    var life = ""
    /// How far a standby must have come before it is asked anything; nil while nobody has said so.
    var required: LogPosition?
    /// Whether this connection has come as far.
    var isFarEnough = false
    /// Whoever is told of changed rows, and the columns of the tables.
    var watch: (columns: [String: [TableColumn]], body: (RowChange) -> Void)?
    /// Whether statements were sent whose changes nobody was told of yet, and such changes that came in notices: they are
    /// later than those that the server has collected.
    var hasUntoldChanges = false
    var noticed: [PostgreSQLRowChange] = []

    enum Deferred {
        case setSavepoint
        case releaseSavepoint
        case text(String)
        case change(PostgreSQLStatement, PostgreSQLParameters)

        var isSavepoint: Bool { if case .setSavepoint = self { true } else { false } }
        var isChange: Bool { if case .change = self { true } else { false } }
    }

    enum State: Equatable {
        case outside
        case snapshot
        /// The transaction's number.
        case writing(String)
        /// The connection has ended in such a transaction. Until that is undone or another one begun, nothing is done:
        /// it would be committed without what came before.
        case gone
    }

    static let keptStatements = 400
    /// So many changes wait at most.
    static let mostDeferred = 100
    /// A server that is silent for so long counts as gone: a standby sooner, because the primary is asked then. Commands
    /// wait as long as it takes.
    var longestSilence: Duration { mode == .standby ? .seconds(10) : .seconds(30) }
    static let longestPause = Duration.seconds(2)

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
        announcements.forget()
        hasUntoldChanges = watch != nil
        return try run(sql, onlyReads: false).result.changedRows
    }

    /// Runs a statement that returns no rows: in the transaction that writes later, before the next statement or in
    /// `settle`, which then throw its error.
    package func executeLater(_ sql: SQL) throws {
        guard case .writing = state else {
            try execute(sql)
            return
        }
        announcements.forget()
        let statement = try prepare(sql)
        deferred.append(.change(statement, try statement.parameters(sql.values, of: database)))
        hasUntoldChanges = watch != nil
        if deferred.count >= Self.mostDeferred { try settle() }
    }

    /// Whether changes of `executeLater` wait.
    package var hasChangesToSend: Bool { deferred.contains(where: \.isChange) }

    /// Waits for the changes of `executeLater`, and tells the rows that were changed (`watchChanges`). What is announced is
    /// asked behind them.
    ///
    /// - Throws: an error of the announced queries without its code, so that nobody is refused for what another one asks.
    package func settle() throws {
        guard hasChangesToSend || hasUntoldChanges else { return }
        let taking = hasUntoldChanges ? try toAsk(PostgreSQLRowChange.taking) : nil
        let asked = announcements.take().compactMap { sql -> Asked? in
            // What was never asked would have to be prepared first: whoever asks it does so.
            guard let statement = statements[sql.source],
                let parameters = try? statement.parameters(sql.values, of: database)
            else { return nil }
            return Asked(sql, statement, parameters)
        }
        var results = try send([taking].compactMap(\.self) + asked, isAskedInAdvance: true)[...]
        if taking != nil, let taken = results.popFirst() { tellChanges(taken) }
        for (one, result) in zip(asked, results) { announcements.keep(result, for: one) }
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
        announcements.forget()
        _ = try retrying(false) { try send(text) }
    }

    /// Has queries asked together with the next one. Whoever asks one of them gets that answer: in a snapshot, between
    /// `beginSharing` and `endSharing`, and in a transaction that writes until its next change.
    ///
    /// - Parameter isLast: whether the snapshot will be asked nothing that is announced later, or not at all. Then it
    ///   needs no transaction around it.
    package func announce(_ queries: @autoclosure () -> [SQL], isLast: Bool = false) {
        guard announcements.areShared || !isOutsideTransaction else { return }
        // Where there are answers, somebody has announced in advance what is announced again now.
        if announcements.isUnanswered { announcements.add(queries()) }
        announcements.areAll = isLast && state == .snapshot && !deferred.isEmpty
    }

    /// Until `endSharing`, answers to announced queries count outside of snapshots, and for all snapshots that are begun
    /// with `isAnnounced`. They are of one moment, after this call.
    package func beginSharing() {
        announcements = Announcements()
        announcements.areShared = true
    }

    package func endSharing() { announcements = Announcements() }

    /// Forgets what was announced, and the answers.
    package func forgetAnnounced() { announcements.forget() }

    func query(_ sql: SQL) throws -> PostgreSQLAnswer {
        if let known = announcements[sql] { return known }
        return try run(sql, onlyReads: true)
    }

    /// The name of a query's cursor.
    func cursorName(of text: String) -> String {
        if let known = cursorNames[text] { return known }
        let name = "cursor_\(cursorNames.count + 1)"
        cursorNames[text] = name
        return name
    }

    private func run(_ sql: SQL, onlyReads: Bool) throws -> PostgreSQLAnswer {
        if mode == .standby { try requireFarEnough() }
        let hadAnnounced = announcements
        // Another standby may not have come as far.
        return try retrying(onlyReads && mode != .standby) {
            let begun = deferred
            if onlyReads { announcements = hadAnnounced }
            do {
                return try ask(sql)
            } catch let error as PostgreSQLError where error.isStalePlan {
                // Another program has changed the table.
                for sql in [sql] + hadAnnounced.queries { statements[sql.source] = nil }
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
    private func ask(_ sql: SQL) throws -> PostgreSQLAnswer {
        let others = announcements.take().filter { $0 != sql }
        // None of these is forgotten while the others are prepared.
        let isNew = Set(others.lazy.map(\.source)).count { statements[$0] == nil }
        if statements.count + isNew >= Self.keptStatements { try forgetStatements() }
        let asked = try ([sql] + others).map(toAsk)
        // Statements that are sent together are of one moment anyway (`sessionSettings`), and the snapshot stays unbegun.
        let unbegun = announcements.areAll ? deferred : []
        if announcements.areAll { deferred = [] }
        defer { if !unbegun.isEmpty, state == .snapshot { deferred = unbegun } }
        announcements.areAll = false
        let results: [PostgreSQLResult]
        do {
            results = try send(asked)
        } catch let error as PostgreSQLError
            where announcements.areShared && (state == .outside || !unbegun.isEmpty) && !others.isEmpty
            && !error.isLost && !error.isBusy
        {
            // Perhaps for what another request asks, which then hears of it by itself.
            return try ask(sql)
        }
        for (one, result) in zip(asked, results) where announcements.isWanted(one.sql) {
            announcements.keep(result, for: one)
        }
        return (results[0], asked[0].statement.columns)
    }

    func toAsk(_ sql: SQL) throws -> Asked {
        let statement = try prepare(sql)
        return Asked(sql, statement, try statement.parameters(sql.values, of: database))
    }

    /// Runs `body`, and once more when the connection turns out to be gone and nothing was begun on it.
    ///
    /// - Parameter isHarmless: whether it may be done twice.
    func retrying<Result>(_ isHarmless: Bool, _ body: () throws -> Result) throws -> Result {
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
        try sendDeferred()
        statements.removeAll(keepingCapacity: true)
        try send("DEALLOCATE ALL")
        try prepareSavepoints()
    }
}

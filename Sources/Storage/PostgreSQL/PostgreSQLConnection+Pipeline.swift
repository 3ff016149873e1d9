import CLibPQ
import Glibc

// Sending statements, and waiting for their answers.
extension PostgreSQLConnection {
    /// Sends queries, after what was deferred, and waits for their answers.
    ///
    /// - Parameter isAskedInAdvance: whether nobody waits for the answers yet. An error of these then has no code, so
    ///   that nobody is refused for what another one asks.
    func send(_ asked: [Asked], isAskedInAdvance: Bool = false) throws -> [PostgreSQLResult] {
        try readDueAnswer()
        if deferred.isEmpty, asked.count == 1 {
            try check(sendOnly(asked[0].statement, asked[0].parameters))
            return [try answer()]
        }
        let before = deferred
        deferred = []
        try check(library.enterPipelineMode(handle))
        do {
            for one in before {
                switch one {
                case .setSavepoint: try check(sendOnly(prepared: Self.settingSavepoint.name))
                case .releaseSavepoint: try check(sendOnly(prepared: Self.releasingSavepoint.name))
                case .text(let text): try check(sendOnly(text))
                case .change(let statement, let parameters): try check(sendOnly(statement, parameters))
                }
            }
            for one in asked { try check(sendOnly(one.statement, one.parameters)) }
            try check(library.pipelineSync(handle))
        } catch {
            // Half of it was sent: nothing can be asked on this connection any more.
            close()
            throw error
        }
        return try answersOfPipeline(before.count, asked.count, hidesCodes: isAskedInAdvance)
    }

    func sendDeferred() throws {
        if !deferred.isEmpty { _ = try send([]) }
    }

    /// One without values.
    private func sendOnly(prepared name: String) -> Int32 {
        library.sendQueryPrepared(handle, name, 0, nil, nil, nil, 0)
    }

    func sendOnly(_ text: String) -> Int32 {
        library.sendQueryParams(handle, text, 0, nil, nil, nil, nil, 0)
    }

    func sendOnly(_ statement: PostgreSQLStatement, _ parameters: PostgreSQLParameters) -> Int32 {
        parameters.withPointers { count, pointers in
            library.sendQueryPrepared(handle, statement.name, count, pointers, nil, nil, 0)
        }
    }

    /// - Parameters:
    ///   - before: how many statements were sent before those whose answers are wanted.
    ///   - count: how many those are.
    ///   - hidesCodes: whether their errors have no code.
    func answersOfPipeline(_ before: Int, _ count: Int, hidesCodes: Bool) throws -> [PostgreSQLResult] {
        var answers: [PostgreSQLResult] = []
        var failure: (result: PostgreSQLResult, number: Int)?
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
            if !result.isDone, !result.isSkipped, failure == nil { failure = (result, number) }
            if isGone { throw failure.map { error($0.result) } ?? lost("the connection has ended") }
        }
        try check(library.exitPipelineMode(handle))
        if let failure {
            let error = error(failure.result)
            guard hidesCodes, failure.number >= before, !error.isLost else { throw error }
            throw PostgreSQLError(error.message, database: database)
        }
        guard answers.count == count else { throw PostgreSQLError("the server has not answered", database: database) }
        return answers
    }

    /// Sends statements without values, after those that were deferred.
    @discardableResult
    func send(_ text: String) throws -> PostgreSQLResult {
        try sendDeferred()
        try readDueAnswer()
        try check(library.sendQuery(handle, text))
        return try answer()
    }

    /// Waits for the answer to what was sent: of several statements, the last one that returned rows, else the last.
    func answer() throws -> PostgreSQLResult {
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
    func error(_ failure: PostgreSQLResult) -> PostgreSQLError {
        let error = failure.error(database, isLost: isGone)
        if error.isLost { close() }
        return error
    }

    func readDueAnswer() throws {
        guard isAnswerDue else { return }
        isAnswerDue = false
        _ = try answer()
    }

    /// The next result; nil at the end of a statement's.
    func next() throws -> PostgreSQLResult? {
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
    func check(_ code: Int32) throws {
        guard code == 0 else { return }
        if isGone { throw lost(libraryMessage) }
        throw PostgreSQLError(libraryMessage, database: database)
    }

    var libraryMessage: String { library.errorMessage(handle).map { String(cString: $0) } ?? "" }
}

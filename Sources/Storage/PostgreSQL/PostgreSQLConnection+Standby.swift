extension PostgreSQLConnection {
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
    func requireFarEnough() throws {
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

    func askWhetherFarEnough() throws {
        try connectIfNeeded()
        guard let required else { throw PostgreSQLError("nobody has said how new it must be", database: database) }
        // A standby may still follow a primary that was replaced, or be that of another server.
        let question: SQL = """
            SELECT pg_is_in_recovery(),
                   pg_last_wal_replay_lsn() >= CAST(\(required.place) AS pg_lsn)
                     AND concat(system_identifier, ' ', min_recovery_end_timeline) = \(required.history)
              FROM pg_control_system(), pg_control_recovery()
            """
        let answer = try send([try toAsk(question)])[0]
        guard answer.text(0, 0) == "t" else { throw lost("the server is no standby any more") }
        guard answer.text(0, 1) == "t" else {
            throw PostgreSQLError("the standby is behind", database: database, isBehind: true)
        }
        isFarEnough = true
    }
}

import Support

/// What `postern backup` and `postern restore` do with the state of a test.
extension RunningPostern {
    var backupPath: String { "\(directory.path)/kept" }

    /// - Parameter environment: variables beyond the usual ones.
    func backup(
        to path: String? = nil, as user: ProcessUser? = nil, environment: [String: String] = [:]
    ) throws -> Program.Result {
        try run(["backup", path ?? backupPath, "--state", state], as: user, environment)
    }

    func restore(
        from path: String? = nil, to state: String? = nil, options: [String] = ["--force"],
        environment: [String: String] = [:]
    ) throws -> Program.Result {
        try run(["restore", path ?? backupPath, "--state", state ?? self.state] + options, as: nil, environment)
    }

    private func run(
        _ arguments: [String], as user: ProcessUser?, _ environment: [String: String]
    ) throws -> Program.Result {
        try Program.run(
            PosternProgram.command, arguments,
            environment: Program.environment.merging(environment) { _, new in new }, as: user, limit: .seconds(30))
    }
}

/// A query with what is sent of it.
struct Asked {
    let sql: SQL
    let statement: PostgreSQLStatement
    let parameters: PostgreSQLParameters

    init(_ sql: SQL, _ statement: PostgreSQLStatement, _ parameters: PostgreSQLParameters) {
        self.sql = sql
        self.statement = statement
        self.parameters = parameters
    }
}

typealias PostgreSQLAnswer = (result: PostgreSQLResult, columns: ResultColumns)

/// Queries that are asked together with others, and the answers to those that were.
struct Announcements {
    /// What is sent with the next query.
    private(set) var queries: [SQL] = []
    /// What was announced, and is to be kept.
    private var wanted: Set<SQL> = []
    private var answers: [SQL: PostgreSQLAnswer] = [:]
    /// Whether nothing else is read of the open snapshot.
    var areAll = false
    /// Whether the answers are for several requests, which have a snapshot each or none.
    var areShared = false

    var isUnanswered: Bool { answers.isEmpty }

    subscript(sql: SQL) -> PostgreSQLAnswer? { answers[sql] }

    mutating func add(_ queries: [SQL]) { self.queries += queries }

    /// Takes the queries, each once, without those that are answered.
    mutating func take() -> [SQL] {
        defer { queries = [] }
        return queries.filter { answers[$0] == nil && wanted.insert($0).inserted }
    }

    func isWanted(_ sql: SQL) -> Bool { wanted.contains(sql) }

    mutating func keep(_ result: PostgreSQLResult, for asked: Asked) {
        answers[asked.sql] = (result, asked.statement.columns)
        wanted.remove(asked.sql)
    }

    mutating func forget() {
        queries = []
        wanted = []
        answers = [:]
        areAll = false
    }
}

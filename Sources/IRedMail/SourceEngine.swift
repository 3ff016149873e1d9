/// What a server of iRedMail's runs on: how its client is told a query, and what it is asked besides rows.
package enum SourceEngine: Sendable {
    case mysql
    case postgresql

    /// Whether it finds rows whatever their case: MariaDB does in the tables that iRedMail makes. PostgreSQL does not, and
    /// Postfix and Dovecot ask it in small letters.
    var ignoresCase: Bool { self == .mysql }

    var format: RowReader.Format { self == .mysql ? .batch : .csv }

    var dialect: SourceDialect { self == .mysql ? .mysql : .postgresql }

    func query(_ select: String) -> String {
        self == .mysql ? "\(select);\n" : "COPY (\(select)) TO STDOUT (FORMAT csv);\n"
    }

    /// One connection that reads, and does not write, from one moment. Times are in UTC, texts in UTF-8 (of a
    /// PostgreSQL database that knows no encoding, bytes as they are), and no limit of
    /// the server's or of `safe-updates` in the client's file of options cuts a table short.
    var preparation: String {
        switch self {
        case .mysql:
            """
            SET SESSION sql_mode = '', time_zone = '+00:00', net_write_timeout = 3600;
            SET SESSION max_join_size = 18446744073709551615, sql_big_selects = 1, sql_safe_updates = 0,
                sql_select_limit = 18446744073709551615;
            SET NAMES utf8mb4;
            SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;
            START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY;

            """
        case .postgresql:
            """
            SET datestyle = 'ISO, YMD';
            SET timezone = 'UTC';
            SET statement_timeout = 0;
            SET idle_in_transaction_session_timeout = 0;
            SET search_path = pg_catalog;
            DO 'BEGIN
              PERFORM set_config(''client_encoding'',
                CASE getdatabaseencoding() WHEN ''SQL_ASCII'' THEN ''SQL_ASCII'' ELSE ''UTF8'' END, false);
            END';
            BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

            """
        }
    }

    /// A database that there is beside the others.
    var commonDatabase: String { self == .mysql ? "information_schema" : "vmail" }

    /// The databases of the server: their names.
    var databases: String {
        self == .mysql
            ? "SELECT schema_name AS name FROM information_schema.schemata"
            : "SELECT datname AS name FROM pg_database WHERE datallowconn"
    }

    /// The columns of the tables of the database: the names of table and column, and whether it holds bytes.
    var columns: String {
        switch self {
        case .mysql:
            """
            SELECT table_name AS tab, column_name AS col, data_type IN ('binary', 'varbinary', 'blob') AS bin
              FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position
            """
        case .postgresql:
            """
            SELECT table_name AS tab, column_name AS col, CASE WHEN data_type = 'bytea' THEN 1 ELSE 0 END AS bin
              FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position
            """
        }
    }
}

import FoundationEssentials
import Glibc
import MailStore

/// `postern move`: takes a state from files to a PostgreSQL server, or back.
enum Move: Command {
    static let name = "move"
    static let summary = "Moves the state from files to a PostgreSQL server, or from there to files."
    static let options = [Option.state, .settings, to]
    static let notes = """
        The server must be stopped: systemctl stop postern.socket postern.service. What is moved is the state that
        --state and the setting DATABASE name; it stays as it is. All rows are copied, but for sessions, then read again
        and compared with the first.
        To a PostgreSQL server: its databases must be there and hold no accounts, as postern init --database CONNECTION
        --empty leaves them. To files: DIR must not hold a state. Both print what is to be done next.
        Exit status 65 when there are accounts already or a row is not taken, 74 when the databases cannot be read or
        written, 78 when the server runs.
        """

    private static let to = Option(
        name: "--to", value: "CONNECTION|DIR",
        meaning: "Where to: postgresql://host/ or host=/run/postgresql, or a new state directory.")

    static func run(_ arguments: Arguments) throws {
        guard let destination = arguments[to] else { throw UsageError(reason: "--to is missing") }
        umask(0o027)
        let state = try StateDirectory(arguments)
        let lock = try state.prepare()
        defer { withExtendedLifetime(lock) {} }
        let isFiles = destination.hasPrefix("/") || !destination.contains("=") && !destination.contains("://")
        guard isFiles == (state.server != nil) else {
            throw UsageError(
                reason: isFiles
                    ? "the state is in files already; DATABASE in the settings names a server to move from"
                    : "the state is at a server already, as DATABASE in the settings says")
        }
        isFiles ? try moveToFiles(destination, from: state) : try moveToServer(destination, from: state)
    }

    private static func moveToServer(_ connection: String, from state: StateDirectory) throws {
        let server = try ServerState(connection)
        do {
            try ServerMigrator.requireAll(in: server)
        } catch let failure as ServerMigrator.Failure {
            throw ExitError("\(failure); with --empty there", code: .configuration)
        }
        guard try StateTransfer(from: .server(server)).holdsNoAccounts() else {
            throw ExitError("there are accounts at the server \(server) already", code: .unusableData)
        }
        let rows = try copy(try state.asService { try StateTransfer(from: state.place) }, to: .server(server))
        Postern.say("Moved \(rows) rows from \(state.path) to the server \(server).")
        Postern.say(
            "Next: put DATABASE = \(quoted(connection)) into the settings file, print the files of Postfix, Dovecot and "
                + "amavisd anew (postern print-config), and start Postern.")
    }

    private static func moveToFiles(_ directory: String, from state: StateDirectory) throws {
        let target = StateDirectory(path: URL(fileURLWithPath: directory).standardizedFileURL.path)
        guard target.path != state.path else {
            throw UsageError(reason: "\(directory) has the locks of the state that is moved; choose another directory")
        }
        try target.create(greylisting: false)
        let rows = try target.asService { try copy(StateTransfer(from: state.place), to: target.place) }
        Postern.say("Moved \(rows) rows from \(state.name) to \(target.path).")
        Postern.say(
            "Next: remove DATABASE from the settings file, print the files of Postfix, Dovecot and amavisd anew (postern "
                + "print-config), and start Postern with --state \(target.path).")
    }

    /// Copies with a progress line.
    /// - Returns: how many rows there are.
    static func copy(_ transfer: StateTransfer, to place: StatePlace) throws -> Int {
        let total = try transfer.count()
        do {
            return try transfer.copy(to: place) { rows in Postern.progress(rows, of: total) }
        } catch let failure as RowCopy.Failure {
            throw ExitError("\(failure)", code: .unusableData)
        } catch let error as StoreError {
            throw ExitError("\(error)", code: error.kind == .damaged ? .unusableData : .inputOutput)
        }
    }

    /// As a settings file has it.
    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}

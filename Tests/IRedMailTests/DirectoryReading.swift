import Foundation
import IRedMail
import Mail
import Storage
import Support

@testable import MailStore

extension OpenLDAPServer {
    /// Not started.
    convenience init(filledWith entries: DirectoryEntries) throws {
        try self.init()
        try load(entries.text)
    }

    /// The options of `postern import iredmail` that reach it, but for the password.
    func options(as reader: String = OpenLDAPServer.reader, below base: String = OpenLDAPServer.base) -> [String] {
        ["--ldap", url, "--base", base, "--bind", reader]
    }
}

extension TemporaryDirectory {
    /// A file that only its owner may read.
    func writeSecret(_ name: String, _ text: String) throws -> String {
        let file = try write(name, text)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        return file
    }
}

extension Reading {
    /// - Parameters:
    ///   - server: started.
    ///   - databases: what is beside it.
    convenience init(_ server: OpenLDAPServer, beside databases: IRedMailServer? = nil, only: [String] = []) throws {
        let directory = try TemporaryDirectory()
        let source = try SourceDirectory(
            url: server.url, base: OpenLDAPServer.base, bind: OpenLDAPServer.reader,
            passwordFile: directory.writeSecret("password", OpenLDAPServer.readersPassword),
            environment: IRedMailServer.environment)
        try self.init(.directory(source, databases: try databases?.source), only: only)
    }

    /// - Parameter text: LDIF.
    convenience init(ldif text: String, only: [String] = []) throws {
        let directory = try TemporaryDirectory()
        let source = try SourceDirectory(file: directory.write("directory.ldif", text))
        try self.init(.directory(source, databases: nil), only: only)
    }

    /// Every row of every table.
    func allRows() throws -> [String] {
        try StagedState.files.flatMap { file in
            try RowCopy.tables(of: file).flatMap { table in
                let columns = try staged.columns(of: table).map { "\"\($0.name)\"" }
                let list = columns.joined(separator: ", ")
                return try rows(file, "SELECT \(list) FROM \(table) ORDER BY \(list)", columns.count)
                    .map { "\(table)|\($0)" }
            }
        }
    }
}

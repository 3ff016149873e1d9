import Support

/// Prints the tables that iRedMail makes at a server, as SQL, or the schema of its directory.
///
///     iredmail-tables ENGINE DATABASE   mariadb or postgresql; vmail, amavisd, iredapd or iredadmin
///     iredmail-tables ldap
@main
enum PrintIRedMailTables {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments == ["ldap"] { return print(LDAPSchema.text) }
        guard arguments.count == 2, let database = arguments.last,
            let engine: IRedMailTables.Engine = ["mariadb": .mariadb, "postgresql": .postgresql][arguments.first]
        else { throw Program.Failure(description: "iredmail-tables ENGINE DATABASE, or iredmail-tables ldap") }
        print(IRedMailTables(.newest, at: engine).script(for: database))
    }
}

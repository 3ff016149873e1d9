/// The manual page postern(8), made from the commands' declarations.
enum ManualPage {
    static var text: String {
        """
        .TH POSTERN 8 "" "postern \(Version.text)" "System administration"
        .SH NAME
        postern \\- RESTful API for the accounts of a mail server
        .SH SYNOPSIS
        .B postern
        .I COMMAND
        [\\fIOPTION\\fR\\|.\\|.\\|.]
        .SH DESCRIPTION
        Postern serves the RESTful API that iRedAdmin\\-Pro documents from databases that Postfix, Dovecot and amavisd read: files of SQLite, or at a PostgreSQL server.
        .SH COMMANDS
        \(Postern.commands.map { section($0) }.joined(separator: "\n"))
        .SH FILES
        .TP
        .I /etc/postern/settings.py
        The settings; every key stands in it with its meaning.
        .TP
        .I /var/lib/postern
        The state: five databases.
        .TP
        .I /run/postern/postern.sock
        The socket for the web server.
        .SH EXIT STATUS
        0 all is well; 1 failure; 64 wrong command line; 65 damaged data; 74 a file or disk that cannot be used; 78 wrong
        settings, a missing state, or a Dovecot that cannot use its files.
        .SH SEE ALSO
        \(Help.Topic.allCases.map { ".TP\n.B postern help \($0.rawValue)\n\(escaped($0.summary))" }.joined(separator: "\n"))
        .PP
        /usr/share/doc/postern has these and the other pages of the documentation.

        """
    }

    private static func section(_ command: any Command.Type) -> String {
        let usage = ["postern", command.name, command.operand].compactMap(\.self).joined(separator: " ")
        let options = (command.options + [.help]).map { ".TP\n.B \(escaped($0.usage))\n\(escaped($0.meaning))" }
        let notes = command.notes.split(separator: "\n").map { escaped(String($0)) }
        return ([".SS \(escaped(usage))", escaped(command.summary)] + options + (notes.isEmpty ? [] : [".PP"] + notes))
            .joined(separator: "\n")
    }

    /// A line in which troff finds no request and no escape.
    private static func escaped(_ text: String) -> String {
        let plain = text.map { $0 == "\\" ? "\\e" : $0 == "-" ? "\\-" : String($0) }.joined()
        return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
    }
}

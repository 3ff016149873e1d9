// This module has the configuration for the programs around Postern: Postfix, Dovecot, amavisd, nginx and fail2ban.
// Each type `…Configuration` makes the files for one program as `files`: names without a directory, and contents.
// Nothing is written or installed here; `postern print-config` prints the files. Each begins with a comment that tells
// the admin where it belongs. Dovecot's files depend on its version: `InstalledDovecot` asks which one is there, and
// `DovecotCheck` tells whether it reads the files. Why the files are as they are: `Storage.md` 3.

import MailStore
import Storage

/// The files Postfix needs to read the accounts: 16 look-up tables and what to put in `main.cf` and `master.cf`.
///
/// Source: `Storage.md` 3 and `Contract.md` Appendix A; tried with Postfix 3.7 and 3.10.
package struct PostfixConfiguration: Sendable {
    private let databases: ConfiguredDatabases
    private let installDirectory: String
    private let listSpool: String
    private let program: String

    /// - Parameters:
    ///   - databases: where the accounts are.
    ///   - installDirectory: absolute; where the files will lie.
    ///   - listSpool: absolute; where mlmmj's lists lie.
    ///   - program: absolute; the program that takes mail to lists.
    package init(
        databases: ConfiguredDatabases, installDirectory: String = Self.defaultDirectory,
        listSpool: String = "/var/spool/mlmmj", program: String = "/usr/bin/postern"
    ) {
        self.databases = databases
        self.installDirectory = installDirectory
        self.listSpool = listSpool
        self.program = program
    }

    /// The default of `installDirectory`.
    package static let defaultDirectory = "/etc/postfix/postern"

    /// What the queries read.
    package static let grants = PostfixMap.columns.map { DatabaseGrant(.postfix, .vmail, $0.table, $0.columns) }

    /// Where a table is to be found, in the words of sqlite_table(5) and pgsql_table(5).
    private var source: String {
        switch databases {
        case .files(let stateDirectory):
            // With `mode=ro` `postmap` run by root leaves `-wal` and `-shm` in place. The path alone where the SQLite
            // library was built without URIs; Debian's reads them.
            let path = ConfiguredDatabases.path(of: .vmail, in: stateDirectory)
            return "dbpath = \(SQLiteLibrary.readsURIs ? "file:\(Self.escaped(path))?mode=ro" : path)"
        case .server(let access):
            // Named twice: after a lost connection Postfix leaves a host alone for a minute and asks the next one. Its
            // version 3.7 wants the name of the database also beside a URI.
            let uri = access.uri(of: .postfix, in: .vmail)
            return "hosts =\n  \(uri)\n  \(uri)\ndbname = \(access.name(of: .vmail))"
        }
    }

    private var tableType: String { databases.engineName }

    /// Escapes the characters that would end the path in a URI, or begin an escape.
    private static func escaped(_ path: String) -> String {
        path.replacing("%", with: "%25").replacing("?", with: "%3f").replacing("#", with: "%23")
    }

    package var files: [(name: String, text: String)] {
        PostfixMap.all.map { (name: fileName($0), text: text($0)) }
            + [(name: "postern-main.cf", text: main), (name: "postern-master.cf", text: master)]
    }

    func fileName(_ map: PostfixMap) -> String { map.fileName(forType: tableType) }

    func text(_ map: PostfixMap) -> String {
        // A continuation line must begin with white space: postconf(5).
        let query = databases.dialect.text(of: map.query).split(separator: "\n").joined(separator: "\n  ")
        return """
            # \(map.meaning)
            # Postfix: \(map.parameter). Install as \(installDirectory)/\(fileName(map)).
            # To ask by hand, as Postfix does:
            #   \(Self.asPostfix) postmap -q KEY \(tableType):\(installDirectory)/\(fileName(map))
            \(source)
            query =
              \(query)

            """
    }

    private static let asPostfix = "setpriv --reuid=postfix --regid=postfix --init-groups"

    /// The line of `main.cf` with all tables of a parameter, in the order of look-up. All are read through proxymap(8),
    /// because a chrooted daemon cannot reach `-wal` and `-shm`, or a server's socket and the file with the password.
    private func tables(_ parameter: String) -> String {
        let values = PostfixMap.all.filter { $0.parameter == parameter }
            .map { "proxy:\(tableType):\(installDirectory)/\(fileName($0))" }
        return "\(parameter) = \(values.joined(separator: ", "))"
    }

    private var access: String {
        switch databases {
        case .files: "# Postfix must be able to read the database:  usermod -aG \(StoreFile.vmail.group) postfix"
        case .server(let access):
            """
            # Install postfix-pgsql.
            \(access.comment(about: .postfix))
            # Before 3.8 Postfix tells the server that its texts are LATIN1: it finds only names in ASCII, and no others are stored
            # for accounts.
            """
        }
    }

    private var main: String {
        """
        # For /etc/postfix/main.cf, one parameter a line. To set them all:
        #   grep '^[a-z]' \(installDirectory)/postern-main.cf | while read -r line; do postconf -e "$line"; done
        \(access)
        # Do not list a hosted domain in mydestination.
        # Ask the tables by hand as postfix, never as root:  \(Self.asPostfix) postmap -q KEY TABLE

        # Hosted domains. Without the empty virtual_alias_domains Postfix would take a domain with a catch-all for a virtual
        # alias domain.
        \(tables("virtual_mailbox_domains"))
        virtual_alias_domains =
        # A backup MX domain, not the domains below it.
        \(tables("relay_domains"))
        parent_domain_matches_subdomains = debug_peer_list,fast_flush_domains,mynetworks,\
        permit_mx_backup_networks,qmqpd_authorized_clients,smtpd_access_maps

        # Who gets the mail. The order of the tables matters: the mailbox before the catch-all.
        \(tables("virtual_alias_maps"))
        \(tables("virtual_mailbox_maps"))
        recipient_delimiter = +
        \(tables("sender_bcc_maps"))
        \(tables("recipient_bcc_maps"))

        # How it gets there. "dovecot" is the service of postern-master.cf; it takes one recipient at a time.
        \(tables("transport_maps"))
        virtual_transport = dovecot
        dovecot_destination_recipient_limit = 1
        # Mailing lists: the service "mlmmj" takes one recipient at a time, too. What follows the recipient_delimiter is a
        # command to the list, such as LIST+subscribe@DOMAIN.
        mlmmj_destination_recipient_limit = 1
        \(tables("sender_dependent_relayhost_maps"))

        # Logins through Dovecot; the socket is in postern.conf for Dovecot. smtpd_sender_login_maps has an effect with
        # reject_sender_login_mismatch (or reject_authenticated_sender_login_mismatch) in smtpd_sender_restrictions.
        smtpd_sasl_type = dovecot
        smtpd_sasl_path = private/auth
        smtpd_sasl_auth_enable = yes
        smtpd_sasl_security_options = noanonymous
        smtpd_tls_auth_only = yes
        \(tables("smtpd_sender_login_maps"))

        # proxymap serves these tables, because the default of proxy_read_maps names each of their parameters. If main.cf
        # sets it, as older versions of this file or another set-up may have, remove it:  postconf -X proxy_read_maps

        """
    }

    private var master: String {
        """
        # For /etc/postfix/master.cf. To set all:
        #   grep '^[a-z]' \(installDirectory)/postern-master.cf | while read -r name type rest; do \\
        #     postconf -M "$name/$type=$name $type $rest"; done
        # The transport "dovecot", default of every domain, hands a message to Dovecot's delivery program. A domain or mailbox
        # with the transport lmtp:unix:private/dovecot-lmtp is served by Dovecot's LMTP instead.
        dovecot unix - n n - - pipe flags=DRhu user=vmail:vmail \
        argv=/usr/lib/dovecot/dovecot-lda -f ${sender} -d ${user}@${domain} -m ${extension}
        # The transport "mlmmj", of subscribable mailing lists: apt-get install mlmmj altermime. R gives mlmmj the
        # sender; an empty one, of a bounce, must stay empty, or the list would post it.
        mlmmj unix - n n - - pipe flags=ORhu null_sender= user=mlmmj:mlmmj \
        argv=\(program) lists receive \(listSpool)/${nexthop} extension=${extension}

        """
    }
}

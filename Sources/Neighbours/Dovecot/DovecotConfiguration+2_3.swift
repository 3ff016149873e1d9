import MailStore

extension DovecotConfiguration {
    /// Dovecot 2.3 reads SQL from files of its own: one for the queries, one for each dictionary.
    var filesOf2_3: [(name: String, text: String)] {
        [(name: Self.mainFileName, text: main), (name: Self.queryFileName, text: queries)]
            + DovecotDictionary.all.map { (name: fileName($0), text: text($0)) }
    }

    private func fileName(_ dictionary: DovecotDictionary) -> String {
        "dovecot-dict-\(dictionary.name.replacing("_", with: "-")).conf.ext"
    }

    private static let plugins = "quota quota_clone acl"

    private var main: String {
        """
        \(head("""
            # - the five files lie in \(installDirectory)
            """))

        # Names are stored in lower case.
        auth_username_format = %Lu
        auth_mechanisms = plain login

        passdb {
          driver = sql
          args = \(installDirectory)/\(Self.queryFileName)
        }
        userdb {
          driver = sql
          args = \(installDirectory)/\(Self.queryFileName)
        }

        \(services)
        dict {
        \(DovecotDictionary.all.map { "  \($0.name) = \(driver):\(installDirectory)/\(fileName($0))" }.joined(separator: "\n"))
        }

        # Repeated for each protocol: a protocol whose mail_plugins Dovecot has already read, as in conf.d/20-lmtp.conf,
        # does not get what is added for all.
        mail_plugins = $mail_plugins \(Self.plugins)
        protocol imap {
          mail_plugins = $mail_plugins \(Self.plugins) imap_quota imap_acl last_login
        }
        protocol pop3 {
          mail_plugins = $mail_plugins \(Self.plugins) last_login
        }
        # Sieve scripts, which users set through managesieve, run where mail is delivered.
        protocol lmtp {
          mail_plugins = $mail_plugins \(Self.plugins) sieve last_login
        }
        protocol lda {
          mail_plugins = $mail_plugins \(Self.plugins) sieve last_login
        }

        plugin {
          # Dovecot counts in its own index; the database gets a copy. So a busy database never delays mail, and a row
          # that Postern deleted is written again with the right numbers.
          quota = count:User quota
          quota_vsizes = yes
          quota_grace = 10%%
          quota_clone_dict = proxy::quota

          last_login_dict = proxy::last_login
          last_login_key = last-login/%s/%u/%d

          acl = vfile
          acl_shared_dict = proxy::share_folder
        }

        # Folders that other users share. Only users with a maildir in ~/Maildir, the default, can share.
        namespace \(Self.sharedNamespace) {
          type = shared
          separator = /
          prefix = Shared/%%u/
          location = maildir:%%h/Maildir:INDEXPVT=~/Maildir/Shared/%%u
          subscriptions = no
          list = children
        }
        namespace inbox {
          # As in the shared namespace.
          separator = /
          inbox = yes
        }

        """
    }

    private var queries: String {
        """
        # Dovecot 2.3: who may log in and where the mail lies. \(installDirectory)/\(Self.queryFileName)
        driver = \(driver)
        connect = \(connection(to: .vmail))

        # Hashes without a {SCHEME}.
        default_pass_scheme = CRYPT

        # %s is the protocol, %c nothing, "secured" or "TLS". allow_nets is NULL when every network may log in.
        password_query = \(passwordQuery(user: "%Lu", service: "%Ls%Lc"))

        # Quota 0 is no limit, for Postern and for Dovecot.
        user_query = \(userQuery(
            [
                "mailbox.mailboxformat || ':~/' || mailbox.mailboxfolder AS mail",
                "'*:bytes=' || (mailbox.quota * 1048576) AS quota_rule",
            ], user: "%Lu", service: "%Ls%Lc"))

        # For doveadm -A.
        iterate_query = \(iterateQuery)

        """
    }

    private func text(_ dictionary: DovecotDictionary) -> String {
        """
        # Dovecot 2.3: \(dictionary.meaning) \(installDirectory)/\(fileName(dictionary))
        connect = \(connection(to: .usage))
        \(dictionary.maps.map(text).joined(separator: "\n"))

        """
    }

    private func text(_ map: DovecotDictionary.Map) -> String {
        var lines = ["pattern = \(map.pattern)", "table = \(map.table)"]
        if map.keys.isEmpty { lines.append("username_field = username") }
        lines.append("value_field = \(map.column)")
        if map.isNumber { lines.append("value_type = uint") }
        if !map.keys.isEmpty {
            lines += ["fields {"] + map.keys.map { "  \($0.column) = \($0.variable)" } + ["}"]
        }
        return "map {\n\(lines.map { "  \($0)\n" }.joined())}"
    }
}

import MailStore

extension DovecotConfiguration {
    /// Dovecot 2.4 reads SQL from its configuration, so one file is enough.
    var filesOf2_4: [(name: String, text: String)] { [(name: Self.mainFileName, text: main)] }

    private static let user = "%{user | lower}"
    private static let service = "%{protocol | lower}%{secured | lower}"

    private var main: String {
        """
        \(head("""
            # - this file lies in \(installDirectory)
            # - leave dovecot_config_version and dovecot_storage_version in dovecot.conf, before everything else
            """))

        # Addresses are stored whole and in lower case. Dovecot lowers logins by itself; for LMTP Debian's 20-lmtp.conf cuts
        # off the domain, so it is set again here.
        protocol lmtp {
          auth_username_format = \(Self.user)
        }
        auth_mechanisms = plain login
        # Without this, users with an imported hash such as MD5-CRYPT or SMD5 get a temporary failure at each login.
        # Dovecot's warning at its start may be ignored; take the line out when no such hash is left.
        auth_allow_weak_schemes = yes

        # The column enable + protocol + secured, e.g. enableimaptls, tells whether a service is open to a user; secured is
        # nothing, "secured" (from this machine) or "TLS". allow_nets is NULL when every network may log in.
        passdb sql {
        \(connectionLines(to: .vmail))
          # Hashes without a {SCHEME}.
          default_password_scheme = CRYPT
          query = \(indented(passwordQuery(user: Self.user, service: Self.service)))
        }

        # Quota 0 is no limit, for Postern and for Dovecot; a delivery may exceed it by a tenth.
        # INBOX of a maildir is the maildir itself; in other formats it is one of the folders. Without mail_inbox_path
        # Debian's 10-mail.conf would have it in /var/mail.
        userdb sql {
        \(connectionLines(to: .vmail))
          query = \(indented(userQuery(
            [
                "mailbox.mailboxformat AS mail_driver",
                "'~/' || mailbox.mailboxfolder AS mail_path",
                "CASE mailbox.mailboxformat WHEN 'maildir' THEN '.' ELSE '' END AS mail_inbox_path",
                "mailbox.quota * 1048576 AS quota_storage_size",
                "mailbox.quota * 1048576 / 10 AS quota_storage_grace",
            ], user: Self.user, service: Self.service)))
          # For doveadm -A.
          iterate_query = \(iterateQuery)
        }

        \(services)
        dict_server {
        \(connectionLines(to: .usage))
        \(DovecotDictionary.all.map(text).joined(separator: "\n"))
        }

        mail_plugins {
          quota = yes
          quota_clone = yes
          acl = yes
        }
        protocol imap {
          mail_plugins {
            imap_quota = yes
            imap_acl = yes
            last_login = yes
          }
        }
        protocol pop3 {
          mail_plugins {
            last_login = yes
          }
        }
        # Sieve scripts, which users set through managesieve, run where mail is delivered.
        protocol lmtp {
          mail_plugins {
            sieve = yes
            last_login = yes
          }
        }
        protocol lda {
          mail_plugins {
            sieve = yes
            last_login = yes
          }
        }

        # Dovecot counts in its own index; the database gets a copy. So a busy database never delays mail, and a row that
        # Postern deleted is written again with the right numbers.
        quota "User quota" {
          driver = count
        }
        quota_clone {
          dict proxy {
            name = quota
          }
        }

        last_login_key = last-login/%{protocol}/%{user}/%{user | domain}
        last_login {
          dict proxy {
            name = last_login
          }
        }

        acl_driver = vfile
        acl_sharing_map {
          dict proxy {
            name = share_folder
          }
        }

        # Folders that other users share. Only users with a maildir in ~/Maildir, the default, can share.
        namespace \(Self.sharedNamespace) {
          type = shared
          separator = /
          prefix = Shared/$user/
          mail_driver = maildir
          mail_path = %{owner_home}/Maildir
          mail_inbox_path = .
          mail_index_private_path = ~/Maildir/Shared/%{owner_user}
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

    private func connectionLines(to file: StoreFile) -> String {
        connectionSettings(to: file).map { "  \($0)" }.joined(separator: "\n")
    }

    private func indented(_ query: String) -> String { query.replacing("\n", with: "\n  ") }

    private func text(_ dictionary: DovecotDictionary) -> String {
        """
          # \(dictionary.meaning)
          dict \(dictionary.name) {
            driver = sql
        \(dictionary.maps.map(text).joined(separator: "\n"))
          }
        """
    }

    private func text(_ map: DovecotDictionary.Map) -> String {
        var lines = ["sql_table = \(map.table)"]
        if map.keys.isEmpty { lines.append("username_field = username") }
        lines += ["value_field \(map.column) {"] + (map.isNumber ? ["  type = uint"] : []) + ["}"]
        for key in map.keys { lines += ["key_field \(key.column) {", "  value = \(key.variable)", "}"] }
        return "    dict_map \(map.pattern) {\n\(lines.map { "      \($0)\n" }.joined())    }"
    }
}

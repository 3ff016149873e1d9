import MailStore

/// The files Dovecot 2.3 needs to read `vmail.db` and to write `usage.db`.
///
/// Source: `contract/storage.md` 3 and `contract/accounts.md`, Appendix A; tried with Dovecot 2.3.19.
package struct DovecotConfiguration: Sendable {
    private let stateDirectory: String
    let installDirectory: String
    private let mailUser: String
    private let mailGroup: String
    private let readerGroup: String
    private let postfixDirectory: String

    /// - Parameters:
    ///   - stateDirectory: absolute; where `vmail/vmail.db` and `usage/usage.db` lie.
    ///   - installDirectory: absolute; where the files will lie.
    ///   - mailUser: owner of the stored mail; likewise `mailGroup`.
    ///   - readerGroup: the group that may read `vmail.db`.
    ///   - postfixDirectory: Postfix's queue directory, where Dovecot puts its sockets.
    package init(
        stateDirectory: String,
        installDirectory: String = "/etc/dovecot/postern",
        mailUser: String = "vmail",
        mailGroup: String = "vmail",
        readerGroup: String = StoreFile.vmail.group,
        postfixDirectory: String = "/var/spool/postfix"
    ) {
        self.stateDirectory = stateDirectory
        self.installDirectory = installDirectory
        self.mailUser = mailUser
        self.mailGroup = mailGroup
        self.readerGroup = readerGroup
        self.postfixDirectory = postfixDirectory
    }

    package var files: [(name: String, text: String)] {
        [
            (name: "postern.conf", text: main),
            (name: "dovecot-sql.conf.ext", text: accounts),
            (name: "dovecot-dict-quota.conf.ext", text: usedQuota),
            (name: "dovecot-dict-last-login.conf.ext", text: lastLogin),
            (name: "dovecot-dict-share-folder.conf.ext", text: sharedFolders),
        ]
    }

    func database(_ file: StoreFile) -> String { "\(stateDirectory)/\(file.relativePath)" }

    private var main: String {
        """
        # Dovecot 2.3 on Postern's tables. Install the five files in \(installDirectory), then
        # - add to /etc/dovecot/dovecot.conf, as its last line:   !include \(installDirectory)/postern.conf
        # - take the line "!include auth-system.conf.ext" out of conf.d/10-auth.conf
        # - packages: dovecot-imapd dovecot-pop3d dovecot-lmtpd dovecot-managesieved dovecot-sqlite
        # Look into the databases by hand with  sqlite3 -readonly FILE  only: root that opens one for writing and closes
        # it last removes its side files, and locks the readers out.

        # Names are stored in lower case.
        auth_username_format = %Lu
        auth_mechanisms = plain login

        passdb {
          driver = sql
          args = \(installDirectory)/dovecot-sql.conf.ext
        }
        userdb {
          driver = sql
          args = \(installDirectory)/dovecot-sql.conf.ext
        }

        # All mail belongs to one user; home and mail location come from the database.
        mail_uid = \(mailUser)
        mail_gid = \(mailGroup)
        # Debian numbers system users from 100; Dovecot would refuse to work as one below 500.
        first_valid_uid = 100

        # As root, the default, it would delete vmail.db-wal and -shm when it is the last to close, and lock the other
        # readers out.
        service auth-worker {
          user = dovecot
          extra_groups = \(readerGroup)
        }

        service auth {
          # Postfix asks here for logins (smtpd_sasl_path = private/auth).
          unix_listener \(postfixDirectory)/private/auth {
            user = postfix
            group = postfix
            mode = 0660
          }
          # dovecot-lda, run by Postfix as the owner of the mail, asks here for the mailbox.
          unix_listener auth-userdb {
            user = \(mailUser)
            group = \(mailGroup)
            mode = 0660
          }
        }

        # dovecot-lda reports here too; otherwise it logs an error at each delivery.
        service stats {
          unix_listener stats-writer {
            user = \(mailUser)
            group = \(mailGroup)
            mode = 0660
          }
        }

        service lmtp {
          unix_listener \(postfixDirectory)/private/dovecot-lmtp {
            user = postfix
            group = postfix
            mode = 0600
          }
        }

        # The one process that writes usage.db, as the owner of that file. Mail processes reach it through the socket.
        service dict {
          user = dovecot
          extra_groups = \(readerGroup)
          unix_listener dict {
            user = \(mailUser)
            group = \(mailGroup)
            mode = 0660
          }
        }
        dict {
          quota = sqlite:\(installDirectory)/dovecot-dict-quota.conf.ext
          last_login = sqlite:\(installDirectory)/dovecot-dict-last-login.conf.ext
          share_folder = sqlite:\(installDirectory)/dovecot-dict-share-folder.conf.ext
        }

        mail_plugins = $mail_plugins quota quota_clone acl
        protocol imap {
          mail_plugins = $mail_plugins imap_quota imap_acl last_login
        }
        protocol pop3 {
          mail_plugins = $mail_plugins last_login
        }
        protocol lmtp {
          mail_plugins = $mail_plugins last_login
        }
        protocol lda {
          mail_plugins = $mail_plugins last_login
        }

        plugin {
          # Dovecot counts in its own index; the database gets a copy. So a busy database never delays mail, and a row
          # that Postern deleted comes back right.
          quota = count:User quota
          quota_vsizes = yes
          quota_grace = 10%%
          quota_clone_dict = proxy::quota

          last_login_dict = proxy::last_login
          last_login_key = last-login/%s/%u/%d

          acl = vfile
          acl_shared_dict = proxy::share_folder
        }

        # Folders shared by others. Their mail location is that of the default mailbox format and folder.
        namespace postern_shared {
          type = shared
          separator = /
          prefix = Shared/%%u/
          location = maildir:%%h/Maildir:INDEXPVT=~/Maildir/Shared/%%u
          subscriptions = no
          list = children
        }
        namespace inbox {
          separator = /
          inbox = yes
        }

        """
    }

    private var accounts: String {
        """
        # Who may log in and where the mail lies. \(installDirectory)/dovecot-sql.conf.ext
        driver = sqlite
        connect = \(database(.vmail))

        # Hashes without a {SCHEME}.
        default_pass_scheme = CRYPT

        # %s is the protocol, %c nothing, "secured" or "TLS". Quoted: some column names have a "-".
        # allow_nets is NULL when every network may log in.
        password_query = SELECT mailbox.password, mailbox.allow_nets \\
          FROM mailbox \\
          JOIN domain ON domain.domain = mailbox.domain \\
         WHERE mailbox.username = '%Lu' AND mailbox."enable%Ls%Lc" = 1 AND mailbox.active = 1 \\
           AND domain.active = 1 AND domain.backupmx = 0

        # Quota 0 is no limit, for us and for Dovecot.
        user_query = SELECT \\
               lower(mailbox.storagebasedirectory || '/' || mailbox.storagenode || '/' || mailbox.maildir) AS home, \\
               mailbox.mailboxformat || ':~/' || mailbox.mailboxfolder AS mail, \\
               '*:bytes=' || (mailbox.quota * 1048576) AS quota_rule \\
          FROM mailbox \\
          JOIN domain ON domain.domain = mailbox.domain \\
         WHERE mailbox.username = '%Lu' AND mailbox."enable%Ls%Lc" = 1 AND mailbox.active = 1 \\
           AND domain.active = 1 AND domain.backupmx = 0

        # For doveadm -A.
        iterate_query = SELECT username AS user FROM mailbox

        """
    }
}

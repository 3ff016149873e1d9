import MailStore

extension DovecotConfiguration {
    var usedQuota: String {
        """
        # Used quota, a copy of Dovecot's own count. \(installDirectory)/dovecot-dict-quota.conf.ext
        connect = \(database(.usage))
        map {
          pattern = priv/quota/storage
          table = used_quota
          username_field = username
          value_field = bytes
          value_type = uint
        }
        map {
          pattern = priv/quota/messages
          table = used_quota
          username_field = username
          value_field = messages
          value_type = uint
        }

        """
    }

    /// Deliveries count as one kind, whether they came through dovecot-lda or LMTP.
    var lastLogin: String {
        let maps = [("imap", "imap"), ("pop3", "pop3"), ("lda", "lda"), ("lmtp", "lda")].map { protocolName, column in
            """
            map {
              pattern = shared/last-login/\(protocolName)/$user/$domain
              table = last_login
              value_field = \(column)
              value_type = uint
              fields {
                username = $user
                domain = $domain
              }
            }
            """
        }
        return """
            # Last login by IMAP and POP3, last delivery. \(installDirectory)/dovecot-dict-last-login.conf.ext
            connect = \(database(.usage))
            \(maps.joined(separator: "\n"))

            """
    }

    var sharedFolders: String {
        """
        # Who shares folders with whom. \(installDirectory)/dovecot-dict-share-folder.conf.ext
        connect = \(database(.usage))
        map {
          pattern = shared/shared-boxes/user/$to/$from
          table = share_folder
          value_field = dummy
          fields {
            from_user = $from
            to_user = $to
          }
        }
        map {
          pattern = shared/shared-boxes/anyone/$from
          table = anyone_shares
          value_field = dummy
          fields {
            from_user = $from
          }
        }

        """
    }
}

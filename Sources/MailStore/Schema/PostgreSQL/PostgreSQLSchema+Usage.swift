extension PostgreSQLSchema {
    /// What Dovecot's dictionaries write. They do so by INSERT … ON CONFLICT, and add up themselves: iRedMail's trigger
    /// `merge_quota`, made for a plain INSERT, must not be here.
    static let usage = [
        """
        CREATE TABLE used_quota (
          username TEXT COLLATE "C" NOT NULL DEFAULT '' PRIMARY KEY,
          bytes    INT8 NOT NULL DEFAULT 0,
          messages INT8 NOT NULL DEFAULT 0,
          domain   TEXT COLLATE "C" NOT NULL DEFAULT ''
        )
        """,
        "CREATE INDEX used_quota_domain ON used_quota (domain, username COLLATE \"C\")",
        """
        CREATE FUNCTION used_quota_domain() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          NEW.domain := substr(NEW.username, strpos(NEW.username, '@') + 1);
          RETURN NEW;
        END
        $$
        """,
        """
        CREATE TRIGGER used_quota_domain BEFORE INSERT OR UPDATE OF username ON used_quota
           FOR EACH ROW EXECUTE FUNCTION used_quota_domain()
        """,
        // The key is both columns: Dovecot writes ON CONFLICT (username,domain).
        """
        CREATE TABLE last_login (
          username TEXT COLLATE "C" NOT NULL DEFAULT '',
          domain   TEXT COLLATE "C" NOT NULL DEFAULT '',
          imap     INT8 DEFAULT NULL,
          pop3     INT8 DEFAULT NULL,
          lda      INT8 DEFAULT NULL,
          PRIMARY KEY (username, domain)
        )
        """,
        "CREATE INDEX last_login_domain ON last_login (domain)",
        """
        CREATE TABLE share_folder (
          from_user TEXT COLLATE "C" NOT NULL DEFAULT '',
          to_user   TEXT COLLATE "C" NOT NULL DEFAULT '',
          dummy     TEXT COLLATE "C" NOT NULL DEFAULT '',
          PRIMARY KEY (from_user, to_user)
        )
        """,
        "CREATE INDEX share_folder_to_user ON share_folder (to_user)",
        "CREATE INDEX share_folder_from_domain ON share_folder (substr(from_user, strpos(from_user, '@') + 1))",
        "CREATE INDEX share_folder_to_domain ON share_folder (substr(to_user, strpos(to_user, '@') + 1))",
        """
        CREATE TABLE anyone_shares (
          from_user TEXT COLLATE "C" NOT NULL DEFAULT '' PRIMARY KEY,
          dummy     TEXT COLLATE "C" NOT NULL DEFAULT ''
        )
        """,
        "CREATE INDEX anyone_shares_domain ON anyone_shares (substr(from_user, strpos(from_user, '@') + 1))",
    ]
}

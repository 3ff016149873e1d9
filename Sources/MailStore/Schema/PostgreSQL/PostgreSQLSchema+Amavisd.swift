extension PostgreSQLSchema {
    /// Addresses are BYTEA, as amavisd binds them with iRedMail's `$sql_allow_8bit_address = 1`: PostgreSQL does not
    /// compare a TEXT with one.
    static let amavisd = [
        // PostgreSQL has this for texts only. With it, the domain of an address is spelled as everywhere.
        """
        CREATE FUNCTION strpos(content BYTEA, part TEXT) RETURNS INT4
          LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT position($2::bytea in $1)'
        """,
        // The text that an address holds in UTF-8; of one that holds none the format `escape`.
        """
        CREATE FUNCTION postern_text(content BYTEA) RETURNS TEXT
          LANGUAGE plpgsql IMMUTABLE STRICT AS $$
        BEGIN
          RETURN convert_from(content, 'UTF8');
        EXCEPTION
          WHEN character_not_in_repertoire OR untranslatable_character THEN RETURN encode(content, 'escape');
        END
        $$
        """,
        """
        CREATE TABLE users (
          id        BIGSERIAL PRIMARY KEY,
          priority  INT4 NOT NULL DEFAULT 7,
          policy_id INT8 NOT NULL DEFAULT 0,
          email     BYTEA NOT NULL UNIQUE CHECK (\(isLowerCase)),
          fullname  TEXT COLLATE "C"
        )
        """,
        "CREATE INDEX users_policy ON users (policy_id)",
        "CREATE INDEX users_domain ON users (substr(email, public.strpos(email, '@') + 1))",
        """
        CREATE TABLE mailaddr (
          id       BIGSERIAL PRIMARY KEY,
          priority INT4 NOT NULL DEFAULT 7,
          email    BYTEA NOT NULL UNIQUE CHECK (\(isLowerCase))
        )
        """,
        """
        CREATE TABLE wblist (
          rid INT8 NOT NULL,
          sid INT8 NOT NULL,
          wb  CHAR(1) NOT NULL,
          PRIMARY KEY (rid, sid)
        )
        """,
        "CREATE INDEX wblist_sid ON wblist (sid)",
        """
        CREATE TABLE outbound_wblist (
          rid INT8 NOT NULL,
          sid INT8 NOT NULL,
          wb  CHAR(1) NOT NULL,
          PRIMARY KEY (rid, sid)
        )
        """,
        "CREATE INDEX outbound_wblist_sid ON outbound_wblist (sid)",
        """
        CREATE TABLE policy (
          id                           BIGSERIAL PRIMARY KEY,
          policy_name                  TEXT COLLATE "C" NOT NULL UNIQUE DEFAULT '',
          virus_lover                  CHAR(1),
          spam_lover                   CHAR(1),
          unchecked_lover              CHAR(1),
          banned_files_lover           CHAR(1),
          bad_header_lover             CHAR(1),
          bypass_virus_checks          CHAR(1),
          bypass_spam_checks           CHAR(1),
          bypass_banned_checks         CHAR(1),
          bypass_header_checks         CHAR(1),
          virus_quarantine_to          TEXT COLLATE "C",
          spam_quarantine_to           TEXT COLLATE "C",
          banned_quarantine_to         TEXT COLLATE "C",
          unchecked_quarantine_to      TEXT COLLATE "C",
          bad_header_quarantine_to     TEXT COLLATE "C",
          clean_quarantine_to          TEXT COLLATE "C",
          archive_quarantine_to        TEXT COLLATE "C",
          spam_tag_level               REAL,
          spam_tag2_level              REAL,
          spam_tag3_level              REAL,
          spam_kill_level              REAL,
          spam_dsn_cutoff_level        REAL,
          spam_quarantine_cutoff_level REAL,
          addr_extension_virus         TEXT COLLATE "C",
          addr_extension_spam          TEXT COLLATE "C",
          addr_extension_banned        TEXT COLLATE "C",
          addr_extension_bad_header    TEXT COLLATE "C",
          warnvirusrecip               CHAR(1),
          warnbannedrecip              CHAR(1),
          warnbadhrecip                CHAR(1),
          newvirus_admin               TEXT COLLATE "C",
          virus_admin                  TEXT COLLATE "C",
          banned_admin                 TEXT COLLATE "C",
          bad_header_admin             TEXT COLLATE "C",
          spam_admin                   TEXT COLLATE "C",
          spam_subject_tag             TEXT COLLATE "C",
          spam_subject_tag2            TEXT COLLATE "C",
          spam_subject_tag3            TEXT COLLATE "C",
          message_size_limit           INT8,
          banned_rulenames             TEXT COLLATE "C",
          disclaimer_options           TEXT COLLATE "C",
          forward_method               TEXT COLLATE "C",
          sa_userconf                  TEXT COLLATE "C",
          sa_username                  TEXT COLLATE "C"
        )
        """,
    ]

    /// Ids that can never equal one of `users`: iRedAPD's outbound check mixes the two.
    static let amavisdSeed =
        ["ALTER SEQUENCE mailaddr_id_seq START WITH 1000000001 RESTART"] + Schema.amavisdGlobalPolicy

    /// Only A to Z, as SQLite's lower() has it: the escaped form of any bytes is ASCII, so this fails for none.
    private static let isLowerCase = "encode(email, 'escape') = lower(encode(email, 'escape') COLLATE \"C\")"
}

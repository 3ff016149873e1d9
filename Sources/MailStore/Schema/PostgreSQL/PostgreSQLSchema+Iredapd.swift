extension PostgreSQLSchema {
    static let throttling = [
        """
        CREATE TABLE throttle (
          id        BIGSERIAL PRIMARY KEY,
          account   TEXT COLLATE "C" NOT NULL,
          kind      TEXT COLLATE "C" NOT NULL DEFAULT 'outbound',
          priority  INT4 NOT NULL DEFAULT 0,
          period    INT8 NOT NULL DEFAULT 0,
          msg_size  INT8 NOT NULL DEFAULT -1,
          max_msgs  INT8 NOT NULL DEFAULT -1,
          max_quota INT8 NOT NULL DEFAULT -1,
          max_rcpts INT8 NOT NULL DEFAULT -1,
          UNIQUE (account, kind)
        )
        """,
        "CREATE INDEX throttle_domain ON throttle (substr(account, strpos(account, '@') + 1))",
        // `tid` is a `throttle.id`. It is no foreign key, as SQLite enforces none: with iRedMail's, which has no ON
        // DELETE, a throttle could not be deleted while iRedAPD goes on counting for it.
        """
        CREATE TABLE throttle_tracking (
          id               BIGSERIAL PRIMARY KEY,
          tid              INT8 NOT NULL DEFAULT 0,
          account          TEXT COLLATE "C" NOT NULL DEFAULT '',
          period           INT8 NOT NULL DEFAULT 0,
          cur_msgs         INT8 NOT NULL DEFAULT 0,
          cur_quota        INT8 NOT NULL DEFAULT 0,
          init_time        INT8 NOT NULL DEFAULT 0,
          last_time        INT8 NOT NULL DEFAULT 0,
          last_notify_time INT8 NOT NULL DEFAULT 0,
          UNIQUE (tid, account)
        )
        """,
    ]

    static let greylisting = [
        """
        CREATE TABLE greylisting (
          id              BIGSERIAL PRIMARY KEY,
          account         TEXT COLLATE "C" NOT NULL DEFAULT '',
          priority        INT4 NOT NULL DEFAULT 0,
          sender          TEXT COLLATE "C" NOT NULL DEFAULT '',
          sender_priority INT4 NOT NULL DEFAULT 0,
          comment         TEXT COLLATE "C" NOT NULL DEFAULT '',
          active          INT2 NOT NULL DEFAULT 1,
          UNIQUE (account, sender)
        )
        """,
        "CREATE INDEX greylisting_comment ON greylisting (comment)",
        "CREATE INDEX greylisting_domain ON greylisting (substr(account, strpos(account, '@') + 1))",
        """
        CREATE TABLE greylisting_whitelists (
          id      BIGSERIAL PRIMARY KEY,
          account TEXT COLLATE "C" NOT NULL DEFAULT '',
          sender  TEXT COLLATE "C" NOT NULL DEFAULT '',
          comment TEXT COLLATE "C" NOT NULL DEFAULT '',
          UNIQUE (account, sender)
        )
        """,
        "CREATE INDEX greylisting_whitelists_comment ON greylisting_whitelists (comment COLLATE \"C\")",
        """
        CREATE INDEX greylisting_whitelists_domain
            ON greylisting_whitelists (substr(account, strpos(account, '@') + 1))
        """,
        """
        CREATE TABLE greylisting_whitelist_domains (
          id     BIGSERIAL PRIMARY KEY,
          domain TEXT COLLATE "C" NOT NULL DEFAULT '' UNIQUE
        )
        """,
        """
        CREATE TABLE greylisting_whitelist_domain_spf (
          id      BIGSERIAL PRIMARY KEY,
          account TEXT COLLATE "C" NOT NULL DEFAULT '',
          sender  TEXT COLLATE "C" NOT NULL DEFAULT '',
          comment TEXT COLLATE "C" NOT NULL DEFAULT '',
          UNIQUE (account, sender)
        )
        """,
        "CREATE INDEX greylisting_whitelist_domain_spf_comment ON greylisting_whitelist_domain_spf (comment)",
        """
        CREATE TABLE greylisting_tracking (
          id             BIGSERIAL PRIMARY KEY,
          sender         TEXT COLLATE "C" NOT NULL,
          recipient      TEXT COLLATE "C" NOT NULL,
          client_address TEXT COLLATE "C" NOT NULL,
          sender_domain  TEXT COLLATE "C" NOT NULL DEFAULT '',
          rcpt_domain    TEXT COLLATE "C" NOT NULL DEFAULT '',
          init_time      INT8 NOT NULL DEFAULT 0,
          block_expired  INT8 NOT NULL DEFAULT 0,
          record_expired INT8 NOT NULL DEFAULT 0,
          blocked_count  INT8 NOT NULL DEFAULT 0,
          passed         INT2 NOT NULL DEFAULT 0,
          UNIQUE (sender, recipient, client_address)
        )
        """,
        "CREATE INDEX greylisting_tracking_client ON greylisting_tracking (client_address, passed)",
        "CREATE INDEX greylisting_tracking_sdom ON greylisting_tracking (sender_domain)",
        "CREATE INDEX greylisting_tracking_rdom ON greylisting_tracking (rcpt_domain)",
    ]

    static let iredapdPlugins = [
        """
        CREATE TABLE wblist_rdns (
          id   BIGSERIAL PRIMARY KEY,
          rdns TEXT COLLATE "C" NOT NULL DEFAULT '' UNIQUE,
          wb   CHAR(1) NOT NULL DEFAULT 'B'
        )
        """,
        """
        CREATE TABLE srs_exclude_domains (
          id     BIGSERIAL PRIMARY KEY,
          domain TEXT COLLATE "C" NOT NULL DEFAULT '' UNIQUE
        )
        """,
        """
        CREATE TABLE senderscore_cache (
          client_address TEXT COLLATE "C" NOT NULL DEFAULT '' PRIMARY KEY,
          score          INT4 DEFAULT 0,
          time           INT8 NOT NULL DEFAULT 0
        )
        """,
        "CREATE INDEX senderscore_cache_time ON senderscore_cache (time)",
        """
        CREATE TABLE smtp_sessions (
          id                  BIGSERIAL PRIMARY KEY,
          time                TIMESTAMP(0) NOT NULL DEFAULT date_trunc('second', now() AT TIME ZONE 'UTC'),
          time_num            INT8 NOT NULL DEFAULT 0,
          action              TEXT COLLATE "C" NOT NULL DEFAULT '',
          reason              TEXT COLLATE "C" NOT NULL DEFAULT '',
          instance            TEXT COLLATE "C" NOT NULL DEFAULT '',
          client_address      TEXT COLLATE "C" NOT NULL DEFAULT '',
          client_name         TEXT COLLATE "C" NOT NULL DEFAULT '',
          reverse_client_name TEXT COLLATE "C" NOT NULL DEFAULT '',
          helo_name           TEXT COLLATE "C" NOT NULL DEFAULT '',
          sender              TEXT COLLATE "C" NOT NULL DEFAULT '',
          sender_domain       TEXT COLLATE "C" NOT NULL DEFAULT '',
          sasl_username       TEXT COLLATE "C" NOT NULL DEFAULT '',
          sasl_domain         TEXT COLLATE "C" NOT NULL DEFAULT '',
          recipient           TEXT COLLATE "C" NOT NULL DEFAULT '',
          recipient_domain    TEXT COLLATE "C" NOT NULL DEFAULT '',
          encryption_protocol TEXT COLLATE "C" NOT NULL DEFAULT '',
          encryption_cipher   TEXT COLLATE "C" NOT NULL DEFAULT '',
          server_address      TEXT COLLATE "C" NOT NULL DEFAULT '',
          server_port         TEXT COLLATE "C" NOT NULL DEFAULT ''
        )
        """,
        "CREATE INDEX smtp_sessions_time_num ON smtp_sessions (time_num)",
    ]
}

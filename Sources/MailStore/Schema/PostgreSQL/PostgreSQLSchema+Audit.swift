extension PostgreSQLSchema {
    /// Tells a connection the rows it changes, once it has said `SET postern.audit = 'on'`: each by a notice
    /// `postern.audit`, whose detail is a JSON object of `table`, `kind` (insert, update, delete), `old` and `new`.
    /// These two are whole rows, password hashes included: with `log_min_messages = notice` or lower the server would
    /// keep them in its log.
    ///
    /// Values are as a SELECT shows them: numbers are JSON numbers, everything else is text. A BYTEA is the text it
    /// holds in UTF-8; one that holds none is in the format `escape`.
    static let auditFunctions = [
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
        // JSON has its own form of a time, with a T, and of bytes. The columns' types are looked up, since other
        // programs may have added some.
        """
        CREATE FUNCTION postern_audited(relation OID, content JSONB) RETURNS JSONB
          LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
        BEGIN
          RETURN content || coalesce(
            (SELECT jsonb_object_agg(
                      attname::TEXT,
                      CASE atttypid
                        WHEN 'bytea'::regtype THEN postern_text(decode(substr(content ->> attname::TEXT, 3), 'hex'))
                        ELSE replace(content ->> attname::TEXT, 'T', ' ')
                      END)
               FROM pg_attribute
              WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
                AND atttypid IN ('bytea'::regtype, 'timestamp'::regtype)),
            '{}');
        END
        $$
        """,
        """
        CREATE FUNCTION postern_audit() RETURNS trigger
          LANGUAGE plpgsql SET search_path = public, pg_temp SET bytea_output = 'hex' AS $$
        DECLARE
          change JSONB := jsonb_build_object('table', TG_TABLE_NAME, 'kind', lower(TG_OP));
        BEGIN
          IF TG_OP <> 'INSERT' THEN
            change := change || jsonb_build_object('old', postern_audited(TG_RELID, to_jsonb(OLD)));
          END IF;
          IF TG_OP <> 'DELETE' THEN
            change := change || jsonb_build_object('new', postern_audited(TG_RELID, to_jsonb(NEW)));
          END IF;
          RAISE NOTICE USING MESSAGE = 'postern.audit', DETAIL = change::TEXT;
          RETURN NULL;
        END
        $$
        """,
    ]

    /// All tables but the log itself, what triggers write, what other programs count, and the steps of long changes.
    static let auditedAccounts = [
        "domain", "alias_domain", "admin", "domain_admins", "domain_ownership", "mailbox", "deleted_mailboxes",
        "forwardings", "alias", "maillists", "moderators", "maillist_owners", "sender_bcc_domain",
        "recipient_bcc_domain", "sender_bcc_user", "recipient_bcc_user", "sender_relayhost", "list_requests",
    ]
    static let auditedPolicies = ["users", "mailaddr", "wblist", "outbound_wblist", "policy"]
    static let auditedThrottles = [
        "throttle", "greylisting", "greylisting_whitelists", "greylisting_whitelist_domains",
        "greylisting_whitelist_domain_spf", "wblist_rdns", "srs_exclude_domains",
    ]

    static func auditTriggers(on tables: [String]) -> [String] {
        tables.map {
            """
            CREATE TRIGGER postern_audit AFTER INSERT OR UPDATE OR DELETE ON \($0)
               FOR EACH ROW WHEN (current_setting('postern.audit', true) = 'on') EXECUTE FUNCTION postern_audit()
            """
        }
    }
}

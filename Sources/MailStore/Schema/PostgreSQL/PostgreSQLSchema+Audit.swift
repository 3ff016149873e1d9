extension PostgreSQLSchema {
    /// Tells a connection the rows it changes, once it has said `SET postern.audit = 'on'`: they are collected in the
    /// setting `postern.changes`, which ends with the transaction and forgets what is undone. Each is the table's name,
    /// the lengths in bytes of the row before and the row after, and these rows; a missing one is empty.
    ///
    /// When these are 100 kB, further rows are told by a notice `postern.audit`, with the table's name, the row before in
    /// the hint and the row after in the detail: the server sends each of these by itself. Rows are whole, password hashes
    /// included: with `log_min_messages = notice` or lower the server would keep these in its log.
    ///
    /// Rows are composite values, in the order of the columns, whatever these are: nothing is looked up, and every value
    /// is written as a SELECT of that connection would have it.
    static let auditFunctions = [
        """
        CREATE FUNCTION postern_audit() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
          kept    TEXT := coalesce(pg_catalog.current_setting('postern.changes', true), '');
          old_row TEXT := coalesce(OLD::TEXT, '');
          new_row TEXT := coalesce(NEW::TEXT, '');
        BEGIN
          IF pg_catalog.octet_length(kept) < 100000 THEN
            kept := pg_catalog.set_config(
              'postern.changes',
              pg_catalog.concat(
                kept, TG_TABLE_NAME, ' ', pg_catalog.octet_length(old_row), ' ', pg_catalog.octet_length(new_row), ' ',
                old_row, new_row),
              true);
          ELSE
            RAISE NOTICE USING MESSAGE = 'postern.audit', TABLE = TG_TABLE_NAME, HINT = old_row, DETAIL = new_row;
          END IF;
          RETURN NULL;
        END
        $$
        """
    ]

    /// All tables but the log itself, what triggers write, what other programs count, and the steps of long changes. The
    /// writer also learns from them that an admin it remembers has changed (`AdminColumns`).
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

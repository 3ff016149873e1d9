extension PostgreSQLSchema {
    /// Tells a connection the rows it changes, once it has said `SET postern.audit = 'on'`: each by a notice
    /// `postern.audit`, with the table's name, the row before in the hint and the row after in the detail; a missing one
    /// is empty. These are whole rows, password hashes included: with `log_min_messages = notice` or lower the server
    /// would keep them in its log.
    ///
    /// Rows are composite values, in the order of the columns, whatever these are: nothing is looked up, and every value
    /// is written as a SELECT of that connection would have it.
    static let auditFunctions = [
        """
        CREATE FUNCTION postern_audit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE NOTICE USING MESSAGE = 'postern.audit', TABLE = TG_TABLE_NAME,
            HINT = coalesce(OLD::TEXT, ''), DETAIL = coalesce(NEW::TEXT, '');
          RETURN NULL;
        END
        $$
        """
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

/// What the readers' tests look for: an ordinary domain, a disabled one, a backup MX, alias domains, and mailboxes
/// with one property each.
enum ReadersRows {
    /// - Parameter mail: directory below which the mailboxes lie.
    static func vmail(mail: String) -> String {
        """
        INSERT INTO domain (domain, active, backupmx, transport)
        VALUES ('open.example', 1, 0, 'dovecot'),
               ('plain.example', 1, 0, 'dovecot'),
               ('shut.example', 0, 0, 'dovecot'),
               ('backup.example', 1, 1, 'relay:[192.0.2.1]:25');
        INSERT INTO alias_domain (alias_domain, target_domain, active)
        VALUES ('other.example', 'open.example', 1),
               ('othershut.example', 'shut.example', 1),
               ('off.example', 'open.example', 0);

        INSERT INTO mailbox (username, domain)
        VALUES ('anna@open.example', 'open.example'),
               ('bert@open.example', 'open.example'),
               ('disabled@open.example', 'open.example'),
               ('nodelivery@open.example', 'open.example'),
               ('own@open.example', 'open.example'),
               ('net@open.example', 'open.example'),
               ('home@open.example', 'open.example'),
               ('plainonly@open.example', 'open.example'),
               ('tlsonly@open.example', 'open.example'),
               ('user@shut.example', 'shut.example'),
               ('user@backup.example', 'backup.example');
        UPDATE mailbox
           SET password = '{PLAIN}geheim', storagebasedirectory = '\(mail)', storagenode = 'node1',
               maildir = domain || '/' || username || '/';
        UPDATE mailbox SET quota = 10 WHERE username = 'anna@open.example';
        UPDATE mailbox SET active = 0 WHERE username = 'disabled@open.example';
        UPDATE mailbox SET enabledeliver = 0, enablesmtp = 0, enablelda = 0 WHERE username = 'nodelivery@open.example';
        UPDATE mailbox SET transport = 'lmtp:unix:private/dovecot-lmtp' WHERE username = 'own@open.example';
        UPDATE mailbox SET allow_nets = '192.0.2.0/24' WHERE username = 'net@open.example';
        UPDATE mailbox SET allow_nets = '127.0.0.0/8' WHERE username = 'home@open.example';
        UPDATE mailbox
           SET enableimapsecured = 0, enableimaptls = 0, enablesmtpsecured = 0, enablesmtptls = 0,
               enablesievesecured = 0, enablesievetls = 0
         WHERE username = 'plainonly@open.example';
        UPDATE mailbox
           SET enableimap = 0, enableimapsecured = 0, enablesmtp = 0, enablesmtpsecured = 0,
               enablesieve = 0, enablesievesecured = 0
         WHERE username = 'tlsonly@open.example';

        INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_forwarding, active)
        SELECT username, username, domain, domain, 1, active FROM mailbox;
        INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_alias)
        VALUES ('annie@open.example', 'anna@open.example', 'open.example', 'open.example', 1);
        INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_list)
        VALUES ('team@open.example', 'anna@open.example', 'open.example', 'open.example', 1),
               ('team@open.example', 'x@away.example', 'open.example', 'away.example', 1);
        INSERT INTO forwardings (address, forwarding, domain, dest_domain)
        VALUES ('open.example', 'bert@open.example', 'open.example', 'open.example');
        INSERT INTO maillists (address, domain, transport, mlid)
        VALUES ('news@open.example', 'open.example', 'mlmmj:open.example/news', '1'),
               ('empty@open.example', 'open.example', '', '2');
        INSERT INTO sender_bcc_user (username, bcc_address, domain)
        VALUES ('anna@open.example', 's@archive.example', 'open.example');
        INSERT INTO recipient_bcc_user (username, bcc_address, domain)
        VALUES ('anna@open.example', 'r@archive.example', 'open.example');
        INSERT INTO sender_bcc_domain (domain, bcc_address) VALUES ('open.example', 'sd@archive.example');
        INSERT INTO recipient_bcc_domain (domain, bcc_address) VALUES ('open.example', 'rd@archive.example');
        INSERT INTO sender_relayhost (account, relayhost)
        VALUES ('anna@open.example', '[192.0.2.9]:587'), ('@open.example', '[192.0.2.8]:587');
        """
    }

    /// bert's own policy, his domain's, and whom they list.
    static let amavisd = """
        INSERT INTO policy (policy_name, spam_tag2_level, spam_subject_tag2) VALUES ('@open.example', 4.5, '[SPAM] ');
        INSERT INTO policy (policy_name, spam_lover, spam_tag2_level) VALUES ('bert@open.example', 'N', 8);
        INSERT INTO users (email, priority, policy_id)
        SELECT '@open.example', 5, id FROM policy WHERE policy_name = '@open.example';
        INSERT INTO users (email, priority, policy_id)
        SELECT 'bert@open.example', 10, id FROM policy WHERE policy_name = 'bert@open.example';
        INSERT INTO mailaddr (email, priority) VALUES ('@bad.example', 5), ('good@bad.example', 10);
        INSERT INTO wblist (rid, sid, wb)
        SELECT users.id, mailaddr.id, CASE mailaddr.priority WHEN 5 THEN 'B' ELSE 'W' END
          FROM users, mailaddr WHERE users.email = '@open.example';
        """
}

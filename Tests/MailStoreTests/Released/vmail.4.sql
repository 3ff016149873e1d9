CREATE TABLE long_changes (
  domain      TEXT NOT NULL DEFAULT '' PRIMARY KEY,
  kind        TEXT NOT NULL DEFAULT '',     -- delete, or update of all mailboxes
  admin       TEXT NOT NULL DEFAULT '',     -- who asked for it
  begun       TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  position    TEXT NOT NULL DEFAULT '',     -- update: the last mailbox that was changed
  reach       TEXT NOT NULL DEFAULT '',     -- update: the admin beyond whose reach mailboxes are spared; '' none are
  delete_date TEXT DEFAULT NULL,            -- delete: as in deleted_mailboxes
  is_claim    INTEGER NOT NULL DEFAULT 0,   -- delete: the domain was only claimed; others' rows stay
  password    TEXT DEFAULT NULL,            -- update: what is written; NULL leaves a column alone
  language    TEXT DEFAULT NULL,
  transport   TEXT DEFAULT NULL,
  active      INTEGER DEFAULT NULL
) WITHOUT ROWID;

UPDATE forwardings SET active = 0
 WHERE is_alias = 1 AND active = 1
   AND NOT EXISTS (SELECT 1 FROM domain
                    WHERE domain.domain = substr(address, instr(address, '@') + 1) AND domain.active = 1)
   AND NOT EXISTS (SELECT 1 FROM alias_domain
                    WHERE alias_domain.alias_domain = substr(address, instr(address, '@') + 1)
                      AND alias_domain.active = 1);

DELETE FROM domain_ownership
 WHERE verified = 0
   AND (alias_domain = '' AND domain IN (SELECT domain FROM domain WHERE active = 1)
        OR alias_domain IN (SELECT alias_domain FROM alias_domain WHERE active = 1
                            UNION ALL SELECT domain FROM domain WHERE active = 1));

DELETE FROM domain_ownership
 WHERE verified = 0
   AND NOT EXISTS (SELECT 1 FROM domain_admins
                    WHERE domain_admins.username = domain_ownership.admin
                      AND domain_admins.domain = domain_ownership.domain)
   AND EXISTS (SELECT 1 FROM domain_ownership AS other
                 JOIN domain_admins ON domain_admins.username = other.admin
                                   AND domain_admins.domain = other.domain
                WHERE other.domain = domain_ownership.domain
                  AND other.alias_domain = domain_ownership.alias_domain AND other.verified = 0);

UPDATE domain_ownership SET expire = 253402214400 WHERE verified = 0;

DELETE FROM domain_ownership
 WHERE verified = 1 AND admin NOT IN (SELECT username FROM admin) AND admin NOT IN (SELECT username FROM mailbox);

UPDATE domain_ownership SET admin = '#' || id, verify_code = ''
 WHERE admin NOT IN (SELECT username FROM admin) AND admin NOT IN (SELECT username FROM mailbox);

UPDATE forwardings SET active = 1
 WHERE active = 0 AND is_alias = 0
   AND EXISTS (SELECT 1 FROM mailbox
                 JOIN domain ON domain.domain = mailbox.domain
                 JOIN domain_ownership ON domain_ownership.domain = domain.domain
                WHERE mailbox.username = forwardings.forwarding AND mailbox.active = 0
                  AND mailbox.domain <> forwardings.domain AND domain.active = 0
                  AND domain_ownership.alias_domain = '' AND domain_ownership.verified = 0)
   AND NOT EXISTS (SELECT 1 FROM mailbox WHERE username = forwardings.address AND active = 0)
   AND NOT EXISTS (SELECT 1 FROM alias WHERE alias.address = forwardings.address AND active = 0)
   AND NOT EXISTS (SELECT 1 FROM maillists WHERE maillists.address = forwardings.address AND active = 0);

DELETE FROM sender_relayhost
 WHERE EXISTS (SELECT 1 FROM domain
                 JOIN domain_ownership ON domain_ownership.domain = domain.domain
                WHERE domain.domain = substr(account, instr(account, '@') + 1) AND domain.active = 0
                  AND domain_ownership.alias_domain = '' AND domain_ownership.verified = 0);

CREATE TABLE domain_totals (
  domain    TEXT NOT NULL DEFAULT '' PRIMARY KEY,
  mailboxes INTEGER NOT NULL DEFAULT 0,
  quota     INTEGER NOT NULL DEFAULT 0,  -- of all mailboxes together, MB
  aliases   INTEGER NOT NULL DEFAULT 0,  -- besides those that only accompany a mailing list
  maillists INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

INSERT INTO domain_totals (domain, mailboxes, quota, aliases, maillists)
SELECT domain, SUM(mailboxes), SUM(quota), SUM(aliases), SUM(maillists)
  FROM (SELECT domain, 1 AS mailboxes, quota, 0 AS aliases, 0 AS maillists FROM mailbox
        UNION ALL
        SELECT domain, 0, 0, address NOT IN (SELECT address FROM maillists), 0 FROM alias
        UNION ALL
        SELECT domain, 0, 0, 0, 1 FROM maillists)
 GROUP BY domain;

CREATE TRIGGER domain_totals_mailbox_insert AFTER INSERT ON mailbox BEGIN INSERT INTO domain_totals (domain, mailboxes, quota)
VALUES (NEW.domain, +(1), +(NEW.quota))
    ON CONFLICT (domain) DO UPDATE
   SET mailboxes = mailboxes + excluded.mailboxes, quota = quota + excluded.quota;
 DELETE FROM domain_totals WHERE domain = NEW.domain AND mailboxes = 0 AND aliases = 0 AND maillists = 0; END;

CREATE TRIGGER domain_totals_mailbox_delete AFTER DELETE ON mailbox BEGIN INSERT INTO domain_totals (domain, mailboxes, quota)
VALUES (OLD.domain, -(1), -(OLD.quota))
    ON CONFLICT (domain) DO UPDATE
   SET mailboxes = mailboxes + excluded.mailboxes, quota = quota + excluded.quota;
 DELETE FROM domain_totals WHERE domain = OLD.domain AND mailboxes = 0 AND aliases = 0 AND maillists = 0; END;

CREATE TRIGGER domain_totals_mailbox_move AFTER UPDATE OF domain ON mailbox
  WHEN OLD.domain <> NEW.domain
BEGIN
  INSERT INTO domain_totals (domain, mailboxes, quota)
VALUES (OLD.domain, -(1), -(OLD.quota))
    ON CONFLICT (domain) DO UPDATE
   SET mailboxes = mailboxes + excluded.mailboxes, quota = quota + excluded.quota;
 INSERT INTO domain_totals (domain, mailboxes, quota)
VALUES (NEW.domain, +(1), +(NEW.quota))
    ON CONFLICT (domain) DO UPDATE
   SET mailboxes = mailboxes + excluded.mailboxes, quota = quota + excluded.quota;
 DELETE FROM domain_totals WHERE domain = OLD.domain AND mailboxes = 0 AND aliases = 0 AND maillists = 0; DELETE FROM domain_totals WHERE domain = NEW.domain AND mailboxes = 0 AND aliases = 0 AND maillists = 0;
END;

CREATE TRIGGER domain_totals_mailbox_update AFTER UPDATE OF quota ON mailbox
  WHEN NOT (OLD.domain <> NEW.domain)
BEGIN
  UPDATE domain_totals SET quota = quota + NEW.quota - OLD.quota WHERE domain = NEW.domain;
END;

CREATE TRIGGER domain_totals_alias_insert AFTER INSERT ON alias BEGIN INSERT INTO domain_totals (domain, aliases)
VALUES (NEW.domain, +(NOT EXISTS (SELECT 1 FROM maillists WHERE maillists.address = NEW.address)))
    ON CONFLICT (domain) DO UPDATE
   SET aliases = aliases + excluded.aliases;
 DELETE FROM domain_totals WHERE domain = NEW.domain AND mailboxes = 0 AND aliases = 0 AND maillists = 0; END;

CREATE TRIGGER domain_totals_alias_delete AFTER DELETE ON alias BEGIN INSERT INTO domain_totals (domain, aliases)
VALUES (OLD.domain, -(NOT EXISTS (SELECT 1 FROM maillists WHERE maillists.address = OLD.address)))
    ON CONFLICT (domain) DO UPDATE
   SET aliases = aliases + excluded.aliases;
 DELETE FROM domain_totals WHERE domain = OLD.domain AND mailboxes = 0 AND aliases = 0 AND maillists = 0; END;

CREATE TRIGGER domain_totals_alias_move AFTER UPDATE OF address, domain ON alias
  WHEN OLD.address <> NEW.address OR OLD.domain <> NEW.domain
BEGIN
  INSERT INTO domain_totals (domain, aliases)
VALUES (OLD.domain, -(NOT EXISTS (SELECT 1 FROM maillists WHERE maillists.address = OLD.address)))
    ON CONFLICT (domain) DO UPDATE
   SET aliases = aliases + excluded.aliases;
 INSERT INTO domain_totals (domain, aliases)
VALUES (NEW.domain, +(NOT EXISTS (SELECT 1 FROM maillists WHERE maillists.address = NEW.address)))
    ON CONFLICT (domain) DO UPDATE
   SET aliases = aliases + excluded.aliases;
 DELETE FROM domain_totals WHERE domain = OLD.domain AND mailboxes = 0 AND aliases = 0 AND maillists = 0; DELETE FROM domain_totals WHERE domain = NEW.domain AND mailboxes = 0 AND aliases = 0 AND maillists = 0;
END;

CREATE TRIGGER domain_totals_maillists_insert AFTER INSERT ON maillists BEGIN INSERT INTO domain_totals (domain, maillists)
VALUES (NEW.domain, +(1))
    ON CONFLICT (domain) DO UPDATE
   SET maillists = maillists + excluded.maillists;
INSERT INTO domain_totals (domain, aliases)
SELECT alias.domain, -1 FROM alias WHERE alias.address = NEW.address
    ON CONFLICT (domain) DO UPDATE SET aliases = aliases + excluded.aliases; DELETE FROM domain_totals WHERE domain = NEW.domain AND mailboxes = 0 AND aliases = 0 AND maillists = 0; END;

CREATE TRIGGER domain_totals_maillists_delete AFTER DELETE ON maillists BEGIN INSERT INTO domain_totals (domain, maillists)
VALUES (OLD.domain, -(1))
    ON CONFLICT (domain) DO UPDATE
   SET maillists = maillists + excluded.maillists;
INSERT INTO domain_totals (domain, aliases)
SELECT alias.domain, +1 FROM alias WHERE alias.address = OLD.address
    ON CONFLICT (domain) DO UPDATE SET aliases = aliases + excluded.aliases; DELETE FROM domain_totals WHERE domain = OLD.domain AND mailboxes = 0 AND aliases = 0 AND maillists = 0; END;

CREATE TRIGGER domain_totals_maillists_move AFTER UPDATE OF address, domain ON maillists
  WHEN OLD.address <> NEW.address OR OLD.domain <> NEW.domain
BEGIN
  INSERT INTO domain_totals (domain, maillists)
VALUES (OLD.domain, -(1))
    ON CONFLICT (domain) DO UPDATE
   SET maillists = maillists + excluded.maillists;
INSERT INTO domain_totals (domain, aliases)
SELECT alias.domain, +1 FROM alias WHERE alias.address = OLD.address
    ON CONFLICT (domain) DO UPDATE SET aliases = aliases + excluded.aliases; INSERT INTO domain_totals (domain, maillists)
VALUES (NEW.domain, +(1))
    ON CONFLICT (domain) DO UPDATE
   SET maillists = maillists + excluded.maillists;
INSERT INTO domain_totals (domain, aliases)
SELECT alias.domain, -1 FROM alias WHERE alias.address = NEW.address
    ON CONFLICT (domain) DO UPDATE SET aliases = aliases + excluded.aliases; DELETE FROM domain_totals WHERE domain = OLD.domain AND mailboxes = 0 AND aliases = 0 AND maillists = 0; DELETE FROM domain_totals WHERE domain = NEW.domain AND mailboxes = 0 AND aliases = 0 AND maillists = 0;
END;

CREATE INDEX forwardings_received
    ON forwardings (dest_domain, forwarding) WHERE is_alias = 1 OR is_list = 1;

DROP INDEX domain_admins_username_domain;

CREATE INDEX domain_admins_username_domain
    ON domain_admins (substr(username, instr(username, '@') + 1), username);

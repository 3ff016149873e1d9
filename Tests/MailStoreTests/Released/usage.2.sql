CREATE TABLE used_quota_totals (
  domain    TEXT NOT NULL DEFAULT '' PRIMARY KEY,
  mailboxes INTEGER NOT NULL DEFAULT 0,
  bytes     INTEGER NOT NULL DEFAULT 0,
  messages  INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

INSERT INTO used_quota_totals (domain, mailboxes, bytes, messages)
SELECT domain, COUNT(*), SUM(bytes), SUM(messages) FROM used_quota GROUP BY domain;

CREATE TRIGGER used_quota_totals_used_quota_insert AFTER INSERT ON used_quota BEGIN INSERT INTO used_quota_totals (domain, bytes, mailboxes, messages)
VALUES (NEW.domain, +(NEW.bytes), +(1), +(NEW.messages))
    ON CONFLICT (domain) DO UPDATE
   SET bytes = bytes + excluded.bytes, mailboxes = mailboxes + excluded.mailboxes, messages = messages + excluded.messages;
 DELETE FROM used_quota_totals WHERE domain = NEW.domain AND mailboxes = 0; END;

CREATE TRIGGER used_quota_totals_used_quota_delete AFTER DELETE ON used_quota BEGIN INSERT INTO used_quota_totals (domain, bytes, mailboxes, messages)
VALUES (OLD.domain, -(OLD.bytes), -(1), -(OLD.messages))
    ON CONFLICT (domain) DO UPDATE
   SET bytes = bytes + excluded.bytes, mailboxes = mailboxes + excluded.mailboxes, messages = messages + excluded.messages;
 DELETE FROM used_quota_totals WHERE domain = OLD.domain AND mailboxes = 0; END;

CREATE TRIGGER used_quota_totals_used_quota_move AFTER UPDATE OF domain ON used_quota
  WHEN OLD.domain <> NEW.domain
BEGIN
  INSERT INTO used_quota_totals (domain, bytes, mailboxes, messages)
VALUES (OLD.domain, -(OLD.bytes), -(1), -(OLD.messages))
    ON CONFLICT (domain) DO UPDATE
   SET bytes = bytes + excluded.bytes, mailboxes = mailboxes + excluded.mailboxes, messages = messages + excluded.messages;
 INSERT INTO used_quota_totals (domain, bytes, mailboxes, messages)
VALUES (NEW.domain, +(NEW.bytes), +(1), +(NEW.messages))
    ON CONFLICT (domain) DO UPDATE
   SET bytes = bytes + excluded.bytes, mailboxes = mailboxes + excluded.mailboxes, messages = messages + excluded.messages;
 DELETE FROM used_quota_totals WHERE domain = OLD.domain AND mailboxes = 0; DELETE FROM used_quota_totals WHERE domain = NEW.domain AND mailboxes = 0;
END;

CREATE TRIGGER used_quota_totals_used_quota_update AFTER UPDATE OF bytes, messages ON used_quota
  WHEN NOT (OLD.domain <> NEW.domain)
BEGIN
  UPDATE used_quota_totals SET bytes = bytes + NEW.bytes - OLD.bytes, messages = messages + NEW.messages - OLD.messages WHERE domain = NEW.domain;
END;

DROP INDEX used_quota_domain;

CREATE INDEX used_quota_domain ON used_quota (domain, username);

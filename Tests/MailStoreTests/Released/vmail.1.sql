CREATE TABLE domain (
  domain      TEXT NOT NULL DEFAULT '' PRIMARY KEY,
  description TEXT NOT NULL DEFAULT '',
  disclaimer  TEXT NOT NULL DEFAULT '',
  aliases     INTEGER NOT NULL DEFAULT 0,  -- how many aliases may exist; 0 no limit, -1 none
  mailboxes   INTEGER NOT NULL DEFAULT 0,  -- how many mailboxes may exist; 0 no limit, -1 none
  maillists   INTEGER NOT NULL DEFAULT 0,  -- how many mailing lists may exist; 0 no limit, -1 none
  maxquota    INTEGER NOT NULL DEFAULT 0,  -- MB for all mailboxes together; 0 no limit
  quota       INTEGER NOT NULL DEFAULT 0,  -- historical, unused
  transport   TEXT NOT NULL DEFAULT 'dovecot',  -- Postfix transport[:nexthop]; never empty
  settings    TEXT NOT NULL DEFAULT '',    -- 'key:value;key:value;'
  backupmx    INTEGER NOT NULL DEFAULT 0,  -- 1: we only relay for this domain
  created     TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  modified    TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  expired     TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
  active      INTEGER NOT NULL DEFAULT 1   -- 0: no mail, no logins
);

CREATE INDEX domain_disabled ON domain (domain) WHERE active = 0;

CREATE INDEX domain_backupmx ON domain (domain) WHERE backupmx = 1;

CREATE INDEX domain_expired ON domain (expired) WHERE expired < '9999-12-31 00:00:00';

CREATE TABLE alias_domain (
  alias_domain  TEXT NOT NULL DEFAULT '' PRIMARY KEY,
  target_domain TEXT NOT NULL DEFAULT '',  -- the domain.domain whose addresses it takes
  created       TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  modified      TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  active        INTEGER NOT NULL DEFAULT 1
);

CREATE INDEX alias_domain_target_domain ON alias_domain (target_domain);

CREATE INDEX alias_domain_disabled ON alias_domain (target_domain, alias_domain) WHERE active = 0;

CREATE TABLE admin (
  username           TEXT NOT NULL DEFAULT '' PRIMARY KEY,  -- an address whose domain is not hosted here
  password           TEXT NOT NULL DEFAULT '',   -- hash with its {SCHEME}
  name               TEXT NOT NULL DEFAULT '',
  language           TEXT NOT NULL DEFAULT '',   -- e.g. en_US
  passwordlastchange TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  settings           TEXT NOT NULL DEFAULT '',   -- 'key:value;key:value;'
  created            TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  modified           TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  expired            TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
  active             INTEGER NOT NULL DEFAULT 1
);

CREATE INDEX admin_disabled ON admin (username) WHERE active = 0;

CREATE INDEX admin_expired ON admin (expired) WHERE expired < '9999-12-31 00:00:00';

CREATE TABLE domain_admins (
  username TEXT NOT NULL DEFAULT '',  -- a standalone admin or a mailbox
  domain   TEXT NOT NULL DEFAULT '',  -- a domain name, or 'ALL' for a global admin
  created  TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  modified TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  expired  TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
  active   INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (username, domain)
);

CREATE INDEX domain_admins_domain ON domain_admins (domain);

CREATE INDEX domain_admins_username_domain
    ON domain_admins (substr(username, instr(username, '@') + 1));

CREATE INDEX domain_admins_disabled ON domain_admins (domain, username) WHERE active = 0;

CREATE INDEX domain_admins_expired ON domain_admins (expired) WHERE expired < '9999-12-31 00:00:00';

CREATE TABLE domain_ownership (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  admin        TEXT NOT NULL DEFAULT '',     -- who must prove that the domain is theirs
  domain       TEXT NOT NULL DEFAULT '',
  alias_domain TEXT NOT NULL DEFAULT '',     -- '' when the domain itself is to be proved
  verify_code  TEXT NOT NULL DEFAULT '',     -- what is to be published
  verified     INTEGER NOT NULL DEFAULT 0,
  message      TEXT NOT NULL DEFAULT '',     -- why the last try failed
  last_verify  TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  expire       INTEGER NOT NULL DEFAULT 0,   -- seconds since 1970
  UNIQUE (admin, domain, alias_domain)
);

CREATE INDEX domain_ownership_domain ON domain_ownership (domain);

CREATE INDEX domain_ownership_alias_domain ON domain_ownership (alias_domain);

CREATE INDEX domain_ownership_expire ON domain_ownership (expire);

CREATE TABLE mailbox (
  username             TEXT NOT NULL DEFAULT '' PRIMARY KEY,   -- the address
  password             TEXT NOT NULL DEFAULT '',    -- hash with its {SCHEME}; without one Dovecot takes CRYPT
  name                 TEXT NOT NULL DEFAULT '',
  language             TEXT NOT NULL DEFAULT '',    -- e.g. en_US
  first_name           TEXT NOT NULL DEFAULT '',
  last_name            TEXT NOT NULL DEFAULT '',
  mobile               TEXT NOT NULL DEFAULT '',
  telephone            TEXT NOT NULL DEFAULT '',
  recovery_email       TEXT NOT NULL DEFAULT '',
  birthday             TEXT NOT NULL DEFAULT '0001-01-01',
  mailboxformat        TEXT NOT NULL DEFAULT 'maildir',  -- Dovecot's name of a mailbox format
  mailboxfolder        TEXT NOT NULL DEFAULT 'Maildir',  -- below the home directory
  storagebasedirectory TEXT NOT NULL DEFAULT '',    -- home = base/node/maildir, e.g. /var/vmail
  storagenode          TEXT NOT NULL DEFAULT '',    -- e.g. vmail1
  maildir              TEXT NOT NULL DEFAULT '',    -- e.g. dom.com/u/s/e/user-2026.01.31.23.59.59/
  quota                INTEGER NOT NULL DEFAULT 0,  -- MB of 1048576 bytes; 0 no limit
  domain               TEXT NOT NULL DEFAULT '',    -- domain part of username
  transport            TEXT NOT NULL DEFAULT '',    -- '' as the domain; else Postfix transport[:nexthop]
  department           TEXT NOT NULL DEFAULT '',
  rank                 TEXT NOT NULL DEFAULT 'normal',
  employeeid           TEXT NOT NULL DEFAULT '',
  isadmin              INTEGER NOT NULL DEFAULT 0,  -- manages domains, see domain_admins
  isglobaladmin        INTEGER NOT NULL DEFAULT 0,  -- manages everything
  enablesmtp           INTEGER NOT NULL DEFAULT 1,  -- may send: login, and use of its address as sender
  enablesmtpsecured    INTEGER NOT NULL DEFAULT 1,
  enablesmtptls        INTEGER NOT NULL DEFAULT 1,
  enablepop3           INTEGER NOT NULL DEFAULT 1,
  enablepop3secured    INTEGER NOT NULL DEFAULT 1,
  enablepop3tls        INTEGER NOT NULL DEFAULT 1,
  enableimap           INTEGER NOT NULL DEFAULT 1,
  enableimapsecured    INTEGER NOT NULL DEFAULT 1,
  enableimaptls        INTEGER NOT NULL DEFAULT 1,
  enabledeliver        INTEGER NOT NULL DEFAULT 1,  -- 0: Postfix refuses mail for it
  enablelda            INTEGER NOT NULL DEFAULT 1,
  enablemanagesieve         INTEGER NOT NULL DEFAULT 1,
  enablemanagesievesecured  INTEGER NOT NULL DEFAULT 1,
  enablemanagesievetls      INTEGER NOT NULL DEFAULT 1,
  enablesieve          INTEGER NOT NULL DEFAULT 1,  -- what Dovecot asks for ManageSieve
  enablesievesecured   INTEGER NOT NULL DEFAULT 1,
  enablesievetls       INTEGER NOT NULL DEFAULT 1,
  enableinternal       INTEGER NOT NULL DEFAULT 1,
  enabledoveadm        INTEGER NOT NULL DEFAULT 1,
  "enablelib-storage"  INTEGER NOT NULL DEFAULT 1,
  "enablequota-status" INTEGER NOT NULL DEFAULT 1,
  "enableindexer-worker" INTEGER NOT NULL DEFAULT 1,
  enablelmtp           INTEGER NOT NULL DEFAULT 1,
  enabledsync          INTEGER NOT NULL DEFAULT 1,
  enablesogo           INTEGER NOT NULL DEFAULT 1,
  enablesogowebmail    TEXT NOT NULL DEFAULT 'y',   -- SOGo wants 'y' or 'n'
  enablesogocalendar   TEXT NOT NULL DEFAULT 'y',
  enablesogoactivesync TEXT NOT NULL DEFAULT 'y',
  allow_nets           TEXT DEFAULT NULL,           -- networks that may log in; NULL any, '' would be none
  disclaimer           TEXT NOT NULL DEFAULT '',
  settings             TEXT NOT NULL DEFAULT '',    -- 'key:value;key:value;'
  passwordlastchange   TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  created              TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  modified             TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  expired              TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
  active               INTEGER NOT NULL DEFAULT 1   -- 0: no mail, no logins
);

CREATE INDEX mailbox_domain ON mailbox (domain, username, quota);

CREATE INDEX mailbox_disabled ON mailbox (domain, username) WHERE active = 0;

CREATE INDEX mailbox_expired ON mailbox (expired) WHERE expired < '9999-12-31 00:00:00';

CREATE INDEX mailbox_admins ON mailbox (domain, username) WHERE isadmin = 1;

CREATE INDEX mailbox_global_admins ON mailbox (domain, username) WHERE isglobaladmin = 1;

CREATE INDEX mailbox_path
    ON mailbox (storagebasedirectory || '/' || storagenode || '/' || maildir);

CREATE TABLE deleted_mailboxes (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  timestamp   TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  username    TEXT NOT NULL DEFAULT '',
  domain      TEXT NOT NULL DEFAULT '',
  maildir     TEXT NOT NULL DEFAULT '',    -- absolute path
  bytes       INTEGER NOT NULL DEFAULT 0,  -- what used_quota said
  messages    INTEGER NOT NULL DEFAULT 0,
  admin       TEXT NOT NULL DEFAULT '',    -- who deleted it
  delete_date TEXT DEFAULT NULL            -- YYYY-MM-DD when the files may go; NULL never
);

CREATE INDEX deleted_mailboxes_domain ON deleted_mailboxes (domain);

CREATE INDEX deleted_mailboxes_username ON deleted_mailboxes (username);

CREATE INDEX deleted_mailboxes_maildir ON deleted_mailboxes (maildir);

CREATE INDEX deleted_mailboxes_delete_date
    ON deleted_mailboxes (delete_date) WHERE delete_date IS NOT NULL;

CREATE TABLE forwardings (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  address       TEXT NOT NULL DEFAULT '',    -- the address mail is sent to
  forwarding    TEXT NOT NULL DEFAULT '',    -- where it goes; the same address for a mailbox's own copy
  domain        TEXT NOT NULL DEFAULT '',    -- the mail domain Postfix joins on, not always that of address
  dest_domain   TEXT NOT NULL DEFAULT '',    -- domain part of forwarding
  is_maillist   INTEGER NOT NULL DEFAULT 0,  -- subscriber of a list of an external list manager
  is_list       INTEGER NOT NULL DEFAULT 0,  -- member of an alias or a mailing list
  is_forwarding INTEGER NOT NULL DEFAULT 0,  -- a mailbox's own copy or forwarding
  is_alias      INTEGER NOT NULL DEFAULT 0,  -- address is a further address of the mailbox forwarding
  active        INTEGER NOT NULL DEFAULT 1,  -- 1 iff address is active and forwarding is not a disabled mailbox
  UNIQUE (address, forwarding)
);

CREATE INDEX forwardings_forwarding ON forwardings (forwarding);

CREATE INDEX forwardings_domain ON forwardings (domain);

CREATE INDEX forwardings_dest_domain ON forwardings (dest_domain);

CREATE INDEX forwardings_disabled ON forwardings (domain, address) WHERE active = 0;

CREATE INDEX forwardings_is_maillist ON forwardings (domain, address) WHERE is_maillist = 1;

CREATE INDEX forwardings_is_list ON forwardings (domain, address) WHERE is_list = 1;

CREATE INDEX forwardings_is_forwarding
    ON forwardings (domain, address) WHERE is_forwarding = 1 AND forwarding <> address;

CREATE INDEX forwardings_is_alias
    ON forwardings (substr(address, instr(address, '@') + 1)) WHERE is_alias = 1;

CREATE TABLE alias (
  address      TEXT NOT NULL DEFAULT '' PRIMARY KEY,
  name         TEXT NOT NULL DEFAULT '',
  accesspolicy TEXT NOT NULL DEFAULT '',  -- who may write to it: public, domain, membersonly …
  domain       TEXT NOT NULL DEFAULT '',
  created      TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  modified     TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  expired      TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
  active       INTEGER NOT NULL DEFAULT 1
);

CREATE INDEX alias_domain_of_address ON alias (domain, address);

CREATE INDEX alias_disabled ON alias (domain, address) WHERE active = 0;

CREATE INDEX alias_expired ON alias (expired) WHERE expired < '9999-12-31 00:00:00';

CREATE TABLE maillists (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  address       TEXT NOT NULL DEFAULT '' UNIQUE,
  domain        TEXT NOT NULL DEFAULT '',
  transport     TEXT NOT NULL DEFAULT '',    -- Postfix transport[:nexthop]; never empty in a row
  accesspolicy  TEXT NOT NULL DEFAULT '',
  maxmsgsize    INTEGER NOT NULL DEFAULT 0,  -- bytes; 0 no limit
  name          TEXT NOT NULL DEFAULT '',
  description   TEXT DEFAULT NULL,           -- NULL none
  mlid          TEXT NOT NULL DEFAULT '' UNIQUE,  -- 36 characters, a UUID
  is_newsletter INTEGER NOT NULL DEFAULT 0,
  settings      TEXT DEFAULT NULL,           -- NULL none; else 'key:value;key:value;'
  created       TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  modified      TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  expired       TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
  active        INTEGER NOT NULL DEFAULT 1
);

CREATE INDEX maillists_domain ON maillists (domain, address);

CREATE INDEX maillists_disabled ON maillists (domain, address) WHERE active = 0;

CREATE INDEX maillists_expired ON maillists (expired) WHERE expired < '9999-12-31 00:00:00';

CREATE TABLE moderators (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  address     TEXT NOT NULL DEFAULT '',  -- the alias or list
  moderator   TEXT NOT NULL DEFAULT '',
  domain      TEXT NOT NULL DEFAULT '',  -- of address
  dest_domain TEXT NOT NULL DEFAULT '',  -- of moderator
  UNIQUE (address, moderator)
);

CREATE INDEX moderators_moderator ON moderators (moderator);

CREATE INDEX moderators_domain ON moderators (domain);

CREATE INDEX moderators_dest_domain ON moderators (dest_domain);

CREATE TABLE maillist_owners (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  address     TEXT NOT NULL DEFAULT '',  -- the list
  owner       TEXT NOT NULL DEFAULT '',
  domain      TEXT NOT NULL DEFAULT '',  -- of address
  dest_domain TEXT NOT NULL DEFAULT '',  -- of owner
  UNIQUE (address, owner)
);

CREATE INDEX maillist_owners_owner ON maillist_owners (owner);

CREATE INDEX maillist_owners_domain ON maillist_owners (domain);

CREATE INDEX maillist_owners_dest_domain ON maillist_owners (dest_domain);

CREATE TABLE sender_bcc_domain (
  domain      TEXT NOT NULL DEFAULT '' PRIMARY KEY,
  bcc_address TEXT NOT NULL DEFAULT '',
  created     TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  modified    TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  expired     TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
  active      INTEGER NOT NULL DEFAULT 1
);

CREATE INDEX sender_bcc_domain_bcc_address ON sender_bcc_domain (bcc_address);

CREATE INDEX sender_bcc_domain_disabled ON sender_bcc_domain (domain) WHERE active = 0;

CREATE INDEX sender_bcc_domain_expired ON sender_bcc_domain (expired) WHERE expired < '9999-12-31 00:00:00';

CREATE TABLE recipient_bcc_domain (
  domain      TEXT NOT NULL DEFAULT '' PRIMARY KEY,
  bcc_address TEXT NOT NULL DEFAULT '',
  created     TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  modified    TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  expired     TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
  active      INTEGER NOT NULL DEFAULT 1
);

CREATE INDEX recipient_bcc_domain_bcc_address ON recipient_bcc_domain (bcc_address);

CREATE INDEX recipient_bcc_domain_disabled ON recipient_bcc_domain (domain) WHERE active = 0;

CREATE INDEX recipient_bcc_domain_expired ON recipient_bcc_domain (expired) WHERE expired < '9999-12-31 00:00:00';

CREATE TABLE sender_bcc_user (
  username    TEXT NOT NULL DEFAULT '' PRIMARY KEY,
  bcc_address TEXT NOT NULL DEFAULT '',
  domain      TEXT NOT NULL DEFAULT '',  -- of username
  created     TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  modified    TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  expired     TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
  active      INTEGER NOT NULL DEFAULT 1
);

CREATE INDEX sender_bcc_user_bcc_address ON sender_bcc_user (bcc_address);

CREATE INDEX sender_bcc_user_domain ON sender_bcc_user (domain);

CREATE INDEX sender_bcc_user_disabled ON sender_bcc_user (domain, username) WHERE active = 0;

CREATE INDEX sender_bcc_user_expired ON sender_bcc_user (expired) WHERE expired < '9999-12-31 00:00:00';

CREATE TABLE recipient_bcc_user (
  username    TEXT NOT NULL DEFAULT '' PRIMARY KEY,
  bcc_address TEXT NOT NULL DEFAULT '',
  domain      TEXT NOT NULL DEFAULT '',  -- of username
  created     TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  modified    TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
  expired     TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
  active      INTEGER NOT NULL DEFAULT 1
);

CREATE INDEX recipient_bcc_user_bcc_address ON recipient_bcc_user (bcc_address);

CREATE INDEX recipient_bcc_user_domain ON recipient_bcc_user (domain);

CREATE INDEX recipient_bcc_user_disabled ON recipient_bcc_user (domain, username) WHERE active = 0;

CREATE INDEX recipient_bcc_user_expired ON recipient_bcc_user (expired) WHERE expired < '9999-12-31 00:00:00';

CREATE TABLE sender_relayhost (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  account   TEXT NOT NULL DEFAULT '' UNIQUE,  -- sender: user@domain or @domain
  relayhost TEXT NOT NULL DEFAULT ''          -- next hop, e.g. [host]:port; never empty in a row
);

CREATE INDEX sender_relayhost_domain
    ON sender_relayhost (substr(account, instr(account, '@') + 1));

CREATE TABLE log (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  timestamp TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  admin     TEXT NOT NULL DEFAULT '',
  ip        TEXT NOT NULL DEFAULT '',      -- the client's address
  domain    TEXT NOT NULL DEFAULT '',      -- '' when none is concerned
  username  TEXT NOT NULL DEFAULT '',      -- the account; '' when none is concerned
  event     TEXT NOT NULL DEFAULT '',      -- login, create, update, delete
  loglevel  TEXT NOT NULL DEFAULT 'info',
  msg       TEXT NOT NULL DEFAULT ''
);

CREATE INDEX log_timestamp ON log (timestamp);

CREATE INDEX log_admin ON log (admin);

CREATE INDEX log_domain ON log (domain);

CREATE INDEX log_username ON log (username);

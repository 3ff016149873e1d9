"""Servers that an iRedMail server is taken over from: each with iRedMail's tables, filled with as many mailboxes as asked.

A further source is a class like these in SOURCES, and a line with its packages in Tests/bench/import.
"""

import glob
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time

MAILBOXES_OF_DOMAIN = 100

# As in state.py: the hash of a password nobody knows.
HASH = "{SSHA512}ZUy1ok4FzNRZJk7Ap/3ZoXVdgm0lXEnbbGeCGNsjH4RPUMfRmT2ukBdIu32FzPpbsdg1mZm5DDU9kxWTBfXg7XNhbHRzYWx0"


class Source:
    """A server in a directory of its own. `stop` ends it and removes that."""

    name = title = user = None

    def __init__(self, tables):
        # The server's user may not look into the directory of the others, and the clients run as another one.
        self.directory = tempfile.mkdtemp(prefix="bench-import-")
        os.chmod(self.directory, 0o755)
        self.tables = tables
        self.child = None
        if os.geteuid() == 0:
            shutil.chown(self.directory, self.user, pwd.getpwnam(self.user).pw_gid)

    @property
    def options(self):
        """What `postern import iredmail` is given to reach it."""
        raise NotImplementedError

    def start(self):
        raise NotImplementedError

    def fill(self, accounts):
        raise NotImplementedError

    def run_as_user(self, *command):
        subprocess.run(self.as_user(command), check=True, stdout=subprocess.DEVNULL, cwd=self.directory)

    def as_user(self, command):
        """Ended with this program."""
        prefix = ["setpriv", "--pdeathsig", "TERM"]
        if os.geteuid() == 0:
            prefix += [f"--reuid={self.user}", f"--regid={pwd.getpwnam(self.user).pw_gid}", "--init-groups"]
        return [*prefix, "--", *command]

    def start_server(self, *command):
        """In a process group of its own, ended with this program; returns when it takes statements."""
        with open(f"{self.directory}/log", "w") as log:
            self.child = subprocess.Popen(
                self.as_user(command), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory)
        end = time.monotonic() + 60
        while not self.is_ready():
            if self.child.poll() is not None or time.monotonic() > end:
                with open(f"{self.directory}/log") as log:
                    raise SystemExit(f"import: {self.title} does not start:\n{log.read()[-2000:]}")
            time.sleep(0.1)

    def is_ready(self):
        return subprocess.run(
            self.client(self.first_database), input="SELECT 1;", text=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode == 0

    def stop(self):
        if self.child:
            self.child.terminate()
            try:
                self.child.wait(30)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class Database(Source):
    """With the four databases of an iRedMail server. What differs between the engines:

    first_database  one that is there from the beginning
    bytes           the type that a text is cast to for amavisd's addresses
    series          a table of the numbers from 0 to `last`, in the column n
    """

    first_database = bytes = series = None

    def client(self, database):
        raise NotImplementedError

    def sql(self, database, script):
        subprocess.run(self.client(database), input=script, text=True, check=True, stdout=subprocess.DEVNULL)

    def fill(self, accounts):
        for name, rows in self.rows(accounts).items():
            self.sql(self.first_database, f"CREATE DATABASE {name};")
            tables = subprocess.run([self.tables, self.name, name], text=True, check=True, stdout=subprocess.PIPE)
            self.sql(name, tables.stdout)
            self.sql(name, "".join(f"{statement};\n" for statement in ["BEGIN", *rows, "COMMIT"]))

    def rows(self, accounts):
        """Statements by database. The words are those that both engines have."""
        domains = -(-accounts // MAILBOXES_OF_DOMAIN)
        every_account = self.series.format(last=accounts - 1)
        every_domain = self.series.format(last=domains - 1)
        domain = f"CONCAT('d', FLOOR(n / {MAILBOXES_OF_DOMAIN}), '.example')"
        address = f"CONCAT('user', n, '@', {domain})"
        of_domain = "CONCAT('d', n, '.example')"
        first = f"CONCAT('user', {MAILBOXES_OF_DOMAIN} * n, '@d', n, '.example')"
        forwardings = "INSERT INTO forwardings (address, forwarding, domain, dest_domain"
        vmail = [
            "INSERT INTO domain (domain, description, transport, settings, created)"
            f" SELECT {of_domain}, 'Bench', 'dovecot', 'default_user_quota:1024;', '2020-01-31 23:59:59' FROM {every_domain}",
            "INSERT INTO alias_domain (alias_domain, target_domain)"
            f" SELECT CONCAT('alias', n, '.example'), {of_domain} FROM {every_domain} WHERE MOD(n, 4) = 0",
            "INSERT INTO mailbox (username, password, name, language, storagebasedirectory, storagenode, maildir, quota,"
            f" domain, created) SELECT {address}, '{HASH}', CONCAT('User ', n), 'en_US', '/var/vmail', 'vmail1',"
            f" CONCAT({domain}, '/u/s/e/user', n, '-2020.01.31.23.59.59/'), 1024, {domain}, '2020-01-31 23:59:59'"
            f" FROM {every_account}",
            f"{forwardings}, is_forwarding) SELECT {address}, {address}, {domain}, {domain}, 1 FROM {every_account}",
            f"{forwardings}, is_forwarding) SELECT {address}, CONCAT('away', n, '@outside.example'), {domain},"
            f" 'outside.example', 1 FROM {every_account} WHERE MOD(n, 10) = 0",
            f"{forwardings}, is_alias) SELECT CONCAT('nick', n, '@', {domain}), {address}, {domain}, {domain}, 1"
            f" FROM {every_account} WHERE MOD(n, 10) = 1",
            "INSERT INTO alias (address, domain, accesspolicy)"
            f" SELECT CONCAT('team@', {of_domain}), {of_domain}, 'membersonly' FROM {every_domain}",
            f"{forwardings}, is_list) SELECT CONCAT('team@', {domain}), {address}, {domain}, {domain}, 1"
            f" FROM {every_account} WHERE MOD(n, {MAILBOXES_OF_DOMAIN}) < 20",
            f"{forwardings}) SELECT {of_domain}, {first}, {of_domain}, {of_domain} FROM {every_domain}",
            f"UPDATE mailbox SET isadmin = 1 WHERE username IN (SELECT {first} FROM {every_domain})",
            f"INSERT INTO domain_admins (username, domain) SELECT {first}, {of_domain} FROM {every_domain}",
            "INSERT INTO sender_bcc_user (username, bcc_address, domain)"
            f" SELECT {address}, CONCAT('user', n - 1, '@', {domain}), {domain} FROM {every_account} WHERE MOD(n, 20) = 2",
            "INSERT INTO used_quota (username, bytes, messages, domain)"
            f" SELECT {address}, 1048576, 16, {domain} FROM {every_account}",
            "INSERT INTO last_login (username, domain, imap)"
            f" SELECT {address}, {domain}, 1700000000 FROM {every_account}",
        ]
        key = "CONCAT('@d', n, '.example')"
        amavisd = [
            f"INSERT INTO policy (id, policy_name, spam_lover) SELECT n + 2, {key}, 'Y' FROM {every_domain}",
            "INSERT INTO users (id, priority, policy_id, email)"
            f" SELECT n + 2, 5, n + 2, CAST({key} AS {self.bytes}) FROM {every_domain}",
            "INSERT INTO mailaddr (id, priority, email)"
            f" SELECT n + 2, 10, CAST(CONCAT('sender', n, '@outside.example') AS {self.bytes}) FROM {every_domain}",
            f"INSERT INTO wblist (rid, sid, wb) SELECT n + 2, n + 2, 'W' FROM {every_domain}",
        ]
        iredapd = [
            "INSERT INTO throttle (account, kind, priority, period, max_msgs)"
            f" SELECT {key}, 'outbound', 60, 3600, 500 FROM {every_domain}",
            "INSERT INTO greylisting_whitelists (account, sender)"
            f" SELECT {key}, CONCAT('partner', n, '@outside.example') FROM {every_domain}",
        ]
        iredadmin = [
            "INSERT INTO log (timestamp, admin, ip, domain, event, msg)"
            f" SELECT '2020-01-31 23:59:59', {first}, '192.0.2.7', {of_domain}, 'update', CONCAT('Change ', n)"
            f" FROM {every_domain}",
        ]
        return {"vmail": vmail, "amavisd": amavisd, "iredapd": iredapd, "iredadmin": iredadmin}


class MariaDB(Database):
    name, title, user = "mariadb", "MariaDB", "mysql"
    first_database = "mysql"
    bytes = "BINARY"
    series = "(SELECT seq AS n FROM seq_0_to_{last}) AS s"

    @property
    def reached(self):
        return [f"--socket={self.directory}/socket", "--user=root"]

    @property
    def options(self):
        return ["--mysql", " ".join(self.reached)]

    def client(self, database):
        return ["mariadb", "--no-defaults", *self.reached, "--default-character-set=utf8mb4", f"--database={database}"]

    def start(self):
        data = f"{self.directory}/data"
        self.run_as_user(
            "mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db",
            "--auth-root-authentication-method=normal", "--skip-name-resolve", f"--tmpdir={self.directory}")
        self.start_server(
            "mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={self.directory}/socket", "--skip-networking",
            f"--pid-file={self.directory}/pid", f"--tmpdir={self.directory}", "--skip-log-bin")


class PostgreSQL(Database):
    name, title, user = "postgresql", "PostgreSQL", "postgres"
    first_database = "postgres"
    bytes = "BYTEA"
    series = "generate_series(0, {last}) AS s (n)"

    @property
    def options(self):
        return ["--postgresql", f"host={self.directory} user=postgres"]

    def client(self, database):
        return ["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", f"host={self.directory} user=postgres dbname={database}"]

    def start(self):
        programs = os.path.dirname(max(
            glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4])))
        data = f"{self.directory}/data"
        self.run_as_user(f"{programs}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8")
        self.start_server(
            f"{programs}/postgres", "-D", data, "-c", "listen_addresses=", "-c",
            f"unix_socket_directories={self.directory}")


class OpenLDAP(Source):
    """The LDAP edition, without databases beside it. Its entries are those of directory.py."""

    name, title, user = "ldap", "OpenLDAP", "openldap"
    suffix = "dc=iredmail,dc=org"

    @property
    def url(self):
        return f"ldapi://{self.directory.replace('/', '%2F')}%2Fldapi"

    @property
    def options(self):
        return ["--ldap", self.url, "--base", self.suffix, "--bind", f"cn=manager,{self.suffix}", "--password-file",
                f"{self.directory}/password"]

    def start(self):
        # What AppArmor says of /usr/sbin/slapd holds for that path only.
        shutil.copy("/usr/sbin/slapd", f"{self.directory}/slapd")
        self.run_as_user("mkdir", f"{self.directory}/data")
        with open(f"{self.directory}/iredmail.schema", "w") as file:
            subprocess.run([self.tables, self.name], check=True, stdout=file)
        with open(os.open(f"{self.directory}/password", os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write("secret")
        schemas = [f"/etc/ldap/schema/{name}.schema" for name in ["core", "cosine", "nis", "inetorgperson"]]
        with open(f"{self.directory}/slapd.conf", "w") as file:
            file.writelines(f"include {schema}\n" for schema in [*schemas, f"{self.directory}/iredmail.schema"])
            file.write(
                "modulepath /usr/lib/ldap\nmoduleload back_mdb\ndatabase mdb\n"
                f"suffix {self.suffix}\nrootdn cn=manager,{self.suffix}\nrootpw secret\n"
                f"directory {self.directory}/data\nmaxsize 4294967296\ndbnosync\nindex objectClass eq\n")

    def fill(self, accounts):
        text = f"{self.directory}/entries.ldif"
        with open(text, "w") as file:
            subprocess.run(
                [sys.executable, f"{os.path.dirname(__file__)}/directory.py", "--accounts", str(accounts)], check=True,
                stdout=file)
        program, configuration = f"{self.directory}/slapd", f"{self.directory}/slapd.conf"
        self.run_as_user(program, "-T", "add", "-q", "-f", configuration, "-l", text)
        self.start_server(program, "-f", configuration, "-h", self.url, "-d", "0")

    def is_ready(self):
        return subprocess.run(
            ["ldapsearch", "-x", "-H", self.url, "-s", "base", "-b", self.suffix], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode == 0


SOURCES = {source.name: source for source in [MariaDB, PostgreSQL, OpenLDAP]}

"""A state with many users, made in seconds: `postern init`, and SQL that writes the rows a creation writes.

    hundred.example        100 users
    ten-thousand.example   10,000 users
    d00000.example …       100 users each, as many domains as it takes
"""

import os
import shutil
import subprocess

PASSWORD = "Secret-1234"

# What is the same for all of them. The hash is that of a password nobody knows.
USERS = """
INSERT INTO mailbox (username, domain, password, name, language, quota, storagebasedirectory, storagenode, maildir,
                     passwordlastchange, created)
SELECT local || '@' || domain, domain,
       '{SSHA512}ZUy1ok4FzNRZJk7Ap/3ZoXVdgm0lXEnbbGeCGNsjH4RPUMfRmT2ukBdIu32FzPpbsdg1mZm5DDU9kxWTBfXg7XNhbHRzYWx0',
       'User ' || local, 'en_US', 1024, '/var/vmail', 'vmail1',
       domain || '/u/s/e/' || local || '-2026.01.31.23.59.59/', '2026-01-31 23:59:59', '2026-01-31 23:59:59'
  FROM made;
INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_forwarding)
SELECT local || '@' || domain, local || '@' || domain, domain, domain, 1 FROM made;
INSERT INTO usage.used_quota (username, bytes, messages, domain)
SELECT local || '@' || domain, 1048576, 16, domain FROM made;
DROP TABLE made;
"""

SERIES = "WITH RECURSIVE series(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM series LIMIT {count})"


class State:
    """A state directory and the settings it is served with."""

    def __init__(self, postern, directory, settings):
        self.postern = postern
        self.directory = directory
        self.settings = settings
        self.domains = 0

    @property
    def vmail(self):
        return f"{self.directory}/vmail/vmail.db"

    def make(self):
        """An empty state, with an admin whose hash is slow and one whose hash is fast."""
        self.run("init", "--admin", "bcrypt@admin.example", "--no-greylisting", settings=self.settings)
        for name in ["fast", "bench"]:
            self.run("admin", "create", f"{name}@admin.example", settings=self.settings + ".fast")

    def run(self, *arguments, settings):
        subprocess.run(
            [self.postern, *arguments, "--state", self.directory, "--settings", settings, "--password-stdin"],
            input=PASSWORD + "\n", text=True, check=True, stdout=subprocess.DEVNULL)

    def fill(self, users):
        self.add_domain("hundred.example", 100)
        self.add_domain("ten-thousand.example", 10_000)
        self.add_domains((users - 10_100) // 100, 100)

    def add_domain(self, name, users):
        self.sql(
            f"INSERT INTO domain (domain, description, created) VALUES ('{name}', 'Bench', '2026-01-31 23:59:59');",
            self.users(users, "printf('user%07d', n)", f"'{name}'"))

    def add_domains(self, count, users):
        """The numbered domains."""
        self.sql(
            f"""
            INSERT INTO domain (domain, description, created)
            {SERIES.format(count=count)}
            SELECT printf('d%05d.example', n), 'Bench', '2026-01-31 23:59:59' FROM series;
            """,
            self.users(count * users, "printf('user%07d', n)", f"printf('d%05d.example', n / {users})"))
        self.domains = count

    def add_users(self, prefix, count):
        """Further users of the numbered domains, also while Postern runs and is idle."""
        self.sql(self.users(count, f"'{prefix}' || n", f"printf('d%05d.example', n % {self.domains})"))

    def users(self, count, local, domain):
        return f"""
            CREATE TEMP TABLE made AS
            {SERIES.format(count=count)}
            SELECT {local} AS local, {domain} AS domain FROM series;
            {USERS}"""

    def sql(self, *statements):
        """Runs statements in one transaction; the accounts are `main`, what Dovecot writes is `usage`."""
        text = [
            ".bail on", ".timeout 10000", f"ATTACH '{self.directory}/usage/usage.db' AS usage;",
            "BEGIN IMMEDIATE;", *statements, "COMMIT;",
        ]
        done = subprocess.run(
            ["sqlite3", "-batch", self.vmail], input="\n".join(text), text=True, check=True, stdout=subprocess.PIPE)
        return done.stdout

    def copy_to_server(self, connection):
        """Moves the rows to a PostgreSQL server, too; the files stay.

        connection -- as a superuser, of whom only the host counts here
        Returns the settings to serve them with.
        """
        self.host = connection.split()[0]
        settings = f"{self.settings}.server"
        with open(self.settings) as file:
            usual = file.read()
        with open(settings, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(f"{usual}DATABASE = '{self.host}'\n")
        for command in [
            ["init", "--database", f"{self.host} user=postgres", "--empty"],
            ["move", "--to", self.host, "--state", self.directory],
        ]:
            subprocess.run(
                [self.postern, *command, "--settings", self.settings], check=True, stdout=subprocess.DEVNULL)
        self.query("VACUUM ANALYZE")
        return settings

    def query(self, text):
        """The rows of a query at the server, as text."""
        return subprocess.run(
            ["psql", f"{self.host} user=postgres dbname=vmail", "-Atqc", text], check=True, text=True,
            stdout=subprocess.PIPE).stdout

    def count_users(self, pattern, target="postern"):
        """How many users have an address of that form (GLOB)."""
        if target == "postgresql":
            return int(self.query(f"SELECT COUNT(*) FROM mailbox WHERE username LIKE '{pattern.replace('*', '%')}'"))
        return int(self.sql(f"SELECT COUNT(*) FROM mailbox WHERE username GLOB '{pattern}';"))

    def settle(self):
        """Puts everything into the files and out of the log, so that no round pays for the filling."""
        for name in ["vmail", "usage"]:
            subprocess.run(
                ["sqlite3", f"{self.directory}/{name}/{name}.db", "PRAGMA wal_checkpoint(TRUNCATE)"],
                check=True, stdout=subprocess.DEVNULL)

    def copy_accounts(self, path):
        self.settle()
        shutil.copyfile(self.vmail, path)

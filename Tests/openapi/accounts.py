"""The accounts that fuzz.py has the operations find, and the admins that it works as."""

import os

import requests

COOKIE = "iRedAdmin"
# No path names these, so that no operation changes or removes them.
GLOBAL_ADMIN = "global@operator.test"
DOMAIN_ADMIN = "domain@operator.test"
LIMITED_ADMIN = "limited@operator.test"
# Of all others.
PASSWORD = "First-pass-1"

# What there is before an operation is called. A domain goes and comes with all that is in it. The second one is full,
# and a global admin has his mailbox there.
DOMAINS = {
    "example.com": {"name": "Example Ltd", "quota": 10000},
    "example.org": {
        "name": "Full",
        "quota": 1000,
        "maxUserQuota": 500,
        "numberOfUsers": 1,
        "numberOfAliases": -1,
        "numberOfLists": 1,
    },
}
ACCOUNTS = [
    ("user", "jo@example.com", {"name": "Jo", "password": PASSWORD, "quota": 100}),
    ("user", "ann@example.com", {"name": "Ann", "password": PASSWORD, "quota": 100}),
    ("alias", "team@example.com", {"name": "Team", "members": "jo@example.com,ann@example.com"}),
    ("maillist", "news@example.com", {"name": "News"}),
    ("user", "full@example.org", {"name": "Full", "password": PASSWORD, "quota": 500}),
    ("maillist", "full.news@example.org", {"name": "News"}),
]
if os.path.exists("/usr/bin/mlmmj-sub"):
    ACCOUNTS.append(("ml", "letter@example.com", {"name": "Letter"}))
KINDS = ("user", "alias", "maillist", "ml")
ADMINS = ["postmaster@example.net"]
# What there is not: where there is room for it, where not, and where it cannot be.
NEW_ACCOUNTS = ["new@example.com", "new@example.org", "new@elsewhere.example", "new@@example.com"]
NEW_ADMINS = ["new@example.net", "new@example.com"]
NEW_DOMAINS = ["elsewhere.example", "example"]


def names(path, parameter):
    """What a parameter in a path may name: first what there is, then what is not; empty for what this does not know."""
    name = parameter["name"]
    if parameter["in"] != "path" or name not in ("domain", "mail", "scope", "new_mail"):
        return [], []
    segments = path.split("/")
    kind = segments[segments.index(f"{{{name}}}") - 1]
    if kind == "admin":
        return ADMINS, NEW_ADMINS
    addresses = [address for of, address, _ in ACCOUNTS if of == kind or kind not in KINDS]
    return {
        "domain": (list(DOMAINS), NEW_DOMAINS),
        "mail": (addresses, NEW_ACCOUNTS),
        "scope": (list(DOMAINS) + addresses, NEW_DOMAINS + NEW_ACCOUNTS),
        "new_mail": (NEW_ACCOUNTS, addresses[:1]),
    }[name]


class Keeper:
    """A global admin who makes the others, and puts back what they have changed."""

    def __init__(self, url, session):
        self.url = url
        self.mailboxes = 0
        self.client = requests.Session()
        self.client.headers["Cookie"] = f"{COOKIE}={session}"

    def make_admins(self, password):
        limits = {f"max{kind}": 1 for kind in ("Domains", "Users", "Aliases", "Lists")}
        limits |= {"maxQuota": 1, "quotaUnit": "MB"}
        for admin, fields in [
            (GLOBAL_ADMIN, {"isGlobalAdmin": "yes"}),
            (DOMAIN_ADMIN, {"maxDomains": "100000"}),
            (LIMITED_ADMIN, limits),
        ]:
            self.change("POST", f"/api/admin/{admin}", fields | {"password": password})

    def renew(self):
        """Makes the accounts what they are at the beginning."""
        for domain, fields in DOMAINS.items():
            self.call("DELETE", f"/api/domain/{domain}")
            self.change("POST", f"/api/domain/{domain}", fields)
            self.change("PUT", f"/api/domain/admins/{domain}", {"addAdmin": f"{DOMAIN_ADMIN},{LIMITED_ADMIN}"})
        for kind, address, fields in ACCOUNTS:
            if kind == "user":
                # Each time another one: no new mailbox lies where the messages of a deleted one do.
                self.mailboxes += 1
                fields = fields | {"maildir": f"/var/vmail/vmail1/kept/{os.getpid()}/{self.mailboxes}"}
            self.change("POST", f"/api/{kind}/{address}", fields)
        self.change("PUT", "/api/domain/example.com", {"catchall": "jo@example.com"})
        self.change("PUT", "/api/user/full@example.org", {"isGlobalAdmin": "yes"})
        for admin in ADMINS:
            self.call("DELETE", f"/api/admin/{admin}")
            self.change("POST", f"/api/admin/{admin}", {"name": "Admin", "password": PASSWORD})

    def change(self, method, path, fields):
        response = self.call(method, path, fields)
        if response.json() != {"_success": True}:
            raise RuntimeError(f"{method} {path} was answered with {response.status_code} {response.text}")

    def call(self, method, path, fields=None):
        return self.client.request(method, self.url + path, data=fields, timeout=30)


def log_in(url, username, password):
    """The id of a new session."""
    response = requests.post(f"{url}/api/login", data={"username": username, "password": password}, timeout=30)
    if COOKIE not in response.cookies:
        raise RuntimeError(f"{username} cannot log in: {response.status_code} {response.text}")
    return response.cookies[COOKIE]

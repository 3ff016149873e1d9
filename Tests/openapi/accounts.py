"""The accounts that the examples of Postern's OpenAPI document name, and the admins that fuzz.py works as."""

import os

import requests

COOKIE = "iRedAdmin"
# No example names these admins, so that no operation changes or removes them.
GLOBAL_ADMIN = "global@operator.test"
DOMAIN_ADMIN = "domain@operator.test"
# The password of every example.
PASSWORD = "First-pass-1"

# What there is before an operation is called. A domain goes and comes with all that is in it.
DOMAINS = ["example.com", "example.org"]
ADMINS = ["postmaster@example.net"]
ACCOUNTS = [
    ("user", "jo@example.com", {"name": "Jo", "password": PASSWORD, "quota": 100}),
    ("user", "ann@example.com", {"name": "Ann", "password": PASSWORD, "quota": 100}),
    ("alias", "team@example.com", {"name": "Team", "members": "jo@example.com,ann@example.com"}),
    ("maillist", "news@example.com", {"name": "News"}),
]


def known(path, parameter):
    """What a parameter in a path may be for its operation to find something; empty for what this does not know."""
    name = parameter["name"]
    if parameter["in"] != "path" or name not in ("domain", "mail", "scope"):
        return []
    segments = path.split("/")
    kind = segments[segments.index(f"{{{name}}}") - 1]
    if kind == "admin":
        return ADMINS
    addresses = [address for of, address, _ in ACCOUNTS if of == kind or kind not in ("user", "alias", "maillist")]
    return {"domain": DOMAINS, "mail": addresses, "scope": DOMAINS + addresses}[name]


class Keeper:
    """A global admin who makes the others, and puts back what they have changed."""

    def __init__(self, url, session):
        self.url = url
        self.mailboxes = 0
        self.client = requests.Session()
        self.client.headers["Cookie"] = f"{COOKIE}={session}"

    def make_admins(self, password):
        self.change("POST", f"/api/admin/{GLOBAL_ADMIN}", {"password": password, "isGlobalAdmin": "yes"})
        self.change("POST", f"/api/admin/{DOMAIN_ADMIN}", {"password": password, "maxDomains": "100000"})

    def renew(self):
        """Makes the accounts what they are at the beginning."""
        for domain in DOMAINS:
            self.call("DELETE", f"/api/domain/{domain}")
            self.change("POST", f"/api/domain/{domain}", {"name": "Example Ltd"})
            self.change("PUT", f"/api/domain/admins/{domain}", {"addAdmin": DOMAIN_ADMIN})
        for kind, address, fields in ACCOUNTS:
            if kind == "user":
                # Each time another one: no new mailbox lies where the messages of a deleted one do.
                self.mailboxes += 1
                fields = fields | {"maildir": f"/var/vmail/vmail1/kept/{os.getpid()}/{self.mailboxes}"}
            self.change("POST", f"/api/{kind}/{address}", fields)
        self.change("PUT", f"/api/domain/{DOMAINS[0]}", {"catchall": ACCOUNTS[0][1]})
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

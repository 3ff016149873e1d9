#!/usr/bin/python3
"""Prints the entries of an LDAP edition of iRedMail as LDIF, as slapadd and `postern import iredmail --ldif` take them.

    Tests/bench/directory.py --accounts 100000 > directory.ldif

One domain for 1000 accounts: of those 970 users, 20 aliases and 10 mailing lists. The same number gives the same text.
"""

import argparse
import base64
import hashlib

BASE = "dc=iredmail,dc=org"
DOMAINS = f"o=domains,{BASE}"
ADMINS = f"o=domainAdmins,{BASE}"
PER_DOMAIN = 1000
ALIASES = 20
LISTS = 10

SERVICES = """mail smtp smtpsecured smtptls pop3 pop3secured pop3tls imap imapsecured imaptls deliver lda lmtp
sieve sievesecured sievetls managesieve managesievesecured internal doveadm lib-storage indexer-worker dsync quota-status
sogo forward senderbcc recipientbcc shadowaddress displayedInGlobalAddressBook""".split()


def ssha(password, salt):
    digest = hashlib.sha1(password.encode() + salt).digest()
    return "{SSHA}" + base64.b64encode(digest + salt).decode()


def line(name, value):
    text = str(value)
    whole = f"{name}: {text}"
    if not text.isascii():
        whole = f"{name}:: {base64.b64encode(text.encode()).decode()}"
    first, rest = whole[:76], whole[76:]
    return "\n ".join([first] + [rest[at:at + 75] for at in range(0, len(rest), 75)])


def entry(dn, *attributes):
    """Prints an entry. A list is several values of one attribute."""
    lines = [line("dn", dn)]
    for name, value in attributes:
        lines += [line(name, one) for one in (value if isinstance(value, list) else [value])]
    print("\n".join(lines) + "\n")


def top():
    entry(BASE, ("objectClass", ["dcObject", "organization"]), ("dc", "iredmail"), ("o", "Example"))
    for name, dn in [("domains", DOMAINS), ("domainAdmins", ADMINS)]:
        entry(dn, ("objectClass", "organization"), ("o", name))
    entry(
        f"mail=boss@admin.example,{ADMINS}", ("objectClass", "mailAdmin"), ("mail", "boss@admin.example"),
        ("userPassword", ssha("Secret-1234", b"boss")), ("cn", "Boss"), ("accountStatus", "active"),
        ("domainGlobalAdmin", "yes"))


def domain(name, users):
    dn = f"domainName={name},{DOMAINS}"
    entry(
        dn, ("objectClass", "mailDomain"), ("domainName", name), ("cn", f"Firma {name}"), ("mtaTransport", "dovecot"),
        ("accountStatus", "active"), ("enabledService", ["mail", "domainalias"]),
        ("domainAliasName", f"alias-{name}"), ("accountSetting", "defaultQuota:1024"))
    for unit in ["Users", "Groups", "Aliases", "Externals"]:
        entry(f"ou={unit},{dn}", ("objectClass", ["organizationalUnit", "top"]), ("ou", unit))
    for number in range(users):
        user(dn, name, number)
    return dn


def user(dn, name, number):
    local = f"user{number}"
    address = f"{local}@{name}"
    attributes = [
        ("objectClass", ["inetOrgPerson", "mailUser", "shadowAccount", "amavisAccount", "top"]), ("mail", address),
        ("userPassword", ssha("Secret-1234", local.encode())), ("cn", f"Zoë {local}"), ("sn", local), ("uid", local),
        ("homeDirectory", f"/var/vmail/vmail1/{name}/u/s/e/{local}-2026.01.31.23.59.59/"),
        ("mailQuota", 1073741824), ("accountStatus", "active"), ("shadowLastChange", 20000), ("amavisLocal", "TRUE"),
        ("enabledService", SERVICES), ("shadowAddress", f"{local}@alias-{name}"),
    ]
    if number % 10 == 0:
        attributes.append(("mailForwardingAddress", [address, f"{local}@away.example"]))
    if number < LISTS * 10:
        attributes.append(("memberOfGroup", f"list{number % LISTS}@{name}"))
    entry(f"mail={address},ou=Users,{dn}", *attributes)


def shared(dn, name):
    """The aliases and mailing lists of a domain."""
    common = [("accountStatus", "active"), ("enabledService", ["mail", "deliver"])]
    for number in range(ALIASES):
        address = f"alias{number}@{name}"
        entry(
            f"mail={address},ou=Aliases,{dn}", ("objectClass", "mailAlias"), ("mail", address), *common,
            ("accessPolicy", "domain"),
            ("mailForwardingAddress", [f"user{number}@{name}", f"partner{number}@away.example"]))
    for number in range(LISTS):
        address = f"list{number}@{name}"
        entry(
            f"mail={address},ou=Groups,{dn}", ("objectClass", "mailList"), ("mail", address), *common,
            ("accessPolicy", "membersonly"))
        entry(
            f"memberOfGroup={address},ou=Externals,{dn}", ("objectClass", "mailExternalUser"),
            ("memberOfGroup", address), *common, ("mail", [f"guest{n}@away.example" for n in range(3)]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--accounts", type=int, default=100_000, metavar="N", help="how many (default: 100000)")
    accounts = parser.parse_args().accounts
    top()
    number = 0
    while accounts > 0:
        name = f"d{number:04}.example"
        users = min(accounts, PER_DOMAIN - ALIASES - LISTS)
        dn = domain(name, users)
        if accounts >= PER_DOMAIN:
            shared(dn, name)
        accounts -= PER_DOMAIN
        number += 1


if __name__ == "__main__":
    main()

"""The bare query or insert, behind uwsgi: no session, no rights, no checks. DATABASE names the file."""

import base64
import hashlib
import json
import os
import sqlite3
import urllib.parse

database = None


def connect():
    """One connection for each process, opened after the fork."""
    global database
    database = sqlite3.connect(os.environ["DATABASE"], isolation_level=None, timeout=10)
    database.row_factory = sqlite3.Row
    database.execute("PRAGMA synchronous = FULL")


def create(address, form):
    local, domain = address.split("@")
    digest = hashlib.sha512(form["password"][0].encode() + b"saltsalt").digest()
    password = "{SSHA512}" + base64.b64encode(digest + b"saltsalt").decode()
    database.execute("BEGIN IMMEDIATE")
    database.execute(
        """
        INSERT INTO mailbox (username, domain, password, name, quota, storagebasedirectory, storagenode, maildir)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            address, domain, password, form["name"][0], form["quota"][0], "/var/vmail", "vmail1",
            f"{domain}/n/e/w/{local}/",
        ),
    )
    database.execute(
        "INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_forwarding) VALUES (?, ?, ?, ?, 1)",
        (address, address, domain, domain),
    )
    database.execute("COMMIT")
    return {"_success": True}


def application(environment, start_response):
    if database is None:
        connect()
    _, _, kind, name = environment["REQUEST_URI"].split("?")[0].split("/")
    if environment["REQUEST_METHOD"] == "POST":
        body = environment["wsgi.input"].read(int(environment["CONTENT_LENGTH"]))
        answer = create(name, urllib.parse.parse_qs(body.decode()))
    else:
        column = "username" if kind == "user" else "domain"
        rows = [dict(row) for row in database.execute(f"SELECT * FROM mailbox WHERE {column} = ?", (name,))]
        answer = {"_success": True, "_data": rows[0] if kind == "user" else rows}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]

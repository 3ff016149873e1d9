"""What is measured. How wrk asks for it stands in requests.lua under the same name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    name: str
    title: str
    # One request of this kind, whose answer shows that it works and how long it is.
    method: str
    path: str
    body: str | None = None
    connections: tuple = (32,)
    # PHP and uwsgi do what they can without an API: one query or one insert.
    has_peers: bool = False
    # So that a round has some answers.
    least_seconds: int = 1


NEW_USER = "name=New+User&password=Secret-1234&quota=1024"

JOBS = [
    Job("health", "Health", "GET", "/api/health", connections=(32, 64, 256)),
    Job("user", "GET user", "GET", "/api/user/user0000001@d00000.example", connections=(32, 64, 256), has_peers=True),
    Job("domain", "GET domain", "GET", "/api/domain/d00000.example"),
    Job("list_100", "List 100 users", "GET", "/api/users/hundred.example", has_peers=True),
    # One at a time: the goal is how long it takes.
    Job("list_10000", "List 10 000 users", "GET", "/api/users/ten-thousand.example", connections=(1,),
        least_seconds=3),
    Job("create", "Create user", "POST", "/api/user/first@d00000.example", NEW_USER, (32, 64, 256), has_peers=True),
    Job("update", "Update user", "PUT", "/api/user/user0000001@d00000.example", "name=Changed&quota=1025"),
    Job("delete", "Delete user", "DELETE", "/api/user/first@d00000.example"),
    # No more than the hash pool's queue takes.
    Job("login_bcrypt", "Login, bcrypt", "POST", "/api/login",
        "username=bcrypt@admin.example&password=Secret-1234", (8,)),
    Job("login_fast", "Login, fast hash", "POST", "/api/login",
        "username=fast@admin.example&password=Secret-1234", (8,)),
    Job("mixed", "90 % GET user, 10 % create", "GET", "/api/user/user0000001@d00000.example",
        connections=(32, 64, 256)),
]

"""The README's first hour and policies, with nothing but the package that openapi-python-client has made from Postern's
document."""

import inspect
import os
import typing
from http import HTTPStatus

from postern_client import Client
from postern_client.api.aliases import create_alias, delete_alias, get_alias
from postern_client.api.domains import create_domain, delete_domain, get_domain, list_domains
from postern_client.api.explanations import explain_policies
from postern_client.api.sessions import login, logout
from postern_client.api.throttling import get_outbound_throttle, set_outbound_throttle
from postern_client.api.users import create_user, delete_user, get_user, list_users, update_user
from postern_client.api.white_and_blacklists import add_to_inbound_whitelist, get_inbound_whitelist

DOMAIN = "society.example"
ADMIN, PASSWORD = os.environ["POSTERN_ADMIN"], os.environ["POSTERN_PASSWORD"]
# A status that the document does not name raises an error, and so does an answer that is not as it says.
client = Client(base_url=os.environ["POSTERN_URL"], raise_on_unexpected_status=True)


def classes(operation, parameter):
    """What an operation takes there. The package names these classes after the first operation that has them."""
    return typing.get_args(inspect.signature(operation.sync_detailed).parameters[parameter].annotation)


def form(operation, **fields):
    return {"body": classes(operation, "body")[0](**fields)}


def json(operation, **fields):
    return {"body": classes(operation, "body")[1](**fields)}


def done(operation, *path, **arguments):
    """What was asked for, of an answer that has to be a success; nothing for one without data."""
    response = operation.sync_detailed(*path, client=client, **arguments)
    assert response.status_code == HTTPStatus.OK and response.parsed.field_success is True, response
    return getattr(response.parsed, "field_data", None)


def refused(word, operation, *path, **arguments):
    response = operation.sync_detailed(*path, client=client, **arguments)
    assert response.status_code == HTTPStatus.OK and response.parsed.field_success is False, response
    assert response.parsed.field_msg == word, response


def strictly_refused(status, word, operation, *path, **arguments):
    strict = classes(operation, "prefer")[0]("handling=strict")
    response = operation.sync_detailed(*path, client=client, prefer=strict, **arguments)
    assert response.status_code == status and response.parsed.field_success is False, response
    assert response.parsed.field_msg == word, response
    return response.parsed


# Log in: from then on the client shows the cookie by itself.
refused("LOGIN_REQUIRED", list_domains)
refused("INVALID_CREDENTIALS", login, **form(login, username=ADMIN, password=PASSWORD + "x"))
done(login, **form(login, username=ADMIN, password=PASSWORD))

# A domain, and users in it, by forms and JSON objects.
done(create_domain, DOMAIN, **form(create_domain, name="Society", quota=10240))
users = [f"{name}@{DOMAIN}" for name in ("anna", "bert", "cora", "dora", "emil")]
done(create_user, users[0], **form(create_user, name="Änne", password="First-pass-1", quota=512))
for user in users[1:]:
    done(create_user, user, **json(create_user, name=user.title(), password="First-pass-2", quota=512))
weak = json(create_user, password="short")
words = "PW_SHORTER_THAN_MIN_LENGTH,PW_NO_UPPERCASE,PW_NO_DIGIT_NUMBER,PW_NO_SPECIAL_CHAR"
refused(words, create_user, f"frida@{DOMAIN}", **weak)
refusal = strictly_refused(HTTPStatus.UNPROCESSABLE_ENTITY, words, create_user, f"frida@{DOMAIN}", **weak)
assert refusal.field_param == "password", refusal

# Look.
domain = done(get_domain, DOMAIN)
assert (domain.domain, domain.description, domain.maxquota) == (DOMAIN, "Society", 10240), domain
assert domain.num_existing_users == len(users), domain
profile = done(get_user, users[0])
assert (profile.username, profile.name, profile.active) == (users[0], "Änne", 1), profile
strictly_refused(HTTPStatus.NOT_FOUND, "NO_SUCH_ACCOUNT", get_user, f"frida@{DOMAIN}")

# Change: the quota and a per-user alias, then the forwarding.
done(update_user, users[0], **form(update_user, quota=2048, add_alias=f"hello@{DOMAIN}"))
forwarding = [users[0], "archive@else.example"]
done(update_user, users[0], **json(update_user, forwarding=forwarding))
profile = done(get_user, users[0])
assert (profile.quota, profile.aliases) == (2048, [f"hello@{DOMAIN}"]), profile
assert profile.forwardings == sorted(forwarding), profile

# An alias with members.
alias = f"team@{DOMAIN}"
done(create_alias, alias, **json(create_alias, name="Team", members=users[:2]))
assert done(get_alias, alias).members == users[:2]

# Policies.
done(set_outbound_throttle, DOMAIN, **json(set_outbound_throttle, period=3600, max_msgs=100))
throttle = done(get_outbound_throttle, DOMAIN)
assert (throttle.account, throttle.period, throttle.max_msgs) == (f"@{DOMAIN}", 3600, 100), throttle
done(add_to_inbound_whitelist, DOMAIN, **form(add_to_inbound_whitelist, addresses="@partner.example,192.0.2.1"))
assert sorted(done(get_inbound_whitelist, DOMAIN)) == ["192.0.2.1", "@partner.example"]
assert done(explain_policies, users[0]).throttle.outbound.effective.max_msgs.value == 100

# The users two at a time, as the header Link leads.
found, part = [], {"limit": 2}
while part:
    response = list_users.sync_detailed(DOMAIN, client=client, **part)
    found += [profile.username for profile in response.parsed.field_data]
    link = response.headers.get("Link")
    part = {"limit": 2, "after": link.partition("after=")[2].partition(">")[0]} if link else None
assert found == users, found

# Delete what was made, and log out.
done(delete_alias, alias)
done(delete_user, users[4])
refused("NO_SUCH_ACCOUNT", get_user, users[4])
done(delete_domain, DOMAIN)
refused("INVALID_DOMAIN_NAME", get_domain, DOMAIN)
done(logout)
refused("LOGIN_REQUIRED", list_domains)

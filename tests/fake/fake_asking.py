"""How the tests of faults ask a fake, and what they make of its outcomes."""

from __future__ import annotations

from fake_server import Drop, Request

KEY = "sk-om-live-tests-0000000000000001"
OTHER = "sk-om-live-other-000000000000002"


def ask(fake, endpoint="add", body=b'{"content":"tea"}', key=KEY, **headers):
    sent = {"authorization": f"Bearer {key}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return fake.decide(Request("POST", f"/api/memory/{endpoint}", sent, body))


def seen(outcome):
    return outcome.how if isinstance(outcome, Drop) else outcome.status


def run(fake, *calls):
    """Make the calls in order, each an endpoint; give what each met."""
    bodies = {"add": b'{"content":"tea"}', "search": b'{"query":"tea"}', "details": b"{}"}
    return [seen(ask(fake, each, bodies[each])) for each in calls]

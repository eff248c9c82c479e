"""What faults do, to whom, in which order, and what is true in the store afterwards."""

from __future__ import annotations

import gc
import json
import sys
import threading

import pytest
from fake_asking import KEY, OTHER, ask, run, seen

from fake_server import Drop, Fake, Reply, Request
from fake_server.core.faults.answers import CODES
from fake_server.core.faults.script import KINDS, LIES


def test_steps_go_in_order_of_arrival_and_then_all_is_normal():
    """The next adds take the steps one by one, ok included, and other endpoints take none."""
    fake = Fake()
    armed = fake.faults("add: 503, 429(retry-after=2), ok, reset x2")
    assert run(fake, "search", "add", "add", "details", "add", "add", "add", "add") == [
        200, 503, 429, 200, 200, "reset", "reset", 200,
    ]  # fmt: skip
    assert (armed.fired, armed.left, armed.unfired()) == (5, 0, [])


def test_each_key_has_a_sequence_of_its_own_in_a_server_wide_script():
    """A server-wide script is met in full by every key, those that come later included."""
    fake = Fake()
    fake.faults("*: 503, 500")
    assert [seen(ask(fake)), seen(ask(fake, key=OTHER)), seen(ask(fake)), seen(ask(fake))] == [503, 503, 500, 200]
    assert [seen(ask(fake, key=OTHER)), seen(ask(fake, key="third"))] == [500, 503]


def test_a_star_is_one_sequence_for_all_endpoints():
    """A rule for any endpoint hands its steps to whatever call comes next."""
    fake = Fake()
    fake.faults("*: 503, 429, 500")
    assert run(fake, "add", "search", "details", "add") == [503, 429, 500, 200]


def test_a_rule_for_an_endpoint_goes_before_the_star():
    """The endpoint's own rule is used up first, wherever it stands, also in a script armed later; then the star's."""
    fake = Fake()
    fake.faults("*: 500 x2; add: 503")
    fake.faults("add: 429")
    assert run(fake, "add", "add", "add", "search", "add") == [503, 429, 500, 500, 200]


def test_two_rules_for_one_endpoint_are_used_in_their_order():
    """Where two rules fit, the second is met when the first is used up."""
    fake = Fake()
    fake.faults("add: 503; add: 429")
    assert run(fake, "add", "add", "add") == [503, 429, 200]


def test_the_order_is_header_then_key_then_server():
    """A request's own header is met first, then its key's script, then the server's."""
    fake = Fake()
    fake.faults("add: 500")
    fake.faults("add: 503", key=KEY)
    assert seen(ask(fake, x_octamem_fault="add: 418")) == 418
    assert [seen(ask(fake)) for _ in range(3)] == [503, 500, 200]
    assert seen(ask(fake, key=OTHER)) == 500


def test_a_keys_star_goes_before_the_servers_endpoint():
    """Whose script it is weighs more than how well the rule fits."""
    fake = Fake()
    fake.faults("add: 500")
    fake.faults("*: 503", key=KEY)
    assert [seen(ask(fake)) for _ in range(2)] == [503, 500]


def test_a_header_that_does_not_fit_leaves_the_turn_to_the_others():
    """A header's rule for another endpoint is not met, and an ok in it spares the attempt from the key's script."""
    fake = Fake()
    fake.faults("add: 503", key=KEY)
    assert seen(ask(fake, x_octamem_fault="add: ok")) == 200
    assert seen(ask(fake, x_octamem_fault="search: 500")) == 503


@pytest.mark.parametrize("endpoint", ["add", "search", "details"])
def test_a_header_that_cannot_be_read_is_a_400_with_the_column(endpoint):
    """An unreadable header is refused before anything is done, and the text says where it goes wrong."""
    fake = Fake()
    reply = ask(fake, endpoint, x_octamem_fault="add: boom")
    assert reply.status == 400
    assert b"x-octamem-fault: fault script 'add: boom', column 6: expected" in reply.body
    (entry,) = fake.requests()
    assert (entry.fault, entry.effect, entry.status) == (None, {}, 400)
    assert fake.memories() == []


def test_a_remark_on_a_visit_does_not_take_the_place_of_the_refusal():
    """What a shell notes between admission and decision is not what the client is told."""
    fake = Fake()
    visit = fake.accept(Request("POST", "/api/memory/add", {"x-octamem-fault": "add: boom"}, b""))
    visit.note("a remark")
    assert b"a remark" not in visit.decide().body
    assert len(visit.entry.notes) == 2


def test_a_header_is_met_once_and_on_its_own_request_alone():
    """A header with a count or a percentage still speaks of its one request."""
    fake = Fake()
    assert seen(ask(fake, x_octamem_fault="*: 503 x9")) == 503
    assert seen(ask(fake)) == 200
    assert seen(ask(fake, x_octamem_fault="*: 503 100%")) == 503
    assert seen(ask(fake, x_octamem_fault="*: 503 0%")) == 200


def test_faults_come_before_authentication():
    """A request without a key, or with a revoked one, meets the fault and not the 401."""
    fake = Fake(keys=[{"key": KEY, "state": "revoked"}])
    fake.faults("*: 503 x3")
    assert seen(fake.decide(Request("POST", "/api/memory/add", {}, b""))) == 503
    assert seen(ask(fake, key="unknown")) == 503
    assert seen(ask(fake)) == 503
    assert seen(fake.decide(Request("POST", "/api/memory/add", {"x-octamem-fault": "*: 500"}, b""))) == 500


def test_an_unknown_path_and_the_control_api_meet_no_fault(served):
    """No script touches what is no endpoint: not a 404, and never the control API."""
    served.fake.faults("*: 503 100%")
    assert served.call("", path="/api/memory/nowhere").status == 404
    for method, route in (("GET", "health"), ("GET", "faults"), ("GET", "requests"), ("POST", "clock/advance")):
        status, _ = served.control(method, route, {"seconds": 1} if method == "POST" else None)
        assert status == 200
    assert served.add().status == 503


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("how", [*sorted(set(KINDS) - {"ok", "status", *LIES}), "503", "200"])
def test_before_stores_nothing_and_after_stores_once(how, where):
    """For each HOW the store tells WHERE: nothing is stored before the handler, one memory after it."""
    fake = Fake()
    fake.faults(f"add: {how} @{where}")
    outcome = ask(fake)
    # `slow` alone goes on to the handler: it is late, not lost.
    stored = 1 if where == "after" or how == "slow" else 0
    assert len(fake.memories()) == stored
    (entry,) = fake.requests()
    assert bool(entry.stored) == bool(stored)
    assert entry.fault.split("(")[0].split(" ")[0] == how
    assert entry.fault.endswith(f"@{where}")
    if how in {"hang", "reset", "close"}:
        assert outcome == Drop(how)
        assert (entry.status, entry.response) == (None, None)
    else:
        assert isinstance(outcome, Reply)
        assert entry.status == outcome.status


def test_each_how_makes_the_answer_that_the_contract_describes():
    """Late, cut, dripped, garbled, of another shape, empty or elsewhere: each spoils in its own way."""
    fake = Fake()
    plain = ask(fake, "details", b"{}")
    fake.faults('details: slow(1.5s), truncate, drip(2s), garbage, wrong-type, empty, redirect("http://x.invalid/")')
    slow, truncated, dripped, garbled, wrong, empty, elsewhere = (ask(fake, "details", b"{}") for _ in range(7))
    assert (slow.status, slow.body, slow.delay) == (200, plain.body, 1.5)
    assert (truncated.body, truncated.cut) == (plain.body, len(plain.body) // 2)
    assert (dripped.body, dripped.drip) == (plain.body, 2.0)
    assert garbled.status == wrong.status == empty.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(garbled.body.decode("latin-1"))
    assert isinstance(json.loads(wrong.body), list)
    assert empty.body == b""
    assert (elsewhere.status, elsewhere.headers["location"]) == (307, "http://x.invalid/")


@pytest.mark.parametrize("how", ["truncate", "drip", "garbage", "wrong-type", "empty"])
def test_an_answer_spoilt_before_the_handler_is_one_that_looks_like_success(how):
    """Spoilt @before, the answer looks like a success although nothing was done."""
    fake = Fake()
    fake.faults(f"add: {how} @before")
    assert ask(fake).status == 200
    assert fake.memories() == []


def test_slow_waits_before_or_after_the_handler():
    """A late answer has its delay; slow @before is a wait of the visit, before which nothing is stored."""
    fake = Fake()
    fake.faults("add: slow(3s) @before, slow(3s)")
    visit = fake.accept(Request("POST", "/api/memory/add", {"authorization": f"Bearer {KEY}"}, b'{"content":"x"}'))
    assert visit.wait == 3.0
    assert fake.memories() == []
    outcome = visit.decide()
    assert (outcome.status, len(fake.memories())) == (200, 1)
    assert ask(fake).delay == 3.0


@pytest.mark.parametrize("where", ["before", "after"])
def test_decide_counts_a_slow_as_delay_wherever_it_strikes(where):
    """Decided at once, in process, a slow answer has its delay in the reply, whether before or after the handler."""
    fake = Fake()
    fake.faults(f"add: slow(3s) @{where}")
    assert ask(fake).delay == 3.0


@pytest.mark.parametrize(
    "status", [200, 204, 304, 400, 401, 402, 403, 404, 408, 409, 413, 418, 422, 429, 500, 503, 599]
)
@pytest.mark.parametrize("body", ["json", "html", "text", "empty"])
def test_an_injected_status_has_the_body_that_was_asked_for(served, status, body):
    """Each status comes with JSON in the service's shape, HTML, text or nothing; over HTTP too, where 204 has none."""
    served.fake.faults(f"details: {status}(body={body}, retry-after=7)")
    answer = served.details()
    assert (answer.status, answer.headers["retry-after"]) == (status, "7")
    if status in {204, 304} or body == "empty":
        assert answer.body == b""
        assert "content-type" not in answer.headers
    elif body == "json":
        code, message = CODES.get(status, ("ERROR" if status >= 400 else "OK", f"Answered with {status} by a fault"))
        assert json.loads(answer.body) == {"error": message, "code": code}
    else:
        assert answer.headers["content-type"].startswith(f"text/{'html' if body == 'html' else 'plain'}")
        assert (b"<h1>%d</h1>" % status in answer.body) == (body == "html")


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("2", "2"),
        ("-5", "-5"),
        ("soon", "soon"),
        ('""', ""),
        ('" 2 "', "2"),
        ('"Thu, 01 Jan 2026 00:00:30 GMT"', "Thu, 01 Jan 2026 00:00:30 GMT"),
        ('"zwölf"', "zw\u00f6lf"),
        ('"十"', "?"),
    ],
)
def test_any_retry_after_reaches_the_wire(served, written, sent):
    """Seconds, dates and nonsense alike are sent as the header can carry them, never as a 500."""
    served.fake.faults(f"add: 429(retry-after={written})")
    answer = served.add()
    assert (answer.status, answer.headers["retry-after"]) == (429, sent)


def test_a_fault_with_a_time_ends_by_the_clock():
    """`for` is met by every attempt until the fake's clock says it is over, counted from when it was armed."""
    fake = Fake()
    fake.advance(100)
    fake.faults("add: 503 for 30s")
    assert run(fake, "add", "add", "search") == [503, 503, 200]
    fake.advance(29.999)
    assert run(fake, "add") == [503]
    fake.advance(0.001)
    assert run(fake, "add") == [200]


def test_timed_steps_follow_each_other_by_the_clock():
    """The next timed step begins when the one before it ends, whether or not anyone called meanwhile."""
    fake = Fake()
    fake.faults("add: 503 for 10s, 429 for 10s, 500")
    fake.advance(12)
    assert run(fake, "add") == [429]
    fake.advance(7.9)
    assert run(fake, "add") == [429]
    fake.advance(0.1)
    assert run(fake, "add", "add") == [500, 200]


def test_a_time_and_a_count_end_at_whichever_comes_first():
    """`x2 for 30s` is over after two, or after thirty seconds."""
    fake = Fake()
    fake.faults("add: 503 x2 for 30s, 429")
    assert run(fake, "add", "add", "add", "add") == [503, 503, 429, 200]
    fake.faults("search: 503 x2 for 30s, 429")
    assert run(fake, "search") == [503]
    fake.advance(30)
    assert run(fake, "search", "search") == [429, 200]


def test_a_time_runs_by_the_keys_own_clock():
    """Moving one key's clock ends the fault for that key alone, and a key that comes later has the whole time."""
    fake = Fake()
    run(fake, "details")
    fake.faults("add: 503 for 30s")
    fake.advance(30, key=KEY)
    assert [seen(ask(fake)), seen(ask(fake, key=OTHER))] == [200, 503]


def test_a_script_knows_what_is_left_and_what_never_fired():
    """`left` counts down, and `unfired` lists what was armed and not met, but for ok and percentages."""
    fake = Fake()
    armed = fake.faults("add: 503 x3, ok; search: reset; details: 500 10% x2")
    assert (armed.fired, armed.left) == (0, 7)
    run(fake, "add", "add")
    assert (armed.fired, armed.left) == (2, 5)
    assert [(rule.endpoint, str(step), left) for rule, step, left in armed.unfired()] == [
        ("add", "503 @before x3", 1),
        ("search", "reset @before", 1),
    ]


def test_a_timed_fault_counts_as_fired_once_it_was_met():
    """`for` is owed one meeting, however long it lasts."""
    fake = Fake()
    armed = fake.faults("add: 503 for 30s")
    assert (armed.left, len(armed.unfired())) == (1, 1)
    run(fake, "add", "add")
    assert (armed.fired, armed.left, armed.unfired()) == (2, 0, [])


def test_scripts_are_armed_beside_each_other_replaced_and_disarmed_each_in_their_scope():
    """Arming adds, replacing clears its own scope alone, disarming too."""
    fake = Fake()
    fake.faults("add: 503")
    fake.faults("add: 429", key=KEY)
    fake.faults("add: 500")
    assert [each.script.text for each in fake.armed()] == ["add: 503", "add: 500"]
    fake.faults("add: 418", replace=True)
    assert [each.script.text for each in fake.armed()] == ["add: 418"]
    assert [each.script.text for each in fake.armed(key=KEY)] == ["add: 429"]
    fake.disarm()
    assert (fake.armed(), len(fake.armed(key=KEY))) == ([], 1)
    fake.disarm(key=KEY)
    assert run(fake, "add") == [200]


@pytest.mark.parametrize("seed", ["7", True, 1.5])
def test_a_seed_of_a_script_is_a_whole_number(seed):
    """What cannot seed a script is refused, and all stays armed as it was."""
    fake = Fake()
    fake.faults("add: 503")
    with pytest.raises(ValueError, match="seed: expected an int"):
        fake.faults("add: 500 20%", seed=seed, replace=True)
    assert [each.script.text for each in fake.armed()] == ["add: 503"]


@pytest.fixture
def restless():
    """An interpreter that collects garbage at every chance, and goes to another thread meanwhile."""

    def pause(phase, _):
        sum(range(10))

    switch, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(10, 5, 5)
    gc.callbacks.append(pause)
    yield
    gc.callbacks.remove(pause)
    gc.set_threshold(*threshold)
    sys.setswitchinterval(switch)


def test_who_asks_while_attempts_arrive_gets_an_answer(restless):
    """Counting what fired while other threads meet the script never fails, and never tells half an attempt."""
    fake = Fake()
    armed = fake.faults("*: 503 x100000, 429 x100000")
    done = threading.Event()

    def hammer(number):
        try:
            for at in range(300):
                ask(fake, key=f"key-{number}-{at}")
        finally:
            done.set()

    workers = [threading.Thread(target=hammer, args=(number,)) for number in range(2)]
    for worker in workers:
        worker.start()
    while not done.is_set():
        assert armed.fired >= 0
        assert armed.left >= 0
        assert len(armed.unfired()) == 2
    for worker in workers:
        worker.join()
    assert armed.fired == 600

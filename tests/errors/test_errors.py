"""Every error message that a user can meet is provoked, shows no secret, and stands on the page of messages."""

from __future__ import annotations

import re
from typing import Callable, Dict, Iterator

import pytest
from errors_catalogue import Group, groups
from errors_helpers import KEY
from errors_page import OLD, PAGE, REWORDED, old_wording, page, reworded
from errors_run import NOTHING, messages
from errors_sdk import GROUPS as SDK_GROUPS
from errors_sdk import PRIVATE
from errors_sites import Reached

GROUPS = groups()
NAMES = [f"{group.package}: {group.title}" for group in GROUPS]

HUNTS = ["octamem_testing.chaos: Invariants that a program breaks", "octamem-fake: octamem-fake storm"]
"""The groups whose messages come only after a hunt or a storm of a second or more."""

UNPROVOKED = {
    ("started", "OSError"): "a crash is refused before, where nothing can be forked",
    ("played_in_lives", "_raised"): "what the scenario itself has raised, by the tests of crashes",
    ("in_child", "ChildHung"): "caught, and told as a round that was stopped",
    ("_require_fork", "ValueError"): "on a system without fork, by the tests of crashes",
    ("_answer", "self._unreachable"): "the same message as of its health, if the connection breaks behind that",
    ("within", "TimeoutError"): "told as no answer in time, as in the tests of the commands",
    ("__reduce_ex__", "TypeError"): "no public name gives the object that holds the key",
    ("answer", "Late"): "ends an attempt, which is told as one that took too long",
    ("enter", "closed_error"): "a pool that is closed in the instant between two looks at it",
    ("_next", "_ClientLeftError"): "the client has left, and reads nothing",
    ("_visible", "RuntimeError"): "an app that breaks the rules of ASGI: ours does not, and Starlette's answers do not",
    ("_send_body", "RuntimeError"): "as above",
    ("_fail_again", "error"): "as above, and what such an app has raised",
    ("check_installed", "ModuleNotFoundError"): "in a process, by the tests of the command",
    ("checked_jobs", "ValueError"): "without os.fork, as in the tests of jobs",
    ("require_none", "child_refused"): "in a forked process, by the tests of rounds that hang",
    ("interleaved_at", "NotImplementedError"): "for a class that says it, as each does",
    ("prepare_step", "NotImplementedError"): "as above",
    ("require_allowed", "outside.refuse"): "in a hunt, by the tests of other hosts",
    ("command", "LayoutError"): "without the proxy, as in the tests of the cluster",
    ("check", "LayoutError"): "a proxy that refuses what we write: it never did",
    ("_run", "click.ClickException"): "with real proxies and replicas, by the tests beside other tools",
    ("_owner", "MovingError"): "a proxy that is not ours, as in the tests of the cluster",
    ("_handle", "ClusterError"): "with real proxies and replicas, by the tests beside other tools",
    ("_restart", "ClusterError"): "as above, with replicas that end again and again",
    ("_wait_for", "ClusterError"): "as above, with a machine that is too slow",
    ("_handle", "_EndAskedError"): "ends a cluster at a signal",
    ("alone", "ClusterError"): "a folder in use, as in the tests of the cluster",
    ("_run", "click.UsageError"): "a folder that cannot be written in the middle of a run",
    ("check_free", "ClusterError"): "a port in use, as in the tests of the cluster",
    ("is_ready", "click.ClickException"): "with a real server, by the tests of loads",
    ("show", "click.ClickException"): "a folder that goes away while a load runs",
    ("_stop_if_asked", "StopUser"): "ends a user of Locust whose load has ended, by the tests of loads",
    ("on_start", "CannotStart"): "ends a user of Locust, whose reason is told in the result",
    ("_read", "ScriptError"): "a key with a quotation mark in a script, as in the tests of redaction",
    ("_read", "_failed"): "a disk that fails, as in the tests of persistence",
    ("import_lines", "_stopped"): "as above",
    ("_line", "_too_long"): "the same message as for a line that has no end yet",
    ("check_line", "BadRequestError"): "the same message as for any bytes that are no HTTP",
    ("_check_installed", "ModuleNotFoundError"): "without the extra, as in the tests of the fallback",
    ("_data", "ModuleNotFoundError"): "a release of wordllama without its data files, as in the tests of the fallback",
    ("feed", "too_large"): "the same message as for a head that has an end, from the other parser",
    ("_keep", "too_large"): "as above, from a head without an end",
    ("_fail", "BadRequestError"): "the same message as for any bytes that are no HTTP, behind a good request",
    (
        "_take",
        "BadRequestError",
    ): "the same message as for any bytes that are no HTTP, in a chunked body beside h11",
    ("_take", "too_large"): "the same message as for a head that is too large, between the chunks of such a body",
    ("_take_line", "BadRequestError"): "as any bytes that are no HTTP, in such a body",
    ("_check_spaces", "BadRequestError"): "the same message as for any bytes that are no HTTP",
    ("feed", "unknown_coding"): "the same message from the other parser",
    ("on_header", "self._refused"): "the same message from the other parser",
    ("_lead_back", "HTTPException"): "leads a client on to another path, and says nothing",
    ("on_headers_complete", "BadRequestError"): "hides a head from httptools, and reads it with h11",
    ("_fail", "self._refused"): "passes on what was raised inside httptools",
    ("store_seeds", "_taken"): "another test stores an id of a list between its check and its storing",
    ("_store", "RefusedError"): "another request stores an id of an import between its reading and its storing",
    ("language", "ValueError"): "the setting is checked before a language is looked up",
    ("add", "OverflowError"): "the index refuses the memory after the first 16 million",
    ("_wait_for", "RuntimeError"): "a server that cannot start, or not within seconds, as in the tests of serving",
    ("block", "RoundStopped"): "ends a thread that goes on after its round, where nobody reads it",
    ("check", "RoundStopped"): "as above",
    ("_wait_for_turn", "error"): "raises what another site has made, in the thread that it is meant for",
    ("adopt", "loop_refused"): "a loop of another kind that is adopted while it runs; the tests of loops see it",
    ("_pass_async", "loop_refused"): "as above, for a loop that was not refused when it began",
    ("trace", "error"): "raised by a trace function, which takes the place of the one that looks for sites",
    ("add_in_threads", "failure"): "what the caller's own iterable raised",
    ("add_in_tasks", "run.failure"): "as above",
    (
        "lines",
        "self._unreachable",
    ): "a server that goes away while its calls are followed, which goes on without an end",
    ("_read", "self._unreachable"): "as above",
    ("_take", "found"): "what a call raised that is no error of the SDK, such as an interrupt",
    ("add_in_tasks", "run.crash"): "as above",
    ("advance", "StopAsyncIteration"): "ends the items, as the protocol of iteration asks",
    ("_lock", "CommandError"): "another process imports the same file, as in the tests of the import",
    ("run_import", "CommandError"): "a full disk, as in the tests of the import",
    ("_append", "self._broken"): "as above",
    ("add", "OctaMemError"): "ends an import that was told to stop, which says why itself",
    ("raise_if_interrupted", "KeyboardInterrupt"): "Ctrl-C, which says nothing",
    ("_run_sync", "IsAsync"): "begins the round again as an async one",
    ("__exit__", "kind"): "raised for httpx2, beside which tests/borders run",
    ("_check", "TimeoutError"): "raised for aiohttp, beside which tests/borders run",
    ("answer", "socket.timeout"): "what a socket raises, which the library that reads it words",
    ("answer", "ConnectionResetError"): "as above",
    ("answer_async", "TimeoutError"): "as above",
    ("answer_async", "ConnectionResetError"): "as above",
    ("exchanged_async", "reset"): "what a cancelled task never gets to see",
    (
        "wait_or_time_out",
        "timed_out",
    ): "raised by one generator inside another, which the tests of time-outs see",
}
"""The sites that say nothing to a user, or that no test can reach: by function and class, with the reason."""


def test_ids_are_unique():
    """No two provocations share the id by which their old wording is kept."""
    ids = [case.id for group in GROUPS for case in group.cases]
    assert sorted(ids) == sorted(set(ids))


def test_the_old_wording_is_that_of_provocations():
    """Each message of the old wording belongs to a provocation that is still made."""
    assert old_wording().keys() - {case.id for group in GROUPS for case in group.cases} == set()
    assert OLD.exists()


@pytest.fixture(scope="module")
def reached() -> Iterator[Reached]:
    """Note which sites the catalogue reaches."""
    with Reached() as noted:
        yield noted


Told = Callable[[Group], Dict[str, str]]


@pytest.fixture(scope="module")
def told(reached: Reached) -> Told:
    """Give the messages of a group, which is run once."""
    found: Dict[str, Dict[str, str]] = {}

    def of(group: Group) -> Dict[str, str]:
        name = f"{group.package}: {group.title}"
        if name not in found:
            found[name] = messages(group.cases)
        return found[name]

    return of


QUICK_GROUPS = [group for group, name in zip(GROUPS, NAMES) if name not in HUNTS]


def require_told(found: Dict[str, str]) -> None:
    """Require that each provocation ended with a message, and that no message shows a key."""
    assert [identity for identity, message in found.items() if message == NOTHING] == []
    assert [identity for identity, message in found.items() if KEY in message or "secret" in message] == []


@pytest.mark.parametrize("group", QUICK_GROUPS, ids=[name for name in NAMES if name not in HUNTS])
def test_each_provocation_is_told(group: Group, told: Told):
    """Whatever the catalogue does is answered with a message, in which no key stands."""
    require_told(told(group))


@pytest.mark.parametrize("group", SDK_GROUPS, ids=[group.title for group in SDK_GROUPS])
def test_no_error_of_the_sdk_shows_a_memory(group: Group, told: Told):
    """The text of a call stands in no message of the SDK, whole or in part."""
    assert [identity for identity, message in told(group).items() if re.search("door|4711", message)] == []
    assert any(PRIVATE in str(case) for each in SDK_GROUPS for case in each.cases)


def test_a_reworded_message_stands_beside_its_old_wording():
    """The page of old and new shows both wordings of what differs, and nothing else."""
    now = dict.fromkeys(old_wording(), "the same")
    before = {**now, "sdk.key.type": "as it was\nin two lines"}
    text = reworded({**now, "sdk.key.type": "as it is"}, before)
    assert "> OctaMem(api_key=17)\n- as it was\n- in two lines\n+ as it is\n" in text
    assert text.count("\n> ") == 1


@pytest.fixture(scope="module")
def everything(told: Told) -> Dict[str, str]:
    """Run the whole catalogue."""
    return {identity: message for group in GROUPS for identity, message in told(group).items()}


def test_each_reason_is_for_a_site_that_there_is(reached: Reached):
    """No site is excused that the packages do not have."""
    assert UNPROVOKED.keys() - {(site.function, site.raised) for site in reached.all} == set()


@pytest.mark.slow
def test_every_site_that_raises_is_provoked(everything: Dict[str, str], reached: Reached):
    """Each `raise` of the packages runs in some provocation, except those of which a reason stands above."""
    assert len(reached.all) > 200
    missed = [
        site for site in reached.all if site not in reached.sites and (site.function, site.raised) not in UNPROVOKED
    ]
    assert "\n".join(map(str, missed)) == ""


@pytest.mark.slow
def test_each_provocation_of_a_hunt_is_told(everything: Dict[str, str]):
    """What comes only after a hunt or a storm is answered with a message, in which no key stands."""
    hunted = [case.id for group, name in zip(GROUPS, NAMES) if name in HUNTS for case in group.cases]
    assert len(hunted) > len(HUNTS)
    require_told({identity: everything[identity] for identity in hunted})


@pytest.mark.slow
def test_the_pages_are_up_to_date(everything: Dict[str, str]):
    """Both pages are what the catalogue writes: where this fails, `make errors` writes them anew."""
    assert PAGE.read_text(encoding="utf-8") == page(everything)
    assert REWORDED.read_text(encoding="utf-8") == reworded(everything, old_wording())

"""The life of a call, driven by hand: every branch, with no socket, no client and no time."""

from __future__ import annotations

import json
from typing import Any, List, Optional

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from octamem import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AttemptRecord,
    InternalServerError,
    OctaMemError,
    RateLimitError,
)
from octamem._call import operations as calls
from octamem._call.budget import RetryBudget
from octamem._call.classification import Answer, Failure
from octamem._call.environment import Environment
from octamem._call.exchange import Attempt, exchange
from octamem._call.explanations import explain
from octamem._errors import error_class
from octamem._redact.redact import redact
from octamem._redact.secret import Secret
from octamem._settings import Settings

OK = Answer(200, {}, b'{"success": true}')
DOWN = Answer(503, {}, b'{"error": "Down", "code": "DOWN"}')
LOST = Failure("the connection was reset")
ADD = calls.add(None, "A memory of some length", "")
GET = calls.get(None, "A question of some length", "")


class Hand:
    """Drives one call, and keeps what it asked for and what it showed."""

    def __init__(
        self, call: Any = ADD, *, budget: Optional[RetryBudget] = None, chance: float = 0.0, **options: Any
    ) -> None:
        self.time = 1000.0
        self.attempts: List[Attempt] = []
        self.records: List[AttemptRecord] = []
        self.retries: List[float] = []
        self.settings = Settings().changed({"max_response_bytes": 100, **options})
        environment = Environment(
            now=lambda: self.time,
            random=lambda: chance,
            observe=self.records.append,
            retrying=lambda _record, wait: self.retries.append(wait),
            redact=lambda message: redact(message, Secret("sk-secret-key"), call.texts),
            budget=budget,
        )
        self.steps = exchange(call, self.settings, environment)

    def play(self, *outcomes: Any, takes: float = 0.25) -> Any:
        """Answer each attempt with the next outcome, and return the answer or the error."""
        try:
            attempt = next(self.steps)
            for outcome in outcomes:
                self.attempts.append(attempt)
                self.time += attempt.wait + takes
                attempt = self.steps.send(outcome)
        except StopIteration as end:
            return end.value
        except OctaMemError as error:
            return error
        raise AssertionError(f"the call asks for another attempt: {attempt}")


def test_a_first_answer_ends_the_call() -> None:
    """One attempt, without a wait, with the limits of the settings; the result knows of it."""
    hand = Hand()
    result = hand.play(Answer(200, {"x-request-id": "req-1"}, b'{"success": true, "id": "rec_1"}'))
    assert hand.attempts == [Attempt(1, 0.0, {"connect": 30.0, "read": 30.0, "write": 30.0, "pool": 30.0})]
    assert result.id == "rec_1"
    assert result.attempts == (AttemptRecord("add", 1, 1000.0, 0.0, 0.25, "done", 200, None, "req-1"),)
    assert hand.records == list(result.attempts)
    assert "attempts" not in result.model_dump()


def test_failures_are_repeated_with_doubled_waits_until_one_succeeds() -> None:
    """Each failed attempt is recorded with its wait and cause, and the answer lists them all."""
    hand = Hand()
    result = hand.play(DOWN, LOST, Answer(429, {"retry-after": "7"}), OK)
    assert [attempt.wait for attempt in hand.attempts] == [0.0, 0.5, 1.0, 7.0]
    assert hand.retries == [0.5, 1.0, 7.0]
    assert [(it.outcome, it.status, it.cause) for it in result.attempts] == [
        ("unknown", 503, None),
        ("unknown", None, "the connection was reset"),
        ("refused", 429, None),
        ("done", 200, None),
    ]
    assert [it.at for it in result.attempts] == [1000.0, 1000.75, 1002.0, 1009.25]


def test_the_last_failure_is_raised_when_the_attempts_are_used_up() -> None:
    """max_retries more attempts and no more; the error counts them."""
    hand = Hand(max_retries=2)
    error = hand.play(DOWN, DOWN, DOWN)
    assert isinstance(error, InternalServerError)
    assert (error.message, error.code, error.status_code, error.retry_after) == ("Down", "DOWN", 503, None)
    assert len(error.attempts) == len(hand.attempts) == 3
    assert "3 attempts" in str(error)
    assert "may have been stored" in str(error)


def test_a_wait_is_never_shorter_than_the_back_off() -> None:
    """A Retry-After below the back-off does not shorten it."""
    hand = Hand(chance=0.5)
    hand.play(Answer(429, {"retry-after": "0.1"}), OK)
    assert hand.retries == [0.75]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 501, 502, 503, 504, 599])
def test_a_wait_that_is_asked_for_is_kept_after_every_status_that_is_retried(status: int) -> None:
    """Retry-After is the least wait before the next attempt, whatever status it came with."""
    hand = Hand()
    assert hand.play(Answer(status, {"retry-after": "7"}), OK).success
    assert hand.retries == [7.0]


def test_a_status_that_is_retried_by_wish_keeps_its_wait_too() -> None:
    """x-should-retry on a 409 makes it one that is retried, with its Retry-After."""
    hand = Hand()
    assert hand.play(Answer(409, {"retry-after": "7", "x-should-retry": "true"}), OK).success
    assert hand.retries == [7.0]


def test_a_wait_above_the_cap_is_raised_at_once_with_its_value() -> None:
    """A Retry-After beyond max_retry_delay is the caller's to decide on."""
    error = Hand(max_retry_delay=5).play(Answer(429, {"retry-after": "5.5"}))
    assert isinstance(error, RateLimitError)
    assert error.retry_after == 5.5
    assert "asked to wait 5.5 s, and max_retry_delay is 5 s" in str(error)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 302])
def test_a_final_status_is_not_repeated(status: int) -> None:
    """A refusal that would be the same again is raised at once."""
    error = Hand().play(Answer(status, {}, b"{}"))
    assert (type(error), error.status_code) == (error_class(status), status)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([Failure("refused", arrived=False)], "not_sent"),
        ([Answer(400)], "refused"),
        ([LOST], "unknown"),
        ([DOWN], "unknown"),
        ([LOST, Answer(400)], "unknown"),
        ([Answer(429), Failure("refused", arrived=False)], "refused"),
        ([Failure("refused", arrived=False), Answer(401)], "refused"),
        ([Answer(200, {}, b'{"success": false}')], "refused"),
        ([Answer(200, {}, b"<html>")], "unknown"),
        ([Answer(200, {}, b"", cut=True)], "unknown"),
    ],
)
def test_the_outcome_is_the_least_certain_of_all_attempts(outcomes: List[Any], expected: str) -> None:
    """One attempt that may have been carried out makes the whole call unknown, whatever came after."""
    error = Hand(max_retries=len(outcomes) - 1).play(*outcomes)
    assert error.outcome == expected
    assert ("may have been stored" in str(error)) == (expected == "unknown")


@pytest.mark.parametrize("unknown", [LOST, DOWN, Failure("slow", "read")])
def test_an_unknown_write_is_not_repeated_where_that_is_not_wanted(unknown: Any) -> None:
    """retry_unknown_writes=False raises as soon as an add may have been carried out."""
    hand = Hand(retry_unknown_writes=False)
    error = hand.play(Failure("refused", arrived=False), Answer(429), unknown)
    assert len(error.attempts) == 3
    assert "retry_unknown_writes is False" in str(error)


def test_reads_are_repeated_all_the_same() -> None:
    """retry_unknown_writes=False concerns add alone."""
    hand = Hand(GET, retry_unknown_writes=False)
    assert hand.play(LOST, DOWN, Answer(200, {}, b"{}")).results == []


def test_what_cannot_pass_is_not_repeated() -> None:
    """A failure that another attempt would repeat is raised at once."""
    error = Hand().play(Failure("not a protocol", transient=False))
    assert (type(error), len(error.attempts)) == (APIConnectionError, 1)


@pytest.mark.parametrize("limit", ["connect", "read", "write", "pool"])
def test_a_timeout_says_which_limit_was_reached(limit: str) -> None:
    """The message names the step and its seconds, and no status code is invented."""
    error = Hand(max_retries=0, timeout={limit: 2.5}).play(Failure("httpx's words", limit, kind=OSError))
    assert isinstance(error, APITimeoutError)
    assert error.message == f"add got no answer in time: {limit} timeout of 2.5 s"
    assert (error.status_code, error.code) == (None, None)
    assert isinstance(error.__cause__, OSError)


@pytest.mark.parametrize("limit", ["connect", "read", "write", "pool"])
def test_a_timeout_without_a_limit_of_ours_keeps_its_own_words(limit: str) -> None:
    """With timeout=None a transport may still give up, and the message then invents no seconds."""
    error = Hand(max_retries=0, timeout=None).play(Failure("the kernel gave up", limit))
    assert error.message == "add got no answer in time: the kernel gave up"


def test_no_timeout_is_still_bounded_by_the_deadline() -> None:
    """With timeout=None each step may take what is left of the deadline, and no limit at all without one."""
    hand = Hand(timeout=None, deadline=2.0)
    hand.play(DOWN, OK)
    assert [attempt.timeout for attempt in hand.attempts] == [
        dict.fromkeys(("connect", "read", "write", "pool"), left) for left in (2.0, 1.25)
    ]
    hand = Hand(timeout={"read": None})
    hand.play(OK)
    assert hand.attempts[0].timeout == {"connect": 30.0, "read": None, "write": 30.0, "pool": 30.0}


def test_a_timeout_of_no_step_keeps_its_own_words() -> None:
    """A transport's own TimeoutError is shown as it came."""
    error = Hand(max_retries=0).play(Failure("gave up", "time"))
    assert error.message == "add got no answer in time: gave up"


def test_the_deadline_bounds_attempts_and_waits() -> None:
    """No wait is begun that would end past the deadline, and the limits of an attempt shrink with what is left."""
    hand = Hand(deadline=2.0)
    error = hand.play(DOWN, DOWN)
    assert [attempt.timeout["read"] for attempt in hand.attempts] == [2.0, 1.25]
    assert {attempt.deadline for attempt in hand.attempts} == {1002.0}
    assert isinstance(error, InternalServerError)
    assert "would exceed the deadline of 2 s" in str(error)


@pytest.mark.parametrize("failure", [Failure("slow", "read"), Failure("late", "deadline")])
def test_a_timeout_at_the_deadline_is_the_deadlines(failure: Failure) -> None:
    """What runs out at the deadline is reported as the deadline, and not repeated."""
    error = Hand(deadline=2.0).play(failure, takes=2.0)
    assert isinstance(error, APITimeoutError)
    assert "the deadline of 2 s has passed" in error.message


def test_the_budget_ends_the_repeats_of_an_outage_and_never_a_first_attempt() -> None:
    """With the budget spent the first failure is raised; first attempts are still made, and pay in."""
    budget = RetryBudget(1)
    assert Hand(budget=budget).play(DOWN, OK).success
    error = Hand(budget=budget).play(DOWN)
    assert "retry budget" in str(error)
    assert budget.tokens == 0
    assert Hand(budget=budget).play(OK).success
    assert budget.tokens == pytest.approx(0.1)


def test_a_simulation_needs_a_clock_and_chance_alone() -> None:
    """The settings and the surroundings of a call have defaults, so that a million calls can be simulated."""
    steps = exchange(GET, Settings(), Environment(now=lambda: 0.0, random=lambda: 0.5))
    waits = [next(steps).wait, *(steps.send(outcome).wait for outcome in (LOST, DOWN))]
    assert waits == [0.0, 0.75, 1.5]
    with pytest.raises(StopIteration):
        steps.send(Answer(200, {}, b"{}"))


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"<html lang='en'>", "which starts with \"<html lang='en'>\""),
        (b"upstream error", "which starts with 'upstream error'"),
        (b'data: {"content": "a memory"}', "which starts with 'data:'"),
        (b'\xef\xbb\xbf{"content": "a memory"', ""),
        ('{"content": "a memory"}'.encode("utf-16")[:-2], ""),
        (b' "a memory', ""),
    ],
)
def test_only_what_is_no_json_is_quoted(body: bytes, shown: str) -> None:
    """The first bytes of a page are in the error, and nothing that may be part of an answer."""
    message = Hand().play(Answer(200, {}, body)).message
    assert "memory" not in message
    assert shown in message
    assert ("which starts with" in message) == bool(shown)


def test_the_generator_can_be_closed_at_any_time() -> None:
    """A driver that is interrupted closes the call, and nothing comes of it."""
    hand = Hand()
    next(hand.steps)
    hand.steps.close()
    assert hand.records == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["error", "message", "code", "detail", "data"]) | st.text(), inner)
    ),
    max_leaves=20,
)


@given(st.integers(300, 999), json_values)
@example(300, {"code": "\x1b"})
def test_any_json_error_body_gives_a_message_and_an_error_of_ours(status: int, body: Any) -> None:
    """Whatever JSON an error carries, its class is that of the status and its message is a short line."""
    error = Hand(max_retries=0).play(Answer(status, {}, json.dumps(body).encode()))
    assert type(error) is error_class(status)
    assert 0 < len(error.message) <= 500
    assert error.message.isprintable()
    assert error.code is None or (isinstance(error.code, str) and error.code)


@given(st.integers(100, 999), st.binary(max_size=90))
def test_any_bytes_give_an_answer_or_an_error_of_ours(status: int, body: bytes) -> None:
    """No body of any kind makes anything but a result or an OctaMemError."""
    result = Hand(GET, max_retries=0).play(Answer(status, {}, body))
    assert isinstance(result, (OctaMemError, GET.answer))


@given(json_values)
def test_any_json_success_gives_an_answer_or_an_api_error(body: Any) -> None:
    """A success whose body is not as documented is an APIError and nothing else."""
    result = Hand(GET, max_retries=0, max_response_bytes=10**6).play(Answer(200, {}, json.dumps(body).encode()))
    assert isinstance(result, (APIError, GET.answer))


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        ({"error": "Words", "code": "C"}, "Words", "C"),
        ({"error": {"message": "Words", "code": "C"}}, "Words", "C"),
        ({"error": {"type": "overloaded", "message": "Words"}}, "Words", "overloaded"),
        ({"error": True, "message": "Words", "code": 42}, "Words", "42"),
        ({"errors": [{"title": "Words"}]}, "Words", None),
        ({"detail": [{"loc": ["body", "content"], "msg": "Words"}]}, "Words", None),
        ({"data": {"message": "Words", "code": "C"}}, "Words", "C"),
        ({"msg": "Words\n\x1b[31m two"}, "Words [31m two", None),
        ({"error": [[[["too deep"]]]]}, "the service answered 500 (Internal Server Error)", None),
        ({"code": True}, "the service answered 500 (Internal Server Error)", None),
        ({"code": " "}, "the service answered 500 (Internal Server Error)", None),
    ],
)
def test_messages_are_found_where_services_and_gateways_put_them(body: Any, message: str, code: Optional[str]) -> None:
    """The message and code are read from every form of error body in use."""
    assert explain(500, {}, json.dumps(body).encode()) == (message, code)


@given(st.text(max_size=60), st.text(min_size=8, max_size=60), st.text(max_size=60))
def test_a_text_is_blanked_wherever_it_is_repeated(before: str, text: str, after: str) -> None:
    """No message repeats a text of eight characters or more."""
    shown = redact(before + text + after, Secret("sk-secret-key"), (text,))
    assert text not in shown.replace("[text]", "\0") or text in "[text]"


@given(st.integers(0, 60), st.integers(16, 60))
def test_a_part_of_a_text_is_blanked_too(start: int, size: int) -> None:
    """An echo of sixteen characters or more is one, wherever in the text it is from."""
    text = "".join(chr(0x100 + index) for index in range(120))
    assert redact(f"bad: {text[start : start + size]}!", Secret("sk-secret-key"), (text,)) == "bad: [text]!"


def test_a_key_is_blanked_wherever_it_stands() -> None:
    """A key of eight characters is blanked even inside a word, a shorter one where it is a word of its own."""
    assert redact("xsk-secret-keyx", Secret("sk-secret-key"), ()) == "x[key]x"
    assert redact("unknown key k (k)", Secret("k"), ()) == "unknown key [key] ([key])"


def test_short_texts_do_not_blank_ordinary_words() -> None:
    """A memory of a word does not take that word out of the server's message."""
    assert redact("the tea is too hot", Secret("sk-secret-key"), ("tea", "")) == "the tea is too hot"

"""Programs that retry, right or wrong by themselves, for the verdict: functions of a client and its clock."""

from __future__ import annotations

import itertools
import queue
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Callable, List

import httpx

from octamem import OctaMem, OctaMemError
from octamem_testing import VirtualClock

URL = "https://platform.octamem.com/api/memory/"


def once(client: OctaMem) -> OctaMem:
    """Give a client that leaves retries to its program."""
    return client.with_options(max_retries=0)


# Programs that are wrong


def swallows_refusals(client: OctaMem, clock: VirtualClock) -> Any:
    """Ask again whatever the answer is."""
    for _ in range(3):
        try:
            return once(client).get(query="tea")
        except OctaMemError:
            clock.sleep(1)
    return None


def hammers(client: OctaMem, clock: VirtualClock) -> Any:
    """Ask again at once."""
    answer = None
    while answer is None:
        with suppress(OctaMemError):
            answer = once(client).get(query="tea")
    return answer


def waits_a_second(client: OctaMem, clock: VirtualClock) -> Any:
    """Wait a second, whatever the service asks for."""
    left = 5
    while True:
        try:
            return once(client).add(content="tea")
        except OctaMemError:
            left -= 1
            if not left:
                raise
        clock.sleep(1)


def falls_back(client: OctaMem, clock: VirtualClock) -> Any:
    """Add again by another client if the first way failed."""
    try:
        return once(client).add(content="tea")
    except OctaMemError:
        clock.sleep(1)
        return client.add(content="tea")


def recurses(client: OctaMem, clock: VirtualClock, left: int = 3) -> Any:
    """Call itself again after a failure."""
    failed = None
    try:
        return once(client).add(content="tea")
    except OctaMemError as error:
        failed = error
    if not left:
        raise failed
    clock.sleep(1)
    return recurses(client, clock, left - 1)


def multiplies(client: OctaMem, clock: VirtualClock) -> Any:
    """Put a loop around a client that has one of its own."""
    for wait in (1, 2, 4, 8):
        try:
            return client.get(query="tea")
        except OctaMemError:
            clock.sleep(wait)
    return None


def asks_until_it_is_told(client: OctaMem, clock: VirtualClock) -> None:
    """Ask in the condition of a loop."""

    def is_there() -> bool:
        try:
            return bool(once(client).details())
        except OctaMemError:
            return False

    while not is_there():
        clock.sleep(1)


def saves_each_until_it_is_saved(client: OctaMem, clock: VirtualClock) -> None:
    """Retry each note of several in a loop inside a loop."""
    for note in ("tea", "milk"):
        for _ in range(4):
            try:
                once(client).add(content=note)
            except OctaMemError:
                continue
            else:
                break


def asks_until_something_is_found(client: OctaMem, clock: VirtualClock) -> Any:
    """Look at what came before the next turn, and after it."""
    found: Any = None
    while True:
        if found is not None:
            return found
        try:
            answer = once(client).get(query="tea")
        except OctaMemError:
            answer = None
        texts = [record.content for record in answer.results or []] if answer else None
        if texts is not None:
            found = texts


def asks_with_a_flag_of_its_object(client: OctaMem, clock: VirtualClock) -> None:
    """Keep in an object whether it is done."""

    class Job:
        done = False

        def run(self) -> None:
            while not self.done:
                with suppress(OctaMemError):
                    once(client).get(query="tea")
                    self.done = True

    Job().run()


KEYS = ("sk-om-live-one-0001", "sk-om-live-two-0002")


def goes_round_its_keys(client: OctaMem, clock: VirtualClock) -> Any:
    """Ask with one key after another, and then with the first again."""
    for key in (*KEYS, *KEYS):
        try:
            return once(client).with_options(api_key=key).get(query="tea")
        except OctaMemError:
            clock.sleep(1)
    return None


def goes_round_its_clients(client: OctaMem, clock: VirtualClock) -> Any:
    """Ask with one client after another, each with a name, and then with the first again."""
    clients = {key: once(client).with_options(api_key=key) for key in KEYS}
    for _name, each in itertools.islice(itertools.cycle(clients.items()), 4):
        try:
            return each.get(query="tea")
        except OctaMemError:
            clock.sleep(1)
    return None


def goes_round_its_methods(client: OctaMem, clock: VirtualClock) -> Any:
    """Ask by one method after another, which are those of two clients."""
    asks = [once(client).with_options(api_key=key).get for key in KEYS]
    for ask_one in asks * 2:
        try:
            return ask_one(query="tea")
        except OctaMemError:
            clock.sleep(1)
    return None


WRONG = [
    (swallows_refusals, "search: 401 x2", ["refusals_not_repeated"]),
    (swallows_refusals, "search: 404", ["refusals_not_repeated"]),
    (goes_round_its_keys, "search: 429(retry-after=7)", ["retry_after_honoured"]),
    (goes_round_its_keys, "search: 401", ["refusals_not_repeated"]),
    (goes_round_its_clients, "search: 503(retry-after=7)", ["retry_after_honoured"]),
    (goes_round_its_methods, "search: 429(retry-after=7)", ["retry_after_honoured"]),
    (swallows_refusals, "search: 429(retry-after=30)", ["retry_after_honoured"]),
    (hammers, "search: 503", ["delayed"]),
    (hammers, "search: reset", ["delayed"]),
    (hammers, "search: 503 x12", ["delayed", "bounded"]),
    (waits_a_second, "add: 503(retry-after=5)", ["retry_after_honoured"]),
    (waits_a_second, "add: reset @after", ["acknowledged_once"]),
    (falls_back, "add: 502 @after", ["acknowledged_once"]),
    (falls_back, "add: 403", ["refusals_not_repeated"]),
    (recurses, "add: hang @after", ["acknowledged_once"]),
    (recurses, "add: 400", ["refusals_not_repeated"]),
    (multiplies, "search: 503 x14", ["bounded"]),
    (asks_until_it_is_told, "details: 401 x3", ["refusals_not_repeated"]),
    (asks_until_it_is_told, "details: 503 x12", ["bounded"]),
    (saves_each_until_it_is_saved, "add: ok, 503", ["delayed"]),
    (asks_until_something_is_found, "search: 503", ["delayed"]),
    (asks_with_a_flag_of_its_object, "search: 503", ["delayed"]),
]


# Programs that are right


def saves_a_batch(client: OctaMem, clock: VirtualClock) -> None:
    """Save each of several notes, two of which are the same, and go on if one fails."""
    for note in ("tea", "tea", "milk"):
        with suppress(OctaMemError):
            once(client).add(content=note)


def saves_until_it_is_full(client: OctaMem, clock: VirtualClock) -> List[str]:
    """Save several notes, and stop when there are enough."""
    saved: List[str] = []
    for note in ["tea", "tea", "milk"]:
        with suppress(OctaMemError):
            once(client).add(content=note)
            saved.append(note)
        if len(saved) == 2:
            break
    return saved


def works_off_a_queue(client: OctaMem, clock: VirtualClock) -> None:
    """Take notes from a queue until it is empty."""
    notes: queue.Queue[str] = queue.Queue()
    for note in ("tea", "tea"):
        notes.put(note)
    while True:
        try:
            note = notes.get_nowait()
        except queue.Empty:
            return
        with suppress(OctaMemError):
            once(client).add(content=note)


def asks_twice_on_purpose(client: OctaMem, clock: VirtualClock) -> None:
    """Ask in the morning and in the evening."""
    with suppress(OctaMemError):
        once(client).get(query="tea")
    with suppress(OctaMemError):
        once(client).get(query="tea")


def asks_in_a_pool(client: OctaMem, clock: VirtualClock) -> None:
    """Ask the same in the one thread of a pool."""

    def ask(_: int) -> None:
        with suppress(OctaMemError):
            once(client).get(query="tea")

    with ThreadPoolExecutor(1) as pool:
        list(pool.map(ask, range(3)))


def asks_in_threads(client: OctaMem, clock: VirtualClock) -> None:
    """Ask the same in several threads."""

    def ask() -> None:
        with suppress(OctaMemError):
            once(client).get(query="tea")

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def backs_off(client: OctaMem, clock: VirtualClock) -> Any:
    """Retry as a correct client does."""
    for attempt in range(4):
        try:
            return once(client).get(query="tea")
        except OctaMemError as error:
            if attempt == 3 or error.status_code in (400, 401, 403, 404):
                raise
            clock.sleep(max(2.0**attempt, error.retry_after or 0))
    return None


def waits_in_real_time(client: OctaMem, clock: VirtualClock) -> Any:
    """Wait on the machine's clock."""
    for _ in range(4):
        try:
            return once(client).get(query="tea")
        except OctaMemError:
            time.sleep(0.01)
    return None


def leaves_it_to_the_sdk(client: OctaMem, clock: VirtualClock) -> Any:
    """Let the client retry by itself."""
    return client.add(content="tea")


def looks_before_it_adds_again(client: OctaMem, clock: VirtualClock) -> Any:
    """Add again only if a search does not find the note."""
    for _ in range(4):
        try:
            if not client.get(query="tea").results:
                once(client).add(content="tea")
            return
        except OctaMemError:
            clock.sleep(1)


def tries_another_key(client: OctaMem, clock: VirtualClock) -> Any:
    """Ask with one key after another until one is valid."""
    for key in ("sk-om-live-one-0001", "sk-om-live-two-0002"):
        try:
            return once(client).with_options(api_key=key).details()
        except OctaMemError:
            continue
    return None


def waits_for_its_keys(client: OctaMem, clock: VirtualClock) -> Any:
    """Ask with one key after another, each as soon as its account may go on."""
    free = dict.fromkeys(KEYS, 0.0)
    for key in (*KEYS, *KEYS):
        clock.sleep(max(0.0, free[key] - clock.now()))
        try:
            return once(client).with_options(api_key=key).get(query="tea")
        except OctaMemError as error:
            free[key] = clock.now() + (error.retry_after or 1.0)
    return None


def saves_each_with_each_key(client: OctaMem, clock: VirtualClock) -> Any:
    """Save several notes, of which two are the same, with the first key that takes them."""
    for note in ("tea", "tea"):
        for key in KEYS:
            with suppress(OctaMemError):
                once(client).with_options(api_key=key).add(content=note)
                break


def talks_with_a_user(client: OctaMem, clock: VirtualClock) -> None:
    """Answer what a user types until the user leaves."""
    typed = iter(["tea", "tea", "quit"])

    def read() -> str:
        return next(typed)

    while True:
        line = read()
        if line == "quit":
            return
        with suppress(OctaMemError):
            once(client).get(query=line)


def asks_the_user_whether_to_go_on(client: OctaMem, clock: VirtualClock) -> None:
    """Ask after each turn whether there is another."""
    said = iter(["tea", "y", "tea", "n"])
    while True:
        line = said.__next__()
        try:
            text = once(client).get(query=line).format()
        except OctaMemError as error:
            text = str(error)
        sys.stdout.write(text)
        if said.__next__() == "n":
            break


def serves_messages(client: OctaMem, clock: VirtualClock) -> int:
    """Serve one message after the other, in one branch of several."""
    said = iter(["tea", "tea", None])
    served = 0
    while True:
        message = said.__next__()
        if message is not None:
            served += 1
            try:
                once(client).get(query=message)
            except OctaMemError:
                continue
        else:
            return served


def steps_until_its_goal(client: OctaMem, clock: VirtualClock) -> str:
    """Recall the same before each step of an agent, and go on without if that fails."""
    steps = iter(["look", "act", "done"])

    def think(_: Any) -> str:
        return next(steps)

    while True:
        try:
            context = once(client).get(query="tea").format()
        except OctaMemError:
            context = ""
        step = think(context)
        if step == "done":
            return step


def beats_three_times(client: OctaMem, clock: VirtualClock) -> None:
    """Send the same sign of life several times."""
    beats = 0
    while True:
        with suppress(OctaMemError):
            once(client).add(content="tea")
        beats = beats + 1
        if beats == 3:
            break


RIGHT = [
    (saves_a_batch, "add: 401 x3"),
    (waits_for_its_keys, "search: 429(retry-after=7)"),
    (waits_for_its_keys, "search: 503(retry-after=7)"),
    (saves_each_with_each_key, "add: 429(retry-after=7)"),
    (saves_each_with_each_key, "add: 401 x2"),
    (saves_a_batch, "add: reset @after"),
    (saves_until_it_is_full, "add: 401, ok"),
    (works_off_a_queue, "add: 401 x2"),
    (works_off_a_queue, "add: 503 x2"),
    (asks_twice_on_purpose, "search: 401 x2"),
    (asks_in_a_pool, "search: 401 x3"),
    (asks_in_threads, "search: 503 x3"),
    (backs_off, "search: 503 x3"),
    (backs_off, "search: 429(retry-after=30), 503(retry-after=20)"),
    (backs_off, 'search: 429(retry-after="Thu, 01 Jan 2026 00:00:20 GMT")'),
    (backs_off, "search: 401"),
    (waits_in_real_time, "search: 503 x3"),
    (leaves_it_to_the_sdk, "add: reset @after, 503, 429(retry-after=3)"),
    (looks_before_it_adds_again, "add: reset @after"),
    (looks_before_it_adds_again, "add: 503; search: missing(1)"),
    (tries_another_key, "details: 401"),
    (talks_with_a_user, "search: 503 x2"),
    (talks_with_a_user, "search: 401 x2"),
    (asks_the_user_whether_to_go_on, "search: 503"),
    (serves_messages, "search: 503 x2"),
    (steps_until_its_goal, "search: 503 x2"),
    (beats_three_times, "add: reset @after, 503"),
]


# Programs whose waits a test may choose


class Retrier:
    """A retry whose sleep, or wait, its owner gives."""

    def __init__(self, client: OctaMem, sleep: Any = time.sleep, delay: float = 0.01) -> None:
        self.client = once(client)
        self.sleep = sleep
        self.delay = delay

    def ask(self) -> Any:
        """Ask until there is an answer."""
        for _ in range(4):
            try:
                return self.client.get(query="tea")
            except OctaMemError:
                self.sleep(self.delay)
        return None


def ask(client: OctaMem, delay: float = 0.01) -> Any:
    """Ask until there is an answer, with waits of so many seconds."""
    for _ in range(4):
        try:
            return once(client).get(query="tea")
        except OctaMemError:
            time.sleep(delay)
    return None


def sends(client: httpx.Client, key: str, token: str, wait: Callable[[], None]) -> int:
    """Send a note without an SDK until it is stored, with one Idempotency-Key."""
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": token}
    while True:
        status = client.post(URL + "add", json={"content": "tea"}, headers=headers).status_code
        if status == 200:
            return status
        wait()

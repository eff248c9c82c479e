"""What the tests of changes share: all that a fake keeps, and the actions that change it."""

from __future__ import annotations

from fake_asking import KEY, OTHER, ask

from fake_server.core.changes import (
    AllReset,
    ClockMoved,
    Counted,
    Emptied,
    FaultsChanged,
    Forgotten,
    KeyClosed,
    KeySettingsChanged,
    SettingsChanged,
    Stored,
)


def state(fake):
    """Give all that is kept, and what a search finds in it."""
    keys = sorted(fake.keys())
    return {
        "keys": keys,
        "settings": fake.settings().public(),
        "now": fake.now(),
        **{
            key: (
                fake.memories(key=key),
                fake.settings(key=key),
                fake.now(key=key),
                fake._tenant(key).counters,
                list(fake._tenant(key).answers.all().items()),
                fake._tenant(key).usage(),
                fake._tenant(key).store.size,
                [(hit.memory, hit.score) for hit in fake.explain("tea", key=key).hits],
            )
            for key in keys
        },
    }


def exchange(fake, endpoint="add", body=b'{"content":"tea"}', key=KEY, **headers):
    """Decide a request as a shell does, and give its exchange."""
    decided = []
    whole = fake.accept

    def accept(request):
        decided.append(whole(request))
        return decided[-1]

    fake.accept = accept
    try:
        ask(fake, endpoint, body, key, **headers)
    finally:
        del fake.accept
    return decided[0]


ACTIONS = {
    "remember": (lambda fake: fake.remember(["a", "b"], key=KEY), [Stored, Stored, Counted]),
    "replace": (
        lambda fake: fake.replace([{"id": "rec_old", "content": "older"}], key=KEY),
        [Forgotten, Stored],
    ),
    "forget one": (lambda fake: fake.forget(memory="rec_old", key=KEY), [Forgotten]),
    "forget two": (
        lambda fake: (fake.forget(memory="rec_new", key=KEY), fake.forget(memory="rec_old", key=KEY)),
        [Forgotten, Forgotten],
    ),
    "forget all": (lambda fake: fake.forget(key=KEY), [Emptied]),
    "forget and remember": (
        lambda fake: (fake.forget(key=KEY), fake.remember([{"id": "rec_old", "content": "x"}], key=KEY)),
        [Emptied, Stored, Counted],
    ),
    "settings": (lambda fake: fake.configure(top_k=3, language="german"), [SettingsChanged]),
    "settings of a key": (lambda fake: fake.configure(key=KEY, language="german"), [KeySettingsChanged]),
    "keys": (lambda fake: fake.configure(keys=[KEY, OTHER]), [SettingsChanged, KeySettingsChanged]),
    "time": (lambda fake: fake.advance(5), [ClockMoved]),
    "time of a key": (lambda fake: fake.advance(5, key=KEY), [Counted]),
    "settle": (lambda fake: fake.settle(key=KEY), []),
    "reset a key": (lambda fake: fake.reset(key=KEY), [KeyClosed]),
    "advance and reset a key": (lambda fake: (fake.advance(1, key=KEY), fake.reset(key=KEY)), [Counted, KeyClosed]),
    "reset": (lambda fake: fake.reset(), [AllReset]),
    "reset and remember": (
        lambda fake: (fake.reset(), fake.remember([{"id": "rec_old", "content": "tea"}], key=KEY)),
        [AllReset, Stored, Counted],
    ),
    "faults": (lambda fake: fake.faults("add: 503"), [FaultsChanged]),
}

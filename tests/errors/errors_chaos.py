"""Scenarios that cannot be hunted, arguments of a hunt that make no sense, and what each invariant says when broken."""

from __future__ import annotations

from textwrap import dedent

from errors_catalogue import Code, Group

_SAVE = "def save(client):\n    client.add(content='Tea')\n"
_ASK = "def ask(client):\n    client.get(query='tea')\n"
_ONCE = "def once(client):\n    client.with_options(max_retries=0).get(query='tea')\n"


def _code(identity: str, code: str) -> Code:
    return Code(f"chaos.{identity}", dedent(code).strip())


def _broken(identity: str, program: str, schedule: str, invariant: str) -> Code:
    call = f"broken(scenario, {schedule!r}, chaos.{invariant})"
    return Code(f"chaos.broken.{identity}", dedent(program).strip() + "\n" + call)


GROUPS = (
    Group(
        "octamem_testing.chaos",
        "Arguments of a hunt",
        (
            _code("workdir.outside", "chaos.workdir()"),
            _code("jobs", _SAVE + "chaos.hunt(save, jobs=0)"),
            _code("parts", "chaos.parts(0)"),
            _code("part", _SAVE + "chaos.hunt(save, part='5/4')"),
            _code("part.seconds", _SAVE + "chaos.hunt(save, part='1/4', leave_out=True, seconds=5)"),
            _code("shared", _SAVE + "chaos.hunt(save, part='1/4')"),
            _code("shared.alone", _SAVE + "chaos.hunt(save, shared='rounds')"),
            _code(
                "shared.other",
                f"import tempfile\n{_SAVE}"
                "with tempfile.TemporaryDirectory() as rounds:\n"
                "    chaos.hunt(save, part='1/2', shared=rounds, rounds=5)\n"
                "    chaos.hunt(save, part='2/2', shared=rounds, rounds=6)",
            ),
            _code("shared.file", _SAVE + "chaos.hunt(save, part='1/2', shared='/dev/null')"),
            _code(
                "scenario.exits",
                """
                import os
                test = os.getpid()
                def leave(client):
                    client.details()
                    if os.getpid() != test:
                        os._exit(3)
                chaos.replay(leave, 'details: crash', invariants=())
                """,
            ),
            _code(
                "scenario.process-pool",
                """
                from concurrent.futures import ProcessPoolExecutor
                def save(client):
                    client.details()
                    ProcessPoolExecutor(1)
                chaos.run(save)
                """,
            ),
            _code(
                "scenario.spawned",
                """
                from multiprocessing import get_context
                def save(client):
                    client.details()
                    get_context('spawn').Process(target=print).start()
                chaos.run(save)
                """,
            ),
            _code("scenario.kind", "chaos.run('notes:save')"),
            _code("scenario.two", "chaos.run(lambda client, name: None)"),
            _code("scenario.keyword", "def save(*, client): ...\nchaos.run(save)"),
            _code("scenario.class", "class Notes: ...\nchaos.run(Notes)"),
            _code("scenario.generator", "def save(client):\n    yield client.add(content='Tea')\nchaos.run(save)"),
            _code(
                "scenario.async-generator",
                "async def save(client):\n    yield await client.add(content='Tea')\nchaos.run(save)",
            ),
            _code(
                "scenario.returned",
                """
                class Notes(list):
                    def __iter__(self):
                        raise OSError("the file is closed")

                def save(client):
                    client.add(content='Tea')
                    return Notes()

                chaos.run(save)
                """,
            ),
            _code("rounds", _SAVE + "chaos.run(save, rounds=0)"),
            _code("rounds.none", _SAVE + "chaos.run(save, rounds=None)"),
            _code("database", _SAVE + "chaos.run(save, database=7)"),
            _code("seconds", _SAVE + "chaos.run(save, seconds=0)"),
            _code("rounds.few", _SAVE + "chaos.run(save, rounds=2)"),
            _code("seed", _SAVE + "chaos.run(save, seed='7')"),
            _code("hosts.kind", _SAVE + "chaos.run(save, allow_hosts='api.example.com')"),
            _code("hosts.item", _SAVE + "chaos.run(save, allow_hosts=[b'api.example.com'])"),
            _code("hosts.url", _SAVE + "chaos.run(save, allow_hosts=['https://api.example.com/v1'])"),
            _code("hosts.octamem", _SAVE + "chaos.run(save, allow_hosts=['platform.octamem.com'])"),
            _code("hosts.other", "import httpx\nchaos.run(lambda: httpx.post('https://hooks.example.com/saved'))"),
            _code("hosts.socket", "import smtplib\nchaos.run(lambda: smtplib.SMTP('mail.example.com'))"),
            _code("faults.kind", _SAVE + "chaos.run(save, faults=503)"),
            _code("faults.item", _SAVE + "chaos.run(save, faults=[503])"),
            _code("faults.none", _SAVE + "chaos.run(save, faults=[])"),
            _code("faults.endpoint", _SAVE + "chaos.run(save, faults='add: 503')"),
            _code("faults.text", _SAVE + "chaos.run(save, faults='5O3')"),
            _code("faults.percent", _SAVE + "chaos.run(save, faults='503 20%')"),
            _code("faults.unfit", _ASK + "chaos.run(ask, faults='twice')"),
            _code("invariants.kind", _SAVE + "chaos.run(save, invariants=chaos.Bounded())"),
            _code("invariants.class", _SAVE + "chaos.run(save, invariants=[chaos.Bounded])"),
            _code("invariants.item", _SAVE + "chaos.run(save, invariants=['bounded'])"),
            _code("invariants.without", "chaos.without('bound')"),
            _code("memories", _SAVE + "chaos.run(save, memories='Ana')"),
            _code("memories.item", _SAVE + "chaos.run(save, memories=[17])"),
            _code("settings", _SAVE + "chaos.run(save, settings='idempotency')"),
            _code("settings.name", _SAVE + "chaos.run(save, settings={'topk': 3})"),
            _code("schedule.kind", _SAVE + "chaos.replay(save, 503)"),
            _code("schedule.text", _SAVE + "chaos.replay(save, 'add: 5O3')"),
            _code("schedule.own", _SAVE + "chaos.replay(save, 'add: cancel(3)')"),
            _code("schedule.unmet", _SAVE + "chaos.replay(save, 'search: 503')"),
            _code("schedule.cancel", _SAVE + "chaos.replay(save, 'add: cancel')"),
            _code(
                "schedule.close", "def own():\n    OctaMem().add(content='Tea')\nchaos.replay(own, 'add: close-client')"
            ),
            _code("unmet", _SAVE + "chaos.replay(save, '', unmet='ignore')"),
            _code("schedules.endpoint", "chaos.fault_schedules(endpoints='get')"),
            _code("schedules.number", "chaos.fault_schedules(most=0)"),
            _code("schedules.own", "chaos.fault_schedules(faults='cancel')"),
            _code("schedules.none", "chaos.fault_schedules(endpoints='details', faults='twice')"),
            _code(
                "schedules.missing",
                "with not_installed('hypothesis'):\n    chaos.fault_schedules()",
            ),
        ),
    ),
    Group(
        "octamem_testing.chaos",
        "Scenarios that cannot be judged",
        (
            _code("silent", "chaos.run(lambda client: None)"),
            _code("fails", "def save(client):\n    client.add(content='Tea')\n    {}['id']\nchaos.run(save)"),
            _code(
                "fails.calm",
                "def save(client):\n    client.add(content='Tea')\n    {}['id']\nchaos.run(save, invariants=[chaos.Bounded()])",
            ),
            _code("nested", f"{_SAVE}chaos.run(lambda client: chaos.run(save))"),
            _code(
                "trio",
                """
                async def save(client):
                    await client.add(content='Tea')
                chaos.run(lambda: trio.run(save, AsyncOctaMem()))
                """,
            ),
            _code(
                "differs.sent",
                "ids = iter(range(99))\ndef save(client):\n    client.add(content=f'note {next(ids)}')\nchaos.run(save)",
            ),
            _code(
                "differs.error",
                "ids = iter(range(99))\ndef save(client):\n    client.add(content='Tea')\n    1 / (next(ids) - 1)\n"
                "chaos.run(save, invariants=[chaos.Bounded()])",
            ),
            _code(
                "differs.claims",
                "ids = iter(range(99))\ndef save(client):\n    client.add(content='Tea')\n    return ['Tea'] * next(ids)\n"
                "chaos.run(save, invariants=[chaos.Bounded()])",
            ),
            _code(
                "state",
                """
                failures = []
                def save(client):
                    if not failures:
                        try:
                            client.with_options(max_retries=0).add(content='Tea')
                        except OctaMemError:
                            failures.append(1)
                chaos.run(save, faults='503', rounds=20)
                """,
            ),
            _code(
                "state.time",
                """
                failures = []
                def save(client):
                    if failures:
                        time.sleep(5)
                    try:
                        client.with_options(max_retries=0).get(query='tea')
                    except OctaMemError:
                        failures.append(1)
                        client.get(query='tea')
                chaos.run(save, faults='503', rounds=20, invariants=[chaos.Bounded()])
                """,
            ),
            _code(
                "state.broken",
                """
                struck = []
                def save(client):
                    try:
                        client.with_options(max_retries=0).add(content='Tea')
                    except OctaMemError:
                        struck.append(1)
                        if len(struck) == 2:
                            raise KeyError('Tea') from None
                chaos.run(save, invariants=[chaos.OnlyDocumentedErrors()])
                """,
            ),
            _code(
                "state.shrinking",
                """
                struck = []
                def save(client):
                    try:
                        client.with_options(max_retries=0).add(content='Tea')
                    except OctaMemError:
                        struck.append(1)
                        if len(struck) > 4:
                            raise KeyError('Tea') from None
                chaos.run(save, invariants=[chaos.OnlyDocumentedErrors()])
                """,
            ),
            _code(
                "moment",
                """
                import random
                def save(client):
                    for _ in range(3):
                        try:
                            return client.with_options(max_retries=0).add(content=f'Tea {random.random()}')
                        except OctaMemError:
                            pass
                chaos.run(save)
                """,
            ),
            _code(
                "search-fails",
                _ASK + "chaos.run(ask, memories=['Tea'], settings={'search': lambda query, memories: [17]})",
            ),
            _code(
                "check-fails",
                """
                class Mine:
                    name = 'mine'
                    def check(self, round):
                        return round.nothing
                def save(client):
                    client.add(content='Tea')
                chaos.run(save, invariants=[Mine()])
                """,
            ),
            _code(
                "check-answers",
                """
                class Mine:
                    name = 'mine'
                    def check(self, round):
                        return True
                def save(client):
                    client.add(content='Tea')
                chaos.run(save, invariants=[Mine()])
                """,
            ),
            _code("wait.negative", "def save(client):\n    time.sleep(-1)\nchaos.run(save)"),
        ),
    ),
    Group(
        "octamem_testing.chaos",
        "Invariants that a program breaks",
        (
            _broken(
                "lost",
                "def scenario(client):\n    try:\n        client.with_options(max_retries=0).add(content='Tea')\n    except OctaMemError:\n        pass\n    return 'Tea'",
                "add: reset",
                "AcknowledgedOnce()",
            ),
            _broken(
                "stored-twice",
                "def scenario():\n    if post('add', content='Tea') != 200:\n        time.sleep(1)\n        post('add', content='Tea')",
                "add: reset @after",
                "AcknowledgedOnce()",
            ),
            _broken(
                "no-note",
                "def scenario(client):\n    client.get(query='tea')\n    return 'done'",
                "",
                "AcknowledgedOnce()",
            ),
            _broken(
                "unasked",
                "def scenario():\n    if post('add', content='Tea') != 200:\n        time.sleep(1)\n        post('add', content='Tea, again')",
                "add: 429",
                "NothingUnasked()",
            ),
            _broken(
                "unasked-label",
                "def scenario():\n    if post('add', content='Tea') != 200:\n        time.sleep(1)\n        post('add', content='Tea', previousContext='home')",
                "add: 429",
                "NothingUnasked()",
            ),
            _broken(
                "error",
                "def scenario(client):\n    try:\n        client.with_options(max_retries=0).get(query='tea')\n    except OctaMemError:\n        raise KeyError('tea') from None",
                "search: 503",
                "OnlyDocumentedErrors()",
            ),
            _broken(
                "error-group",
                "class Several(Exception):\n    exceptions = (OctaMemError('down'),)\n"
                "def scenario(client):\n    try:\n        client.with_options(max_retries=0).get(query='tea')\n"
                "    except OctaMemError:\n        raise Several('two calls failed') from None",
                "search: 503",
                "OnlyDocumentedErrors()",
            ),
            _broken(
                "error-without-text",
                "class Mute(Exception):\n    def __str__(self):\n        return 1 / 0\n"
                "def scenario(client):\n    client.details()\n    raise Mute",
                "",
                "OnlyDocumentedErrors()",
            ),
            _broken(
                "own-answer",
                "def scenario(client):\n    one, other = client.add(content='one'), client.add(content='other')\n    return {'one': other, 'other': one}",
                "",
                "OwnAnswer()",
            ),
            _broken(
                "no-answer",
                "def scenario(client):\n    client.add(content='Tea')\n    return {'Tea': octamem.AddResult(success=True, id='mem_1')}",
                "",
                "OwnAnswer()",
            ),
            _broken(
                "gives-up",
                "def scenario(client):\n    client.with_options(max_retries=0).get(query='tea')",
                "search: 503",
                "Recovers()",
            ),
            _broken(
                "unclaimed",
                "def scenario(client):\n    try:\n        client.with_options(max_retries=0).add(content='Tea')\n    except OctaMemError:\n        return []\n    return ['Tea']",
                "add: 429",
                "Recovers()",
            ),
            _broken(
                "unsaved",
                "def scenario(client):\n    try:\n        client.with_options(max_retries=0).add(content='Tea')\n    except OctaMemError:\n        pass",
                "add: 429",
                "Recovers()",
            ),
            _broken(
                "retry-after",
                "def scenario():\n    if post('search', query='tea') != 200:\n        time.sleep(1)\n        post('search', query='tea')",
                "search: 429(retry-after=7)",
                "RetryAfterHonoured()",
            ),
            _broken(
                "refusal",
                "def scenario():\n    if post('search', query='tea') != 200:\n        time.sleep(1)\n        post('search', query='tea')",
                "search: 401",
                "RefusalsNotRepeated()",
            ),
            _broken(
                "no-delay",
                "def scenario():\n    if post('search', query='tea') != 200:\n        post('search', query='tea')",
                "search: 503",
                "Delayed()",
            ),
            _broken(
                "attempts",
                "def scenario():\n    while post('search', query='tea') != 200:\n        time.sleep(1)",
                "search: 503 x25",
                "Bounded()",
            ),
            _broken(
                "long",
                "def scenario():\n    if post('search', query='tea') != 200:\n        time.sleep(1000)\n        post('search', query='tea')",
                "search: 503",
                "Bounded()",
            ),
            _broken(
                "requests",
                "def scenario():\n    while post('search', query='tea') != 200:\n        while True:\n            post('details')",
                "search: 503",
                "Bounded()",
            ),
            _broken(
                "waits",
                "def scenario():\n    post('details')\n    while True:\n        time.sleep(0.001)",
                "",
                "Bounded()",
            ),
            _broken(
                "waits-long",
                "def scenario():\n    post('details')\n    while True:\n        time.sleep(5000)",
                "",
                "Bounded()",
            ),
            _broken(
                "waits-for-ever",
                "import threading\ndef scenario():\n    post('details')\n    threading.Event().wait()",
                "",
                "Bounded()",
            ),
            _broken(
                "thread-failed",
                "import queue, threading\ndef fail():\n    raise KeyError('Tea')\ndef scenario():\n    post('details')\n"
                "    threading.Thread(target=fail).start()\n    queue.Queue().get()",
                "",
                "Bounded()",
            ),
            _broken(
                "loop",
                "async def scenario(client):\n    await client.details()\n    while True:\n        await asyncio.sleep(0)",
                "",
                "Bounded()",
            ),
            _broken(
                "swallows",
                "def scenario():\n    if post('search', query='tea') == 200:\n        return\n    while True:\n        try:\n            post('details')\n        except BaseException:\n            pass",
                "search: 503",
                "Bounded()",
            ),
            _broken(
                "after-cancel",
                "async def scenario(client):\n    careful = client.with_options(retry_unknown_writes=False)\n    try:\n        await careful.add(content='start')\n    finally:\n        await careful.add(content='end')",
                "add: cancel",
                "Bounded()",
            ),
            _broken(
                "after-end",
                "import threading\ndef late():\n    time.sleep(1)\n    post('details')\ndef scenario():\n    post('details')\n    threading.Thread(target=late).start()",
                "",
                "Bounded()",
            ),
            _broken(
                "altered",
                "def scenario():\n    if post('search', query='tea') != 200:\n        time.sleep(1)\n        post('search', query='tea?')",
                "search: 503",
                "SameCall()",
            ),
            _broken(
                "other-key",
                "def scenario():\n    if post('add', token='one', content='Tea') != 200:\n        time.sleep(1)\n        post('add', token='two', content='Tea')",
                "add: 503",
                "SameCall()",
            ),
            _broken(
                "shared-key",
                "def scenario():\n    post('add', token='one', content='Tea')\n    post('add', token='one', content='Milk')",
                "",
                "SameCall()",
            ),
            _broken(
                "cancel-wait",
                "async def scenario(client):\n    try:\n        await client.get(query='tea')\n    finally:\n        await client.get(query='tea')",
                "search: cancel-wait",
                "Bounded()",
            ),
            _broken(
                "close-client",
                "def scenario(client):\n    try:\n        client.get(query='tea')\n    except OctaMemError as error:\n        raise KeyError(str(error)) from None",
                "search: close-client",
                "OnlyDocumentedErrors()",
            ),
            _broken(
                "close-client-async",
                "async def scenario(client):\n    try:\n        await client.get(query='tea')\n    except OctaMemError as error:\n        raise KeyError(str(error)) from None",
                "search: close-client",
                "OnlyDocumentedErrors()",
            ),
            _code("finding", _ONCE + "chaos.run(once)"),
        ),
    ),
)

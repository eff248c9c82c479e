"""What a user does wrong with the commands of `octamem-fake` that drive a server."""

from __future__ import annotations

from errors_catalogue import Code, Command, Group

# Nobody listens on the first port, for which a process needs rights that no server of a user's has.
_NOBODY = "--url http://127.0.0.1:1"


def _served(identity: str, line: str, fake: str = "Fake()", before: str = "") -> Code:
    """Run a command against a server."""
    return Code(
        f"remote.{identity}",
        f"from fake_server.server import serve_in_thread\n{before}"
        f"with serve_in_thread(create_app({fake})) as running:\n"
        f"    said = command(f'{line} --url {{running.url}}').replace(running.url, 'http://127.0.0.1:8642')\nsaid",
    )


GROUPS = (
    Group(
        "octamem-fake",
        "The commands for a running server",
        (
            Command("remote.nobody", f"octamem-fake faults {_NOBODY}"),
            Command("remote.url", "octamem-fake faults --url 127.0.0.1:8642"),
            Command("remote.url.variable", "octamem-fake faults", env={"OCTAMEM_BASE_URL": "fake"}),
            Command("remote.url.port", "octamem-fake faults --url http://127.0.0.1:8642 --port 9000"),
            Command("remote.port", "octamem-fake faults", env={"OCTAMEM_FAKE_PORT": "0"}),
            Command("remote.two-keys", "octamem-fake calls --api-key your-api-key --key-id k1"),
            Code(
                "remote.no-fake",
                "from fake_server.server import serve_in_thread\n"
                "from starlette.applications import Starlette\n"
                "with serve_in_thread(Starlette()) as running:\n"
                "    said = command(f'calls --url {running.url}').replace(running.url, 'http://127.0.0.1:8642')\nsaid",
            ),
            _served("refused", 'faults --api-key ""'),
            _served("calls.unknown", "calls 09bd37d7-1"),
            Command("remote.calls.follow", "octamem-fake calls 09bd37d7-1 --follow"),
            Command("remote.calls.since", "octamem-fake calls --since yesterday"),
            Command("remote.calls.as", "octamem-fake calls --as pytest"),
            Command("remote.faults.script", "octamem-fake faults arm 'add: 5O3'"),
            Command("remote.faults.no-command", "octamem-fake faults 'add: 503'"),
            Command("remote.faults.repair", "octamem-fake faults check 'add: 503 x0'"),
            _served("faults.unknown", "faults clear f_1"),
            _served("snapshot.unknown", "snapshot restore before-import"),
            _served("undo.unknown", "undo u_1"),
            Code(
                "remote.undo.changed",
                "from fake_server.server import serve_in_thread\nfake = Fake()\n"
                "with serve_in_thread(create_app(fake)) as running:\n"
                "    called(fake, 'add', {'content': 'Tea'})\n"
                "    command(f'reset --url {running.url}')\n"
                "    called(fake, 'add', {'content': 'Jam'})\n"
                "    said = command(f'undo u_1 --url {running.url}')\nsaid",
            ),
            Command("remote.seed.file", "octamem-fake seed memories.jsonl"),
            Command("remote.seed.lines", "octamem-fake seed m.jsonl --check", {"m.jsonl": '{"text": "tea"}\noops\n'}),
            Command("remote.seed.nobody", f"octamem-fake seed m.jsonl {_NOBODY}", {"m.jsonl": '"tea"\n'}),
        ),
    ),
)

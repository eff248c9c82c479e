"""Command lines of `octamem-fake` and of `python -m octamem` that are refused."""

from __future__ import annotations

import hashlib
import json
from typing import Dict, Mapping, Optional

from errors_catalogue import Code, Command, Group

_NOTES = {"notes.py": "LIST = []\n\ndef save(client):\n    client.add(content='Tea')\n\ndef idle(client):\n    pass\n"}

_VISITOR = {
    "visitor.py": "odd = 5\n",
    "visitor-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: visitor\nVersion: 1.0\n",
    "visitor-1.0.dist-info/entry_points.txt": "[octamem_fake.commands]\nodd = visitor:odd\ngone = no_such_module:x\n",
}

_SDK = {"OCTAMEM_API_KEY": "sk-om-live-0001"}

_TEA = {"notes.txt": "Tea\n"}
_DIGEST = hashlib.sha256(json.dumps(["Tea", ""]).encode() + b"\n").hexdigest()


def _journal(digest: str) -> Dict[str, str]:
    header = {"imported": "0", "entries": 3, "digest": digest, "target": "0"}
    return {**_TEA, "notes.txt.octamem-journal": json.dumps(header) + "\n"}


def _sdk(identity: str, words: str, files: Optional[Mapping[str, str]] = None, **env: str) -> Command:
    files = (_TEA if "notes.txt" in words else {}) if files is None else files
    return Command(f"sdk.command.{identity}", f"python -m octamem {words}", files, {**_SDK, **env})


GROUPS = (
    Group(
        "octamem",
        "python -m octamem",
        (
            _sdk("none", ""),
            _sdk("unknown", "serch tea"),
            _sdk("key", "details sk-om-live-0001"),
            _sdk("timeout", "details --timeout soon"),
            _sdk("url", "details --base-url platform.octamem.com"),
            _sdk("blank", "add ' '"),
            _sdk("no-key", "details", OCTAMEM_API_KEY=""),
            _sdk("import.suffix", "import notes.doc"),
            _sdk("import.missing", "import letters.txt"),
            _sdk("import.format", "import notes.txt --format xml"),
            _sdk("import.concurrency", "import notes.txt --concurrency 1000"),
            _sdk("import.lines", "import n.jsonl", {"n.jsonl": '"Tea"\n17\n{"text": "Cake"}\n{"content"\n'}),
            Code(
                "sdk.command.import.nested",
                "from octamem._command.entries import read\nread(b'[' * 100_000, 'jsonl', '')[1][0].text",
            ),
            _sdk("import.journal.folder", "import notes.txt --journal no/such/folder"),
            _sdk("import.journal.device", "import notes.txt --journal /dev/null"),
            _sdk("import.journal.foreign", "import notes.txt --journal notes.txt"),
            _sdk("import.journal.changed", "import notes.txt", _journal("0")),
            _sdk("import.journal.target", "import notes.txt", _journal(_DIGEST)),
        ),
    ),
    Group(
        "octamem-fake",
        "octamem-fake serve",
        (
            Command("command.serve.host.remote", "octamem-fake serve --host 0.0.0.0"),
            Command("command.serve.host.foreign", "octamem-fake serve --host 203.0.113.1 --allow-remote"),
            Command("command.serve.host.name", "octamem-fake serve --host a..b"),
            Command("command.serve.allowed-host", "octamem-fake serve --allowed-host http://fake.test"),
            Command("command.serve.token", "octamem-fake serve --control-token 'a b'"),
            Command("command.serve.cors", "octamem-fake serve --cors http://localhost:3000/"),
            Command("command.serve.count", "octamem-fake serve --max-keys none"),
            Command("command.serve.setting", "octamem-fake serve --top-k none"),
            Command("command.serve.setting.switch", "octamem-fake serve --idempotency maybe"),
            Command("command.serve.setting.keys", "octamem-fake serve --api-key sk-1 --keys sk-2"),
            Command("command.serve.key", "octamem-fake serve --api-key 'a b'"),
            Command("command.serve.fault", "octamem-fake serve --fault 'add 503'"),
            Command("command.serve.seed.missing", "octamem-fake serve --seed-file memories.jsonl"),
            Command("command.serve.seed.json", "octamem-fake serve --seed-file m.jsonl", {"m.jsonl": '"Tea"\nTea\n'}),
            Command(
                "command.serve.seed.field", "octamem-fake serve --seed-file m.jsonl", {"m.jsonl": '{"text": "Tea"}\n'}
            ),
            Command(
                "command.serve.seed.value", "octamem-fake serve --seed-file m.jsonl", {"m.jsonl": '{"content": 17}\n'}
            ),
            Command(
                "command.serve.seed.lines",
                "octamem-fake serve --seed-file m.jsonl",
                {"m.jsonl": 'Tea\n["Milk"]\n'},
            ),
            Command("command.serve.seed.constant", "octamem-fake serve --seed-file m.jsonl", {"m.jsonl": "NaN\n"}),
            Command("command.serve.port", "octamem-fake serve --port 70000"),
            Command("command.serve.log-level", "octamem-fake serve --log-level loud"),
            Command("command.serve.variable", "octamem-fake serve", {}, {"OCTAMEM_FAKE_TOP_K": "0"}),
            Command("command.serve.variable.flag", "octamem-fake serve", {}, {"OCTAMEM_FAKE_QUIET": "maybe"}),
            Command("command.serve.config.missing", "octamem-fake serve --config ci.toml"),
            Command("command.serve.config.toml", "octamem-fake serve", {"octamem-fake.toml": "port = \n"}),
            Command("command.serve.config.name", "octamem-fake serve", {"octamem-fake.toml": "prot = 9000\n"}),
            Command("command.serve.config.type", "octamem-fake serve", {"octamem-fake.toml": "port = '9000'\n"}),
            Command("command.serve.config.value", "octamem-fake serve", {"octamem-fake.toml": "top-k = 0\n"}),
            Command("command.serve.config.list", "octamem-fake serve", {"octamem-fake.toml": "fault = 503\n"}),
            Command("command.serve.config.nul", "octamem-fake serve", {"octamem-fake.toml": 'host = "a\\u0000"\n'}),
            Command("command.serve.config.keys", "octamem-fake serve", {"octamem-fake.toml": 'api-key = ["a", "a"]\n'}),
            Command(
                "command.serve.config.project",
                "octamem-fake serve --config pyproject.toml",
                {"pyproject.toml": "[project]\nname = 'app'\n"},
            ),
        ),
    ),
    Group(
        "octamem-fake",
        "octamem-fake chaos",
        (
            Command("command.chaos.target.shape", "octamem-fake chaos notes.save"),
            Command("command.chaos.target.module", "octamem-fake chaos no_such_notes:save"),
            Command("command.chaos.target.function", "octamem-fake chaos notes:svae", _NOTES),
            Command("command.chaos.target.functions", "octamem-fake chaos notes:unlike", _NOTES),
            Command("command.chaos.target.not-callable", "octamem-fake chaos notes:LIST", _NOTES),
            Command("command.chaos.target.fails", "octamem-fake chaos notes:save", {"notes.py": "1 / 0\n"}),
            Command(
                "command.chaos.target.imports", "octamem-fake chaos notes:save", {"notes.py": "import no_such_module\n"}
            ),
            Command(
                "command.chaos.replay.rounds", "octamem-fake chaos notes:save --replay 'add: 503' --rounds 5", _NOTES
            ),
            Command("command.chaos.html.folder", "octamem-fake chaos notes:save --html no/such/folder.html", _NOTES),
            Command("command.chaos.html.full", "octamem-fake chaos notes:save --rounds 5 --html /dev/full", _NOTES),
            Command("command.chaos.setting.shape", "octamem-fake chaos notes:save --setting idempotency", _NOTES),
            Command("command.chaos.setting.value", "octamem-fake chaos notes:save --setting top-k=0", _NOTES),
            Command("command.chaos.faults", "octamem-fake chaos notes:save --faults 5O3", _NOTES),
            Command("command.chaos.replay.script", "octamem-fake chaos notes:save --replay 'add 503'", _NOTES),
            Command("command.chaos.silent", "octamem-fake chaos notes:idle", _NOTES),
            Command("command.chaos.few", "octamem-fake chaos notes:save --rounds 2", _NOTES),
        ),
    ),
    Group(
        "octamem-fake",
        "octamem-fake storm",
        (
            Command("command.storm.html", "octamem-fake storm --html no/such/folder.html"),
            Command("command.storm.html.full", "octamem-fake storm --clients 10 --policy none --html /dev/full"),
            Code(
                "command.storm.html.missing",
                "with not_installed('matplotlib', loads='matplotlib'):\n    said = command('storm --html storm.html')\nsaid",
            ),
            Command("command.storm.clients", "octamem-fake storm --clients 0"),
            Command("command.storm.every", "octamem-fake storm --every 0"),
            Command("command.storm.retries", "octamem-fake storm --retries -1"),
            Command("command.storm.partial", "octamem-fake storm --partial 2"),
            Command("command.storm.long", "octamem-fake storm --after 1000000 --every 0.1"),
        ),
    ),
    Group(
        "octamem-fake",
        "Commands of other packages",
        (
            Command("command.joined.odd", "octamem-fake odd", _VISITOR),
            Command("command.joined.gone", "octamem-fake gone", _VISITOR),
        ),
    ),
)

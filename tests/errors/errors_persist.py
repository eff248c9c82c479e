"""Files that `octamem-fake serve --persist` refuses, and what is answered while a file cannot be written."""

from __future__ import annotations

from errors_catalogue import Code, Command, Group

_IN_FOLDER = (
    "import sqlite3, tempfile\nfrom contextlib import closing\nfrom pathlib import Path\n"
    "from fake_server.persistence import Keeper, open_file\n"
    "with tempfile.TemporaryDirectory() as folder:\n    path = Path(folder, 'kept.db')\n"
)
_SERVED = "    said = command(f'serve --port 0 --persist \"{path}\"').replace(folder, 'folder')\nsaid"


def _refused(identity: str, *statements: str) -> Code:
    """Start a server on a file of some SQL."""
    made = "".join(f"        connection.execute({each!r})\n" for each in statements)
    connect = "    with closing(sqlite3.connect(path, isolation_level=None)) as connection:\n"
    begins = "    open_file(path).close()\n" if "UPDATE" in statements[0] else ""
    return Code(f"persist.{identity}", _IN_FOLDER + begins + connect + made + _SERVED)


GROUPS = (
    Group(
        "octamem-fake",
        "octamem-fake serve --persist",
        (
            Command("persist.folder", "octamem-fake serve --persist no-such-folder/kept.db"),
            Command("persist.device", "octamem-fake serve --persist /dev/null"),
            Command("persist.name", f"octamem-fake serve --persist {'long' * 100}"),
            Command("persist.unwritable", "octamem-fake serve --persist /proc/kept.db"),
            Command("persist.log", "octamem-fake serve --persist kept.db", {"kept.db-wal": "a log\n"}),
            Command("persist.begun", "octamem-fake serve --persist kept.db", {"kept.db": "SQLite"}),
            Command("persist.text", "octamem-fake serve --persist kept.db", {"kept.db": "no database\n"}),
            Command("persist.sync", "octamem-fake serve --persist kept.db --persist-sync always"),
            _refused("other", "CREATE TABLE mine (x)"),
            _refused("newer", "PRAGMA application_id = 1330464363", "PRAGMA user_version = 99"),
            _refused("row", "UPDATE server SET settings = '[]'"),
            _refused("setting", "UPDATE server SET settings = '{\"top_k\":0}'"),
            Code(
                "persist.in-use",
                f"{_IN_FOLDER}    with closing(open_file(path)):\n    {_SERVED}",
            ),
            Code(
                "persist.rights",
                f"{_IN_FOLDER}    import os\n    from unittest import mock\n"
                "    with mock.patch.object(os, 'access', lambda each, mode: False):\n"
                "        said = command(f'serve --port 0 --persist \"{path}\"').replace(folder, 'folder')\nsaid",
            ),
            Code(
                "persist.seed.full",
                f"{_IN_FOLDER}    from fake_server import persistence\n"
                "    from fake_server.cli import persisting\n"
                "    def full(path, sync):\n        connection = open_file(path, sync)\n"
                "        connection.execute('PRAGMA max_page_count = 20')\n        return connection\n"
                "    persisting.open_file = full\n"
                "    Path(folder, 's.jsonl').write_text('\"' + 'tea ' * 50_000 + '\"')\n"
                '    try:\n        said = command(f\'serve --port 0 --persist "{path}" --seed-file "{folder}/s.jsonl"\')\n'
                "    finally:\n        persisting.open_file = open_file\n"
                "    said = said.replace(folder, 'folder')\nsaid",
            ),
            Code(
                "persist.full",
                f"{_IN_FOLDER}    from fake_server.server import serve_in_thread\n"
                "    import http.client, json\n"
                "    fake, connection = Fake(), open_file(path)\n"
                "    connection.execute('PRAGMA max_page_count = 20')\n"
                "    with Keeper(fake, connection, {}) as keeper, serve_in_thread(create_app(fake, keeper)) as running:\n"
                "        def post(path, body):\n"
                "            asked = http.client.HTTPConnection(running.url[7:])\n"
                "            with closing(asked):\n"
                "                asked.request('POST', path, json.dumps(body), {'Authorization': 'Bearer your-api-key'})\n"
                "                return asked.getresponse().read().decode()\n"
                "        tea = 'tea ' * 50_000\n"
                "        said = post('/api/memory/add', {'content': tea}) + '\\n'\n"
                "        said += post('/_fake/memories?key=your-api-key', {'memories': [tea]})\n"
                "said",
            ),
        ),
    ),
)

"""Loads that cannot be: what the command `load` refuses before any user starts."""

from __future__ import annotations

from errors_catalogue import Code, Command, Group

URL = "http://127.0.0.1:1"


def _load(identity: str, words: str) -> Command:
    return Command(f"fake.load.{identity}", f"octamem-fake load {words}")


GROUPS = (
    Group(
        "load",
        "octamem-fake load",
        (
            _load("url", "127.0.0.1:8642"),
            _load("users", f"{URL} --users 0"),
            _load("run_time", f"{URL} --run-time soon"),
            _load("faults", f"{URL} --faults 'add: 503 x0'"),
            _load("report", f"{URL} --report load.txt"),
            _load("report_folder", f"{URL} --report none/load.html"),
            _load("client", f"{URL} --max-retries -1"),
            _load("workers", f"{URL} --workers 2 -- --master"),
            _load("of_locust", f"{URL} -- --users 3"),
            Code(
                "fake.load.locust",
                "from octamem_testing.load.command import load\n"
                f"with not_installed('locust'):\n    load.main(['{URL}'], standalone_mode=False)",
            ),
            Code(
                "fake.load.user",
                "import octamem_testing.load\nwith not_installed('locust'):\n    octamem_testing.load.OctaMemUser",
            ),
        ),
    ),
)

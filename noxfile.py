"""The suite on every interpreter that is found, and once with the lowest versions that are allowed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False

# TESTED names one that has just run everything, as `make test` does in CI.
VERSIONS = [version for version in ("3.9", "3.10", "3.11", "3.12", "3.13") if version != os.environ.get("TESTED")]


def interpreter(version: str) -> str:
    """Find an interpreter on the path, or among pyenv's, whose shims may not be switched on."""
    if shutil.which(f"python{version}"):
        found = shutil.which(f"python{version}") or ""
        if "shims" not in found:
            return found
    installed = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    return str(installed[-1]) if installed else f"python{version}"


def run_suite(session: nox.Session, *constraints: str) -> None:
    """Install what the tests need and run the unit tests; what is slow runs on one interpreter, by `make test`."""
    install = ("python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    session.run(*install, "--upgrade", "pip>=25.1")
    session.run(*install, "--editable", ".[server,testing]", "--group", "test", *constraints)
    session.run(
        "python", "-m", "pytest", "-q", "-n", "auto", "-m", "not slow", "-p", "no:cacheprovider", *session.posargs
    )


@nox.session(python=[interpreter(version) for version in VERSIONS])
def tests(session: nox.Session) -> None:
    """Run the unit tests with the newest versions of every dependency."""
    run_suite(session)


@nox.session(python=interpreter("3.9"))
def lowest(session: nox.Session) -> None:
    """Run the unit tests with every dependency at the lowest version that pyproject.toml allows."""
    run_suite(session, "--constraint", "tests/lowest.txt")

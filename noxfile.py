"""The suite on every interpreter that is found, with the lowest versions, from the sdist, and beside other tools."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False

# Without compiled modules, each worker and each process that a test starts would compile every module again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# TESTED names those to leave out: CI has run the same tests on them already, or has no time for them (see .ci/run).
TESTED = os.environ.get("TESTED", "").split()
# OF_SDIST names the one for the sdist: on another than that of `make test`, it makes one run of the matrix superfluous.
OF_SDIST = os.environ.get("OF_SDIST")
VERSIONS = [version for version in ("3.9", "3.10", "3.11", "3.12", "3.13") if version not in TESTED]


def interpreter(version: str) -> str:
    """Find an interpreter on the path, or among pyenv's, whose shims may not be switched on."""
    if shutil.which(f"python{version}"):
        found = shutil.which(f"python{version}") or ""
        if "shims" not in found:
            return found
    installed = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    return str(installed[-1]) if installed else f"python{version}"


INSTALL = ("python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
# Of some hundred packages a few modules are imported, and Python compiles those itself.
UNCOMPILED = ("--no-compile",)


# The files of tests/borders that run no pytest of their own. The tools' plugins, which the others are about, take two
# seconds of processor time to load.
PLAIN = ("browser", "chaos", "cluster", "late", "machines", "observers", "openapi", "page", "recipes", "semantic")
NEEDED = "--disable-plugin-autoload -p octamem_testing.plugin -p pytest_asyncio.plugin -p pytest_socket"


def run_suite(session: nox.Session, *constraints: str) -> None:
    """Install what the tests need and run the unit tests; what is slow runs on one interpreter, by `make test`."""
    session.run(*INSTALL, "--upgrade", "pip>=25.1")
    session.run(*INSTALL, "--editable", ".[server,testing]", "--group", "test", *constraints)
    run = ("python", "-m", "pytest", "-q", "-n", "auto")
    session.run(*run, "-m", "not slow", "-p", "no:cacheprovider", *session.posargs)


@nox.session(python=[interpreter(version) for version in VERSIONS])
def tests(session: nox.Session) -> None:
    """Run the unit tests with the newest versions of every dependency."""
    run_suite(session)


@nox.session(python=interpreter("3.9"))
def lowest(session: nox.Session) -> None:
    """Run the unit tests with every dependency at the lowest version that pyproject.toml allows."""
    run_suite(session, "--constraint", "tests/lowest.txt")


@nox.session
def borders(session: nox.Session) -> None:
    """Run the tests beside other tools, each file in a process of its own: what a tool patches stays patched there.

    Arguments are those of one run of pytest in place of all files.
    """
    session.run(*INSTALL, "--upgrade", "pip>=25.1")
    session.run(*INSTALL, *UNCOMPILED, "--editable", ".[server,testing,plots]", "--group", "borders")
    if session.posargs:
        session.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *session.posargs)
        return
    # Two at a time: a browser, a child process and a server mostly wait for each other. The largest, which take the
    # longest, come first: begun last, one would run alone in the end.
    longest = sorted(Path("tests/borders").glob("test_*.py"), key=lambda path: path.stat().st_size, reverse=True)
    plain = {f"test_borders_{name}.py" for name in PLAIN}
    # A line that ended in a blank would go on in the next one, for xargs.
    runs = " ".join(f"'{path} {NEEDED}'" if path.name in plain else f"'{path}'" for path in longest)
    run = f"{Path(session.bin) / 'python'} -m pytest -q -p no:cacheprovider"
    session.run("sh", "-c", f"printf '%s\\n' {runs} | xargs -P 2 -L 1 {run}", external=True)


@nox.session
def locust(session: nox.Session) -> None:
    """Run loads by real processes of Locust, apart from other tools: it patches the process that imports it."""
    session.run(*INSTALL, "--upgrade", "pip>=25.1")
    session.run(*INSTALL, *UNCOMPILED, "--editable", ".[load,testing]", "--group", "test")
    run = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:locust")
    session.run(*run, *session.posargs, "tests/borders/locust")


def call_after_install(session: nox.Session, *how: str) -> None:
    """Install the SDK alone, as a user would, and make each call."""
    session.run(*INSTALL, *how, ".")
    session.run("python", "tests/borders/call_every_way.py")


@nox.session(python=interpreter("3.13"))
def pre(session: nox.Session) -> None:
    """Make each call with the SDK alone and the newest versions, pre-releases too."""
    call_after_install(session, "--pre", "--upgrade")


@nox.session(python=interpreter("3.9"))
def oldest(session: nox.Session) -> None:
    """Make each call with the SDK alone and the lowest versions."""
    call_after_install(session, "--constraint", "tests/lowest.txt")


@nox.session(python=interpreter(OF_SDIST) if OF_SDIST else None)
def sdist(session: nox.Session) -> None:
    """Build the sdist, and the wheel from it; install the wheel, and run the unit tests of the sdist, unpacked."""
    session.run(*INSTALL, "build")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        session.run("python", "-m", "build", "--outdir", str(folder))
        (packed,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
        session.run("python", "-m", "tarfile", "--extract", str(packed), str(folder))
        session.run("python", "-m", "venv", str(folder / "venv"))
        python = str(next((folder / "venv").glob("[bS]*/python*")))
        session.chdir(folder)
        session.run(python, *INSTALL[1:], str(wheel), external=True)
        session.run(
            python,
            "-c",
            "import octamem, octamem_testing; from fake_server.paths import files; assert files()",
            external=True,
        )
        session.chdir(folder / packed.name.removesuffix(".tar.gz"))
        run_suite(session)

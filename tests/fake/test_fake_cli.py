"""The command line: what its options build, what it refuses, and the commands that join it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint

import click
import pytest
from click.testing import CliRunner

from fake_server import cli
from fake_server.cli.banner import Access, banner
from fake_server.cli.build import store_file
from fake_server.cli.group import GROUP, by_name
from fake_server.cli.options import default_shown
from fake_server.core.settings import setting_choices, setting_fields

KEY = "sk-om-live-tests-0000000000000001"


@pytest.fixture
def octamem_fake():
    """Run the command in this process; give exit status, standard output and standard error."""

    def run(*arguments):
        try:
            runner = CliRunner(mix_stderr=False)  # click below 8.2 mixes the two unless told
        except TypeError:
            runner = CliRunner()
        done = runner.invoke(cli.main, arguments, prog_name="octamem-fake")
        return done.exit_code, done.stdout, done.stderr

    return run


def test_serve_has_every_setting_as_an_option_with_its_default(octamem_fake):
    """The help of serve lists each setting with dashes, what it is and its default, and the other options."""
    status, out, _ = octamem_fake("serve", "--help")
    words = " ".join(out.split())
    assert status == 0
    for item in setting_fields():
        choices = setting_choices(item)
        metavar = f"[{'|'.join(choices)}]" if 1 < len(choices) < 10 else "VALUE"
        assert f"--{item.name.replace('_', '-')} {metavar}" in words
        assert f"[default: {default_shown(item.default)}]" in words
    for option in ("--host", "--allow-remote", "--allowed-host", "--control-token", "--api-key", "--seed-file"):
        assert option in words
    assert "each a text, a pair of a text and its context, or an object" in words
    assert "[default: 8642;" in words
    assert "Seconds that a connection may be without a request. [default: 75]" in words


@pytest.mark.parametrize(
    "name",
    [
        "calls",
        "chaos",
        "cluster",
        "doctor",
        "env",
        "faults",
        "keys",
        "load",
        "reset",
        "seed",
        "serve",
        "snapshot",
        "storm",
        "undo",
    ],
)
def test_each_command_has_examples_in_its_help(octamem_fake, name):
    """The help of a command has lines to paste, each of which begins with the program or gives it to the shell."""
    status, out, _ = octamem_fake(name, "--help")
    examples = out.partition("Examples:\n")[2].partition("\n\n")[0].splitlines()
    assert status == 0
    assert examples != []
    assert [line for line in examples if f"octamem-fake {name}" not in line] == []


def test_an_address_that_other_machines_reach_is_refused_with_status_2(octamem_fake):
    """Without --allow-remote an address other than loopback is not listened on, and the message names the option."""
    for host in ("0.0.0.0", "", "::", "192.0.2.1"):
        status, out, err = octamem_fake("serve", "--port", "0", "--host", host)
        assert (status, out) == (2, "")
        assert f"--host: expected a loopback address or localhost, got {host!r}" in err
        assert "add --allow-remote" in err


@pytest.mark.parametrize(
    "name", ["", "http://fake.test", "fake.test:80", "*.test", "fake test", "127.1", "b\xfccher.test"]
)
def test_an_allowed_host_that_is_no_name_is_refused_with_status_2(octamem_fake, name):
    """What has a scheme, a port or a pattern is no name, and the message says what is expected."""
    status, out, err = octamem_fake("serve", "--port", "0", "--allowed-host", "fake.test", "--allowed-host", name)
    assert (status, out) == (2, "")
    assert "expected a host name or an address without scheme and port" in " ".join(err.split())


@pytest.mark.parametrize("host", ["[::1]", "[::]", "[127.0.0.1]"])
def test_an_address_in_the_brackets_of_a_url_is_told_without_them(octamem_fake, host):
    """The message says what to give instead, whether the address could be reached from elsewhere or not."""
    status, out, err = octamem_fake("serve", "--port", "0", "--host", host)
    assert (status, out) == (1, "")
    assert f"cannot listen on {host}:0: expected an address without brackets; give --host {host[1:-1]}" in err


@pytest.mark.parametrize("host", ["a" * 70, "a..b", "http://localhost", "localhost:9000", "two words", "a\0b"])
def test_a_host_that_no_name_server_could_know_is_said_with_status_1(octamem_fake, host):
    """A name that cannot be encoded is told as one that does not exist is."""
    status, out, err = octamem_fake("serve", "--port", "0", "--host", host)
    assert (status, out) == (1, "")
    assert f"cannot listen on {host}:0: expected a host name or an address without scheme and port" in err
    assert "choose another --host" in err
    assert "port with --port" not in err


def test_every_setting_reaches_the_fake_from_its_option(commanded):
    """Each option with dashes sets the setting of that name, and what is not given keeps its default."""
    fake = commanded(
        *[
            "--wire",
            "envelope",
            "--top-k",
            "3",
            "--pending-ids",
            "false",
            "--default-type",
            "episodic",
            "--context-match",
            "any",
            "--language",
            "norwegian",
        ],
        *["--indexing-delay", "3 polls", "--unit", "bytes", "--limit", "9", "--over-limit-status", "402"],
        *["--rate", "5/1", "--idempotency", "true", "--max-content", "10", "--max-body", "100", "--seed", "4"],
    ).fake
    assert fake.settings().public() == {
        "wire": "envelope",
        "top_k": 3,
        "pending_ids": False,
        "default_type": "episodic",
        "context_match": "any",
        "language": "norwegian",
        "indexing_delay": "3 polls",
        "unit": "bytes",
        "limit": 9,
        "over_limit_status": 402,
        "rate": "5/1",
        "keys": None,
        "idempotency": True,
        "max_content": 10,
        "max_body": 100,
        "seed": 4,
    }
    assert commanded("--top-k", "3").fake.settings().limit is None


def test_a_switch_may_stand_alone(commanded):
    """A setting that is true or false is switched on by its option alone, whatever option follows."""
    settings = commanded("--idempotency", "--top-k", "3").fake.settings()
    assert (settings.idempotency, settings.top_k) == (True, 3)
    assert commanded("--pending-ids").fake.settings().pending_ids is True


def test_api_keys_restrict_and_the_first_is_the_fakes_own(commanded):
    """With --api-key only those given are valid, beside those of --keys, and the first is the default."""
    service = commanded(
        "--api-key", KEY, "--api-key", "second", "--keys", '[{"key":"third","rights":["add"]},"fourth"]'
    )
    assert list(service.fake.settings().keys) == [KEY, "second", "third", "fourth"]
    assert service.fake.api_key == KEY
    assert service.search(key="third").status == 403
    assert service.search(key="fifth").status == 401
    table = commanded("--api-key", KEY, "--keys", '{"third":{"rights":["add"]}}')
    assert table.search(key="third").status == 403


def test_faults_are_armed_server_wide_from_the_start(commanded):
    """Each --fault is armed, in the order given."""
    service = commanded("--fault", "add: 503", "--fault", "search: 500 x2")
    assert [each.script.text for each in service.fake.armed()] == ["add: 503", "search: 500 x2"]
    assert (service.add().status, service.search().status, service.details().status) == (503, 500, 200)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--top-k", "0"], "Invalid value for '--top-k': expected an int of at least 1, got 0"),
        (["--wire", "soap"], "Invalid value for '--wire': expected flat or envelope, got 'soap'"),
        (["--limit", "NaN"], "Invalid value for '--limit': expected an int of at least 0 or none, got nan"),
        (["--indexing-delay", "Infinity"], "Invalid value for '--indexing-delay': expected seconds"),
        (["--rate", "fast"], "Invalid value for '--rate': expected \"CALLS/SECONDS\""),
        (["--keys", "one,two"], "Invalid value for '--keys': expected a list of keys"),
        (["--keys", "one", "--api-key", KEY], "Invalid value for '--keys': expected a list of keys"),
        (["--keys", "5", "--api-key", KEY], "Invalid value for '--keys': expected a list of keys"),
        (["--keys", "0", "--api-key", KEY], "Invalid value for '--keys': expected a list of keys"),
        (["--api-key", KEY, "--api-key", KEY], "keys[1]: expected another key, got the one of keys[0] again"),
        (["--api-key", "two words"], "Invalid value for '--api-key': keys[0]: expected printable ASCII without spaces"),
        (["--fault", "add: boom"], "column 6: expected a status"),
        (["--port", "70000"], "Invalid value for '--port'"),
        (["--seed-file", "nowhere.jsonl"], "--seed-file: cannot read 'nowhere.jsonl': No such file or directory"),
        (["--colour", "red"], "No such option"),
    ],
)
def test_a_bad_option_is_said_on_standard_error_with_status_2(octamem_fake, arguments, says):
    """A bad value ends the command before it listens, with the reason, and no key in it."""
    status, out, err = octamem_fake("serve", *arguments)
    assert (status, out) == (2, "")
    assert says in " ".join(err.split())
    assert KEY not in err


@pytest.fixture
def planted(commanded, tmp_path):
    """Plant a seed file in a fake; give the number of memories and the fake."""

    def plant(content, *arguments):
        path = tmp_path / "seed.jsonl"
        path.write_bytes(content)
        fake = commanded(*arguments).fake
        return store_file(fake, path), fake

    return plant


def test_a_seed_file_holds_a_text_or_an_object_a_line(planted):
    """Texts and objects are put under the first key, blank lines skipped, whatever the line ends."""
    content = b'"tea"\r\n\n{"content":"coffee","type":"episodic","previousContext":"Kitchen"}\n  \n"\xc3\xa9t\xc3\xa9"'
    count, fake = planted(content, "--api-key", KEY)
    assert count == 3
    assert [(each.content, each.type, each.context) for each in fake.memories(key=KEY)] == [
        ("tea", "semantic", ""),
        ("coffee", "episodic", "Kitchen"),
        ("été", "semantic", ""),
    ]


def test_a_seed_file_may_begin_with_the_mark_of_its_encoding(planted):
    """What editors on Windows put before UTF-8 is no part of the first line; a pair is a text and its context."""
    count, fake = planted(b'\xef\xbb\xbf["tea","Home"]\r\n"coffee"')
    assert count == 2
    assert [(each.content, each.context) for each in fake.memories()] == [("tea", "Home"), ("coffee", "")]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'\xef\xbb\xbf"late"', "expected JSON"),
        (b"tea", "expected JSON, got an error at column 1"),
        (b'"tea\xff"', "expected UTF-8, got another byte at position 4"),
        (b'{"text":"tea"}', "text: unknown field; expected id, content"),
        (b'{"content":""}', "content must not be empty"),
        (b'{"content":"x","type":"odd"}', "type: expected semantic"),
        (b'{"content":"x","id":"rec_a"}', "id: expected a new id, got 'rec_a'"),
        (b"5", "expected a text, a pair (text, context) or an object, got int"),
        (b'"\\ud800"', "expected valid Unicode, got a lone surrogate"),
        (b"[" * 100_000, "expected at most 64 levels of nesting"),
    ],
)
def test_a_bad_line_of_a_seed_file_is_named_by_file_and_line(planted, octamem_fake, tmp_path, line, says):
    """The error says which file, which line of it, blank ones counted, and what is wrong there."""
    content = b'{"content":"tea","id":"rec_a"}\n\n' + line + b'\n"never read"\n'
    with pytest.raises(ValueError, match=r"seed\.jsonl, line 3: ") as caught:
        planted(content)
    assert says in str(caught.value)
    status, out, err = octamem_fake("serve", "--seed-file", str(tmp_path / "seed.jsonl"))
    assert (status, out) == (2, "")
    assert "seed.jsonl, line 3: " in " ".join(err.split())


def test_env_prints_one_line_that_a_shell_takes(octamem_fake):
    """What env prints sets both variables when a shell evaluates it, odd characters of a key included."""
    key = "k'$x;&`echo`"
    status, out, err = octamem_fake("env", "--port", "9", "--api-key", key)
    assert (status, err) == (0, "")
    script = 'eval "$1"; printf %s "$OCTAMEM_BASE_URL $OCTAMEM_API_KEY"'
    got = subprocess.run(["sh", "-c", script, "sh", out], capture_output=True, text=True, check=True)
    assert got.stdout == f"http://127.0.0.1:9 {key}"


def test_env_has_the_defaults_of_serve(octamem_fake):
    """Without options env speaks of the address and the key that serve has without options."""
    from fake_server import Fake

    _, out, _ = octamem_fake("env")
    assert out == f"export OCTAMEM_BASE_URL=http://127.0.0.1:8642 OCTAMEM_API_KEY={Fake().api_key}\n"
    assert "http://[::1]:8642" in octamem_fake("env", "--host", "::1")[1]
    for host in ("0.0.0.0", "::"):
        assert "http://127.0.0.1:8642" in octamem_fake("env", "--host", host)[1]


def test_a_key_of_printable_ascii_is_not_refused_by_the_banner():
    """The banner quotes the key for a shell, names the control API, and says how much was planted."""
    here = Access("http://127.0.0.1:1", "127.0.0.1")
    text = banner(here, "a'b", "k1", 3)
    assert "export OCTAMEM_BASE_URL=http://127.0.0.1:1 OCTAMEM_API_KEY='a'\"'\"'b'" in text
    assert "that key is k1, and holds 3 memories" in text
    assert "that key is k1, and holds 1 memory\n" in banner(here, "ab", "k1", 1)
    assert "memories" not in banner(here, "ab", "k1", 0).replace("in memory", "")


@pytest.mark.parametrize(
    ("bound", "token", "is_new", "who", "control"),
    [
        ("127.0.0.1", None, False, "only programs on this machine can use it", "and read and control it too"),
        ("::1", "t0ken", False, "only programs on this machine can use it", "control it with the control token"),
        ("192.0.2.1", "t0ken", True, "machines that reach 192.0.2.1 can use it", "control it with the control token"),
        ("0.0.0.0", "t0ken", True, "machines that reach this one over IPv4 can use it", "with the control token"),
        ("::", "t0ken", True, "machines that reach this one, over IPv6 or IPv4, can use it", "with the control token"),
    ],
)
def test_the_banner_says_who_reaches_the_server(bound, token, is_new, who, control):
    """It names who can use and control the server, and shows a token only if nobody knows it yet."""
    text = banner(Access("http://127.0.0.1:1", bound, token, is_new), "ab", "k1", 0)
    assert who in text
    assert control in text
    assert ("nothing leaves this machine" in text) is (bound in {"127.0.0.1", "::1"})
    assert text.count("t0ken") == (1 if is_new else 0)
    assert text.count('curl -H "Authorization: Bearer $OCTAMEM_FAKE_CONTROL_TOKEN"') == (2 if token else 0)


def test_version_and_help(octamem_fake):
    """--version names the command and the distribution's version, -h lists the commands."""
    from importlib.metadata import version

    assert octamem_fake("--version") == (0, f"octamem-fake, version {version('octamem')}\n", "")
    status, out, _ = octamem_fake("-h")
    assert status == 0
    assert "serve" in out
    assert "env" in out


@pytest.fixture
def visited(tmp_path, monkeypatch):
    """Install a package which adds the commands `hello`, `odd`, `serve` and `gone`, for as long as a test runs."""
    (tmp_path / "visitor.py").write_text(
        "import click\n\n\n@click.command()\ndef hello():\n    click.echo('hello from elsewhere')\n\n\nodd = 5\n"
    )
    info = tmp_path / "visitor-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: visitor\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[octamem_fake.commands]\nhello = visitor:hello\nodd = visitor:odd\nserve = visitor:hello\ngone = missing:x\n"
    )

    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("visitor", None)


def test_commands_of_other_packages_join_by_the_entry_point_group(visited, octamem_fake):
    """A click command in the group is one of ours, what is no command says so, and none takes our names."""
    assert octamem_fake("hello") == (0, "hello from elsewhere\n", "")
    status, _, err = octamem_fake("odd")
    assert status == 1
    assert "the command 'odd' of group octamem_fake.commands must be a click.Command, got 5" in err
    status, _, err = octamem_fake("gone", "--with", "options")
    assert status == 1
    assert "the command 'gone' of group octamem_fake.commands cannot be loaded: ModuleNotFoundError" in err
    shown = octamem_fake("--help")[1]
    assert all(name in shown for name in ("hello", "odd", "gone", "serve", "env"))
    assert "Serve the fake until" in octamem_fake("serve", "--help")[1]
    status, _, err = octamem_fake("nothing")
    assert (status, "No such command 'nothing'" in err) == (2, True)


@pytest.mark.slow
def test_a_command_of_another_package_joins_in_a_process_of_its_own(visited):
    """The program finds such a command where its Python finds packages."""
    done = subprocess.run(
        [sys.executable, "-m", "fake_server", "hello"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(visited)},
    )
    assert (done.returncode, done.stdout) == (0, "hello from elsewhere\n")


def test_a_command_of_our_own_asks_no_other_package(octamem_fake, monkeypatch):
    """To start one of our commands, nothing is read about the packages that are installed."""

    def fail():
        raise AssertionError("the entry points were read")

    monkeypatch.setattr("importlib.metadata.entry_points", fail)
    status, out, _ = octamem_fake("env")
    assert status == 0
    assert "OCTAMEM_BASE_URL" in out


def test_entry_points_are_found_in_either_shape_that_python_gives():
    """Python 3.9 gives a mapping of groups, later versions what selects; both name the joined commands."""
    point = EntryPoint("hello", "visitor:hello", GROUP)

    class Selects:
        def select(self, *, group):
            return [point] if group == GROUP else []

    assert by_name(Selects()) == {"hello": point}
    assert by_name({GROUP: (point,)}) == {"hello": point}
    assert by_name({}) == {}


def test_our_commands_are_click_commands():
    """The group and its commands can be extended and called as click's."""
    assert isinstance(cli.main, click.Group)
    assert set(cli.main.commands) == {"serve", "env"}


NEEDED = ("click", "h11", "numpy", "rapidfuzz", "snowballstemmer", "starlette", "uvicorn")
WITHOUT = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout

def without(missing, use):
    # What was loaded before is forgotten, so that it is looked for again; numpy can be loaded only once.
    forgotten = {"fake_server", missing} - {"numpy"}
    for name in list(sys.modules):
        if sys.modules[name] is None or name.partition(".")[0] in forgotten:
            del sys.modules[name]
    sys.modules[missing] = None
    out, err, said = io.StringIO(), io.StringIO(), ""
    with redirect_stdout(out), redirect_stderr(err):
        try:
            use()
        except (ModuleNotFoundError, SystemExit) as error:
            said = type(error).__name__, str(error)
    return out.getvalue(), err.getvalue(), said

def serve():
    sys.argv = ["octamem-fake", "serve", "--port", "0"]
    from fake_server.__main__ import main
    main()

def fake():
    from fake_server import Fake

def app():
    from fake_server import create_app

served = {missing: without(missing, serve) for missing in sys.argv[1:]}
sys.stdout.write(json.dumps([served, without("rapidfuzz", fake), without("starlette", app)]))
"""


@pytest.fixture(scope="module")
def lacking():
    """Run the command without each requirement, and load two names; one interpreter does it all."""
    run = [sys.executable, "-c", WITHOUT, *NEEDED]
    return json.loads(subprocess.run(run, capture_output=True, text=True, timeout=300, check=True).stdout)


@pytest.mark.parametrize("missing", NEEDED)
def test_what_is_not_installed_is_named_with_the_line_that_installs_it(lacking, missing):
    """Without one of the server's requirements the command says which, and how to get it, in place of a traceback."""
    out, err, (ended, said) = lacking[0][missing]
    assert (out, err, ended) == ("", "", "SystemExit")
    assert said.startswith(f'octamem-fake needs {missing}, which is not installed: pip install ".[server]"\n')
    assert "Traceback" not in said


@pytest.mark.parametrize(("name", "missing", "place"), [("Fake", "rapidfuzz", 1), ("create_app", "starlette", 2)])
def test_a_name_says_which_line_installs_what_it_needs(lacking, name, missing, place):
    """Without one of its requirements a public name is a ModuleNotFoundError that says how to get it."""
    ended, said = lacking[place][2]
    needs = f'fake_server.{name} needs {missing}, which is not installed: pip install ".[server]"'
    assert (ended, said.partition("\n")[0]) == ("ModuleNotFoundError", needs)

"""Options beside the command line: in the environment, in TOML, in their order, and with errors that name the place."""

from __future__ import annotations

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from fake_server.cli import main
from fake_server.cli.options import Given
from fake_server.cli.sources import SourcedOption, origins, sources_of
from fake_server.core.settings import setting_fields

KEY = "sk-om-live-tests-0000000000000001"
SERVE = main.commands["serve"]
OPTIONS = [each for each in SERVE.params if isinstance(each, SourcedOption)]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in an empty folder, where a file is written by its name and text, without variables of ours."""
    import os

    for name in [each for each in os.environ if each.startswith("OCTAMEM_FAKE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def given(monkeypatch):
    """Read the options of serve, or of another command; give their values by name."""

    def read(*arguments, command="serve", **variables):
        with monkeypatch.context() as patch:
            for name, text in variables.items():
                patch.setenv(f"OCTAMEM_FAKE_{name}", text)
            context = main.commands[command].make_context(command, list(arguments))
        values = {
            name: value.value if isinstance(value, Given) else value
            for name, value in context.params.items()
        }  # fmt: skip
        values["sources"], values["origins"] = sources_of(context), origins(context)
        return values

    return read


@pytest.fixture
def refused(monkeypatch):
    """Run serve, which refuses; give what it says in one line."""

    def run(*arguments, **variables):
        env = {f"OCTAMEM_FAKE_{name}": text for name, text in variables.items()}
        done = CliRunner(env=env).invoke(main, ["serve", "--port", "0", *arguments], prog_name="octamem-fake")
        assert done.exit_code == 2, done.output
        return " ".join(done.output.partition("Error: ")[2].split())

    return run


TEXTS = {
    "host": "::1", "port": "9", "allow-remote": "true", "allowed-host": "fake.test other.test", "api-key": f"{KEY} b",
    "control-token": "t0ken", "cors": "http://localhost:3000 https://app.test",
    "http": "h11", "loop": "asyncio", "max-connections": "20", "max-headers": "30",
    "max-header-bytes": "4096", "idle-timeout": "5.5", "header-timeout": "2", "body-timeout": "3", "write-timeout": "4",
    "max-keys": "50", "journal-bytes": "1000000", "answer-bytes": "5000",
    "persist": "kept.db", "persist-sync": "full", "seed-file": "m.jsonl",
    "fault": "add: 503, ok; search: 500", "quiet": "1", "log-level": "error", "log-format": "json",
    "wire": "envelope", "top-k": "3", "pending-ids": "false", "default-type": "episodic",
    "context-match": "any", "language": "norwegian", "indexing-delay": "3 polls", "unit": "bytes", "limit": "9",
    "over-limit-status": "402", "rate": "5/1", "keys": '["third"]', "idempotency": "true", "max-content": "10",
    "max-body": "100", "seed": "4",
}  # fmt: skip
FILE = f"""
host = "::1"
port = 9
allow-remote = true
allowed-host = ["fake.test", "other.test"]
control-token = "t0ken"
cors = ["http://localhost:3000", "https://app.test"]
http = "h11"
loop = "asyncio"
max-connections = 20
max-headers = 30
max-header-bytes = 4096
idle-timeout = 5.5
header-timeout = 2
body-timeout = 3
write-timeout = 4
api-key = ["{KEY}", "b"]
max-keys = 50
journal-bytes = 1000000
answer-bytes = 5000
persist = "kept.db"
persist-sync = "full"
seed-file = "m.jsonl"
fault = "add: 503, ok; search: 500"
quiet = true
log-level = "error"
log-format = "json"
wire = "envelope"
top-k = 3
pending-ids = false
default-type = "episodic"
context-match = "any"
language = "norwegian"
indexing-delay = "3 polls"
unit = "bytes"
limit = 9
over-limit-status = 402
rate = "5/1"
keys = ["third"]
idempotency = true
max-content = 10
max-body = 100
seed = 4
"""


def by_command_line():
    lines = []
    for name, text in TEXTS.items():
        option = next(each for each in OPTIONS if each.key == name)
        values = text.split() if option.multiple and option.splits else [text]
        lines += [f"--{name}"] if option.is_flag else [word for value in values for word in (f"--{name}", value)]
    return lines


def test_every_option_is_a_variable_and_a_name_in_toml_too(given, folder):
    """All options of serve have the same values from the command line, from variables, and from each kind of file."""
    assert sorted(TEXTS) == sorted(each.key for each in OPTIONS)
    assert {item.name.replace("_", "-") for item in setting_fields()} < set(TEXTS)
    plain = [each.name for each in SERVE.params if not isinstance(each, SourcedOption)]
    assert sorted(plain) == ["config"]
    line = given(*by_command_line())
    variables = given(**{name.replace("-", "_").upper(): text for name, text in TEXTS.items()})
    (folder / "octamem-fake.toml").write_text(FILE)
    file = given()
    (folder / "octamem-fake.toml").rename(folder / "other.toml")
    named = given("--config", "other.toml")
    by_variable = given(CONFIG="other.toml")
    (folder / "pyproject.toml").write_text(f"[project]\nname = 'app'\n[tool.octamem-fake]\n{FILE}")
    project = given()
    for each in (line, variables, file, named, by_variable, project):
        del each["sources"], each["origins"]
        assert each == line
    assert line["fault_scripts"] == ("add: 503, ok; search: 500",)
    assert line["api_keys"] == (KEY, "b")


def test_the_command_line_goes_before_the_environment_and_that_before_toml(given, folder):
    """Of several sources of an option, the first in that order counts alone; a repeatable option is not added up."""
    (folder / "octamem-fake.toml").write_text("top-k = 2\nwire = 'envelope'\nseed = 2\nfault = ['add: 500']\n")
    found = given("--top-k", "4", "--fault", "add: 502", TOP_K="3", SEED="3", FAULT="add: 501")
    assert (found["top_k"], found["seed"], found["wire"], found["unit"]) == (4, 3, "envelope", None)
    assert found["fault_scripts"] == ("add: 502",)


def test_the_file_of_our_name_goes_before_the_project_and_a_named_one_before_both(given, folder):
    """One file is read, and files are not merged; a project without our table is none."""
    (folder / "pyproject.toml").write_text("[project]\nname = 'app'\n")
    assert given()["sources"].file is None
    (folder / "pyproject.toml").write_text("[tool.octamem-fake]\nseed = 1\ntop-k = 9\n")
    assert given()["seed"] == 1
    (folder / "octamem-fake.toml").write_text("seed = 2\n")
    assert (given()["seed"], given()["top_k"]) == (2, None)
    (folder / "named.toml").write_text("seed = 3\n")
    assert given("--config", "named.toml", CONFIG="octamem-fake.toml")["seed"] == 3
    (folder / "empty.toml").write_text("")
    assert given("--config", "empty.toml")["seed"] is None


def test_a_path_in_a_file_is_seen_from_the_file(given, folder):
    """A seed file that a TOML file names stands beside it; one that a variable names, in the current folder."""
    (folder / "ci").mkdir()
    (folder / "ci" / "fake.toml").write_text("seed-file = 'm.jsonl'\n")
    assert given("--config", "ci/fake.toml")["seed_file"].as_posix() == "ci/m.jsonl"
    assert given(SEED_FILE="m.jsonl")["seed_file"].as_posix() == "m.jsonl"


def test_toml_has_keys_with_settings_of_their_own(given, folder):
    """A table of keys, and an array of tables, are what `keys` takes in JSON; text is read as on the command line."""
    (folder / "octamem-fake.toml").write_text(f"limit = 'none'\ntop-k = '3'\n[keys.{KEY}]\nrights = ['add']\n")
    found = given()
    assert (found["keys"], found["limit"], found["top_k"]) == ({KEY: {"rights": ["add"]}}, None, 3)
    assert KEY not in repr(Given(found["keys"]))


def test_an_empty_variable_is_none(given):
    """A variable that is empty or blank counts as one that is not set."""
    found = given(TOP_K="", ALLOW_REMOTE=" ", API_KEY="", FAULT="", CONFIG="")
    assert (found["top_k"], found["allow_remote"], found["api_keys"], found["fault_scripts"]) == (None, False, (), ())


@pytest.mark.parametrize(("text", "on"), [("1", True), ("TRUE", True), ("yes", True), ("0", False), ("off", False)])
def test_a_variable_switches_a_flag_on_or_off(given, folder, text, on):
    """A flag takes the usual words, and a variable can switch off what a file switches on."""
    (folder / "octamem-fake.toml").write_text("allow-remote = true\n")
    assert given(ALLOW_REMOTE=text)["allow_remote"] is on


def test_sources_say_what_set_something(given, folder):
    """The banner's list has what is in force; a variable that no option has is told with the nearest option."""
    (folder / "octamem-fake.toml").write_text("seed = 2\n")
    found = given("--top-k", "2", WIRE="flat", TOP_K="3", HOST="::1", PROT="1")
    assert found["origins"] == ["OCTAMEM_FAKE_HOST", "OCTAMEM_FAKE_WIRE", "octamem-fake.toml"]
    assert given("--seed", "1")["origins"] == []
    assert found["sources"].unknown == ("OCTAMEM_FAKE_PROT: unknown variable; did you mean OCTAMEM_FAKE_PORT?",)


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"TOP_K": "0"}, "Invalid value for OCTAMEM_FAKE_TOP_K: expected an int of at least 1, got 0"),
        ({"WIRE": "soap"}, "Invalid value for OCTAMEM_FAKE_WIRE: expected flat or envelope, got 'soap'"),
        ({"QUIET": "maybe"}, "Invalid value for OCTAMEM_FAKE_QUIET: expected true or false, got 'maybe'"),
        (
            {"LOG_LEVEL": "loud"},
            "Invalid value for OCTAMEM_FAKE_LOG_LEVEL: expected debug, info, warning or error, got 'loud'",
        ),
        ({"API_KEY": f"{KEY} {KEY}"}, "Invalid value for OCTAMEM_FAKE_API_KEY: keys[1]: expected another key"),
        ({"ALLOWED_HOST": "http://a"}, "Invalid value for OCTAMEM_FAKE_ALLOWED_HOST: expected a host name"),
        ({"FAULT": "add 503"}, "Invalid value for OCTAMEM_FAKE_FAULT: fault script 'add 503', column 5: expected"),
        ({"SEED_FILE": "no.jsonl"}, "OCTAMEM_FAKE_SEED_FILE: cannot read 'no.jsonl': No such file or directory"),
        ({"HOST": "0.0.0.0"}, "OCTAMEM_FAKE_HOST: expected a loopback address or localhost, got '0.0.0.0'"),
        ({"CONFIG": "no.toml"}, "OCTAMEM_FAKE_CONFIG: cannot read 'no.toml': No such file or directory"),
        ({"KEYS": f'{{"{KEY}": {{"state": "odd"}}}}'}, "Invalid value for OCTAMEM_FAKE_KEYS: keys[0].state: expected"),
    ],
    ids=str,
)
def test_an_error_names_the_variable(refused, variables, says):
    """A bad value from the environment is refused with status 2 under the variable's name, and no key is shown."""
    said = refused(**variables)
    assert says in said
    assert KEY not in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("top-k = 0", "Invalid value for top-k in octamem-fake.toml: expected an int of at least 1, got 0"),
        ("top-k = [1]", "Invalid value for top-k in octamem-fake.toml: expected an int of at least 1, got [1]"),
        ("limit = nan", "Invalid value for limit in octamem-fake.toml: expected an int of at least 0 or none, got nan"),
        ("rate = 2026-01-01", "Invalid value for rate in octamem-fake.toml: expected"),
        ("host = 5", "Invalid value for host in octamem-fake.toml: expected a string, got a number"),
        ("quiet = 'yes'", "Invalid value for quiet in octamem-fake.toml: expected true or false, got a string"),
        ("api-key = 5", "Invalid value for api-key in octamem-fake.toml: expected a string or an array of strings"),
        (f"api-key = ['{KEY}', 5]", "Invalid value for api-key in octamem-fake.toml: expected a string or an array"),
        ("fault = ['add: 503', 'add 503']", "Invalid value for fault in octamem-fake.toml: fault script 'add 503'"),
        ("seed-file = 'no.jsonl'", "seed-file in octamem-fake.toml: cannot read 'no.jsonl'"),
        ("host = '0.0.0.0'", "host in octamem-fake.toml: expected a loopback address"),
        ("seed-file = 'a\\u0000b'".replace("'", '"'), "Invalid value for seed-file in octamem-fake.toml: expected a"),
        ("prot = 1", "octamem-fake.toml: prot: unknown option; did you mean port?"),
        ("top_k = 1", "octamem-fake.toml: top_k: unknown option; did you mean top-k?"),
        ("config = 'a.toml'", "octamem-fake.toml: config: unknown option; "),
        ("a = \n", "octamem-fake.toml: expected TOML, got an error at line 1, column 5; correct it, or name another"),
        (f"[keys.{KEY}]\n[keys.{KEY}]\n", "octamem-fake.toml: expected TOML, got an error at line 2, column"),
        (f"{KEY} = 1\n{KEY} = 2\n", "octamem-fake.toml: expected TOML, got an error at"),
        ("a = " + "[" * 100_000, "octamem-fake.toml: expected TOML, got an error"),
        (b"\xff", "octamem-fake.toml: expected TOML, got an error"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_error_names_the_file_and_the_name_in_it(refused, folder, text, says):
    """A bad value, name or file is refused with status 2, under where it stands, and no key is shown."""
    (folder / "octamem-fake.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    said = refused()
    assert says in said
    assert KEY not in said


def test_a_port_that_is_none_is_said_by_its_source(folder):
    """A port in a variable or a file is refused under its name, with the range."""
    for text in ("10.0.0.1:80", "http://10.0.0.1:80", "70000", "-1"):
        done = CliRunner(env={"OCTAMEM_FAKE_PORT": text}).invoke(main, ["serve"])
        assert done.exit_code == 2
        said = f"Invalid value for OCTAMEM_FAKE_PORT: expected an int from 0 to 65535, got {text!r}"
        assert said in " ".join(done.output.split())
    (folder / "octamem-fake.toml").write_text("port = true")
    done = CliRunner().invoke(main, ["serve"])
    assert "Invalid value for port in octamem-fake.toml: expected an integer, got a boolean" in " ".join(
        done.output.split()
    )


@pytest.mark.parametrize(
    ("text", "got"), [("[project]\n", "nothing"), ("tool = 5\n", "nothing"), ("[tool]\noctamem-fake = 5\n", "a number")]
)
def test_a_project_that_is_named_must_have_our_table(refused, folder, text, got):
    """A pyproject.toml that --config names has [tool.octamem-fake]; a folder is no file."""
    (folder / "pyproject.toml").write_text(text)
    said = refused("--config", "pyproject.toml")
    assert f"pyproject.toml: expected a table [tool.octamem-fake], got {got}" in said
    assert f"--config: cannot read '{folder}'" in refused("--config", str(folder))


def test_a_bad_file_is_no_obstacle_to_the_help(folder):
    """--help and completion read no file."""
    (folder / "octamem-fake.toml").write_text("a = ")
    assert CliRunner().invoke(main, ["serve", "--help"]).exit_code == 0
    completions = ShellComplete(main, {}, "octamem-fake", "_OCTAMEM_FAKE_COMPLETE")
    assert [each.value for each in completions.get_completions(["serve", "--wire"], "e")] == ["envelope"]
    assert [each.value for each in completions.get_completions(["serve", "--idempotency"], "")] == ["true", "false"]
    assert "norwegian" in [each.value for each in completions.get_completions(["serve", "--language"], "no")]


@pytest.mark.parametrize("command", ["serve", "env"])
def test_what_kubernetes_gives_beside_a_service_of_our_name_sets_nothing(given, command):
    """OCTAMEM_FAKE_PORT is then the address of that service: it is left out, and a note says so."""
    link = "tcp://10.0.0.1:8642"
    found = given(command=command, PORT=link, PORT_8642_TCP=link, SERVICE_HOST="10.0.0.1")
    assert found["port"] == 8642
    assert any(each.startswith("OCTAMEM_FAKE_PORT: expected a port, got a link") for each in found["sources"].unknown)
    assert given("--port", "1", command=command, PORT=link)["port"] == 1


def test_env_has_the_address_and_key_of_the_server_beside_it(given, folder):
    """The command env reads the same variables and TOML, and the first of several keys."""
    (folder / "octamem-fake.toml").write_text(f"port = 9\napi-key = ['{KEY}', 'b']\nwire = 'envelope'\n")
    found = given(command="env", HOST="::1")
    assert (found["host"], found["port"], found["api_key"]) == ("::1", 9, KEY)
    assert given("--api-key", "c", command="env")["api_key"] == "c"


def test_every_option_that_takes_a_value_is_one_that_variables_and_toml_set():
    """Commands of ours have no option beside --config and --help that other sources do not know."""
    for command in main.commands.values():
        options = [each for each in command.params if isinstance(each, click.Option)]
        assert {each.name for each in options if not isinstance(each, SourcedOption)} == {"config"}

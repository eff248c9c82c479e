"""The page at /_fake/: which files are served and as what, what browsers are told, and where / leads."""

from __future__ import annotations

import hashlib
import re
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fake_server import paths as page
from fake_server.browser_headers import CONTROL_HEADERS
from fake_server.doors import RequestHead, Rules

KEY = "sk-om-live-tests-0000000000000001"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
LOCKED = Rules("127.0.0.1", token="t0ken")
MODULES = sorted(path for path in page.FILES.rglob("*.js"))
OWN = [path for path in MODULES if path.parent.name != "vendor"]


@pytest.fixture
def ask(served):
    """Send a request with a path as it stands; give status, headers and body."""
    address = urlsplit(served.url)

    def send(method, path, **headers):
        connection = HTTPConnection(address.hostname, address.port, timeout=20)
        try:
            connection.request(method, path, None, {name.replace("_", "-"): each for name, each in headers.items()})
            answer = connection.getresponse()
            return answer.status, {name.lower(): each for name, each in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    return send


def test_the_page_is_html_and_each_of_its_files_is_what_it_is(ask):
    """/_fake/ is the page, and every file of the folder is served with its own type and bytes."""
    status, headers, body = ask("GET", "/_fake/")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert body == (page.FILES / "index.html").read_bytes()
    names = [path.relative_to(page.FILES).as_posix() for path in page.FILES.rglob("*") if path.suffix in page.TYPES]
    assert len(names) >= 2
    for name in names:
        status, headers, body = ask("GET", f"/_fake/{name}")
        assert (status, headers["content-type"]) == (200, page.TYPES[Path(name).suffix])
        assert body == (page.FILES / name).read_bytes()


def test_the_page_without_its_slash_leads_to_it(ask):
    """/_fake leads to /_fake/, from which the links of the page are seen."""
    status, headers, _ = ask("GET", "/_fake")
    assert status in {303, 307}
    assert headers["location"].endswith("/_fake/")


def test_a_file_that_did_not_change_is_not_sent_again(ask):
    """The ETag of a file is asked for again, and answered with 304 as long as it fits."""
    _, headers, body = ask("GET", "/_fake/")
    tag = headers["etag"]
    assert headers["cache-control"] == "no-cache"
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        status, again, rest = ask("GET", "/_fake/", If_None_Match=known)
        assert (status, again["etag"], rest) == (304, tag, b"")
    assert ask("GET", "/_fake/", If_None_Match='"other"')[2] == body
    status, headers, rest = ask("HEAD", "/_fake/")
    assert (status, headers["content-length"], rest) == (200, str(len(body)), b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_a_file_is_only_read(ask, method):
    """Every other method on the page is 405, with what is allowed."""
    status, headers, _ = ask(method, "/_fake/index.html")
    assert (status, headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    [
        *["../app.py", "..%2fapp.py", "%2e%2e/app.py", "..\\app.py", "..%5capp.py", "./index.html", ".", ".."],
        *["/index.html", "//etc/passwd", "%2fetc%2fpasswd", "vendor", "vendor/", "index.html/", "index.html%00"],
        *["INDEX.HTML", "index", "__init__.py", "__pycache__", "vendor/../index.html", "index.html%20", "index.html."],
    ],
)
def test_what_is_no_file_of_the_page_is_404(ask, path):
    """A path that climbs, hides or guesses reaches no file, and is answered as an unknown path."""
    status, headers, body = ask("GET", f"/_fake/{path}")
    assert (status, headers["content-type"]) == (404, "application/json")
    assert b"unknown path" in body


def test_every_answer_is_read_as_its_type_and_control_answers_are_confined(ask, served):
    """The service, the control API, its page, its errors and the guard send the headers that hold a browser back."""
    answers = {
        "service": served.details().headers,
        "unknown": ask("GET", "/")[1],
        "redirect": ask("GET", "/", Accept=BROWSER)[1],
        **{path: ask("GET", path)[1] for path in ("/_fake/", "/_fake/settings", "/_fake/nosuch", "/_fake/page.css")},
        "wrong method": ask("POST", "/_fake/requests")[1],
        "refused": ask("GET", "/_fake/settings", Origin="http://evil.example")[1],
    }
    for where, headers in answers.items():
        assert headers["x-content-type-options"] == "nosniff", where
    for where in [*list(answers)[3:]]:
        wanted = {name.decode(): each.decode() for name, each in CONTROL_HEADERS}
        wanted["cache-control"] = answers[where]["cache-control"]
        assert {name: answers[where].get(name) for name in wanted} == wanted, where
    assert answers["/_fake/settings"]["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answers["/_fake/"]["content-security-policy"]


@pytest.mark.parametrize(
    ("accept", "leads"),
    [
        *[(BROWSER, True), ("text/html", True), ("TEXT/HTML;q=0.5", True), ("a/b, text/html ;level=1", True)],
        *[("*/*", False), ("", False), ("application/json", False), ("text/html;q=0", False), ("text/*", False)],
        *[("text/html; q=0.000", False), ("text/htmlx", False), ("text/html;q=0.01", True)],
    ],
)
def test_the_root_leads_a_browser_to_the_page(ask, served, accept, leads):
    """A GET of / that asks for HTML is led to /_fake/, and any other stays a 404 that names it."""
    served.fake.faults("*: 503 x2")
    status, headers, body = ask("GET", "/", Accept=accept, X_OctaMem_Fault="*: ok")
    assert (status, headers.get("location")) == ((303, "/_fake/") if leads else (404, None))
    assert leads or b"/_fake/" in body
    assert len(served.fake.requests()) == (0 if leads else 1)
    assert [each.left for each in served.fake.armed()] == [2]


def test_the_icon_that_a_browser_asks_for_is_no_call(ask, served):
    """A browser that shows an answer asks for an icon, which is that of the page and stands in no journal."""
    status, headers, _ = ask("GET", "/favicon.ico", Accept="image/avif,image/webp,*/*;q=0.8")
    assert (status, headers["location"]) == (303, "/_fake/icon.svg")
    assert ask("GET", headers["location"])[1]["content-type"] == "image/svg+xml"
    assert served.fake.requests() == []
    assert ask("GET", "/favicon.ico", Accept="*/*")[0] == 404


def test_a_program_that_posts_to_the_root_is_answered_by_the_service(ask):
    """Only a GET or HEAD opens a page, and only of the root itself."""
    assert ask("POST", "/", Accept=BROWSER)[0] == 404
    assert ask("HEAD", "/", Accept=BROWSER)[0] == 303
    assert ask("GET", "/api/memory/details", Accept=BROWSER)[0] == 405


def refusal(path, method="GET", rules=LOCKED, **headers):
    given = {name.replace("_", "-"): [value] for name, value in headers.items()}
    refused = rules.refusal(RequestHead(method, path, {"host": ["localhost"], **given}))
    return refused and refused.code


def test_the_page_is_read_without_the_token():
    """A browser cannot send the token with the page, which asks for it; whatever has data does ask."""
    for path in ("/_fake", "/_fake/", "/_fake/index.html"):
        assert refusal(path) is None
        assert refusal(path, "HEAD") is None
        assert refusal(path, "POST") == "CONTROL_TOKEN_REQUIRED"
    for path in ("/_fake/index.html/", "/_fake/nosuch.js", "/_fake/memories", "/_fake/settings"):
        assert refusal(path) == "CONTROL_TOKEN_REQUIRED"


def test_a_link_of_another_page_opens_the_page_and_none_of_its_files():
    """A link may lead to the page in a window; a script or a frame of another site gets nothing of it."""
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    for path in ("/", "/_fake/"):
        assert refusal(path, **link) is None
        assert refusal(path, **{**link, "sec_fetch_dest": "iframe"}) == "ORIGIN_NOT_ALLOWED"
        assert refusal(path, "POST", **link) == "ORIGIN_NOT_ALLOWED"
    assert refusal("/_fake/page.css", **link) == "ORIGIN_NOT_ALLOWED"
    script = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors", "sec_fetch_dest": "script"}
    assert refusal("/_fake/", **script) == "ORIGIN_NOT_ALLOWED"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_every_import_of_a_module_is_a_file_of_the_page(module):
    """The page runs without a build step: each import names a file that is there, by a relative path."""
    text = module.read_text("utf-8")
    named = re.findall(r"""(?:^|[;}])(?:import|export)\b[^;"'()]*?\bfrom ?["']([^"']+)["']""", text, re.MULTILINE)
    named += re.findall(r"""\bimport\(["']([^"']+)["']\)""", text)
    for name in named:
        assert name.startswith("."), name
        assert (module.parent / name).resolve() in MODULES, name


@pytest.mark.parametrize("module", OWN, ids=lambda path: path.name)
def test_a_module_of_the_page_imports_and_exports_what_is_used(module):
    """No module imports a name that it does not use, or exports one that no other module imports."""
    text = module.read_text("utf-8")
    imports = re.compile(r"^(?:import|export) \{([^}]*)\} from", re.MULTILINE)
    for named in re.finditer(r"^import \{([^}]*)\} from", text, re.MULTILINE):
        for name in re.findall(r"(\w+)(?: as (\w+))?", named[1]):
            assert len(re.findall(rf"\b{name[1] or name[0]}\b", text)) > 1, name
    clauses = [clause for other in OWN for clause in imports.findall(other.read_text("utf-8"))]
    imported = {name for clause in clauses for name in re.findall(r"\w+", clause)}
    exported = re.findall(r"^export (?:async )?(?:const|function|class) (\w+)", text, re.MULTILINE)
    assert [name for name in exported if name not in imported] == []


@pytest.mark.parametrize("module", OWN, ids=lambda path: path.name)
def test_what_a_module_puts_into_a_path_is_encoded(module):
    """No path of the control API is made of an id as it stands: the id of a memory may hold a slash or a mark."""
    text = module.read_text("utf-8")
    assert re.findall(r"(?<!pathOf)`(?:calls|faults|keys|memories|snapshots|undo)/[^`]*`", text) == []


def luminance(colour):
    """Return the relative luminance of a colour such as #fff, as WCAG 2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """Return the contrast of two colours, from 1 to 21."""
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_what_is_read_stands_out_from_its_ground(theme):
    """Every text has a contrast of 4.5 on each ground that it stands on, and the border of a field one of 3."""
    text = (page.FILES / "tokens.css").read_text("utf-8")
    tokens = {name: pair[theme] for name, *pair in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", text)}
    grounds = ("bg", "raised", "inset")
    texts = {
        **dict.fromkeys(("text", "text-2", "text-3"), grounds),
        **{name: ("bg", "raised", f"{name}-ground") for name in ("accent", "ok", "warn", "bad", "fault", "store")},
        "on-accent": ("accent",),
        "on-strong": ("strong",),
    }
    pairs = {(name, ground): contrast(tokens[name], tokens[ground]) for name in texts for ground in texts[name]}
    assert {pair: found for pair, found in pairs.items() if found < 4.5} == {}
    assert all(contrast(tokens["field"], tokens[ground]) >= 3 for ground in ("bg", "raised"))


def test_every_file_that_the_page_names_is_there():
    """What index.html links to is served, and it holds no script of its own, which its policy would refuse."""
    text = (page.FILES / "index.html").read_text("utf-8")
    named = re.findall(r'<(?:link|script)[^>]*(?:href|src)="([^"]+)"', text)
    assert len(named) >= 5
    for name in named:
        assert (page.FILES / name).is_file(), name
    assert re.findall(r"<script[^>]*>(.*?)</script>", text) == [""]


def test_the_vendored_files_are_those_whose_hashes_are_told():
    """Each library is as vendor/README.md says, with its version, its licence and the SHA-256 of the file."""
    vendor = page.FILES / "vendor"
    rows = re.findall(
        r"^\| `([^`]+)` \| .* \| `([0-9a-f]{64})` \|$", (vendor / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert {name for name, _ in rows} == {path.name for path in vendor.iterdir() if path.suffix in page.TYPES}
    for name, told in rows:
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == told, name
    assert {path.name for path in vendor.glob("LICENSE-*")} == {"LICENSE-htm", "LICENSE-preact", "LICENSE-uPlot"}


@pytest.mark.parametrize("module", OWN, ids=lambda path: path.name)
def test_a_module_of_the_page_says_its_idea_and_makes_no_html_of_texts(module):
    """Its first line is a comment; it evaluates nothing, writes no HTML and names no other host."""
    text = module.read_text("utf-8")
    assert re.match(r"// [A-Z].*[.:]?\n", text)
    assert len(text.splitlines()) < 250
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert forbidden not in text
    assert re.findall(r"https?://[^$]", text) == []

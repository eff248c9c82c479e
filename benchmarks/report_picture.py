"""The picture of a failing test's report in the README: pytest's own output, as SVG, light and dark.

`--write` puts both into docs/pictures; without it they are compared with what pytest prints now.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Dict, Iterator, List, Tuple

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
COLUMNS = 96
LINE, WIDTH, EDGE = 19, 8.0, 18  # pixels of a line, of a character, around all

NAME = "test_an_order_is_saved_once"
TEST = f'''import pytest
from octamem_testing import assert_stored_once


@pytest.mark.octamem(faults="add: reset @after")
def {NAME}(octamem_client, octamem_fake):
    """The answer to the first attempt is lost."""
    octamem_client.add(content="Order 14 is paid.")
    assert_stored_once(octamem_fake, "Order 14 is paid.")
'''
INI = "[pytest]\nasyncio_default_fixture_loop_scope = function\n"

THEMES: Dict[str, Dict[str, str]] = {
    "light": {"back": "#ffffff", "edge": "#d0d7de", "plain": "#1f2328", "error": "#b3261e", "head": "#0550ae"},
    "dark": {"back": "#0d1117", "edge": "#30363d", "plain": "#e6edf3", "error": "#ff9b92", "head": "#79c0ff"},
}


def output() -> str:
    """Run the test, which must fail, and return what pytest prints of it."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "test_orders.py").write_text(TEST, encoding="utf-8")
        (Path(folder) / "pytest.ini").write_text(INI, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "--color=no", "-p", "no:cacheprovider", "test_orders.py"]
        environment = {**os.environ, "COLUMNS": str(COLUMNS)}
        environment.pop("PYTEST_ADDOPTS", None)
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 1:
        raise SystemExit(f"the test was to fail, and pytest ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def lines_of(text: str) -> List[str]:
    """Return what concerns the test, from its source to its seed, wrapped as a terminal of this width shows it."""
    lines = text.splitlines()
    begin = next(number for number, line in enumerate(lines) if NAME in line and line.startswith("_"))
    end = next(number for number, line in enumerate(lines) if "--octamem-seed=" in line)
    return [part for line in lines[begin : end + 1] for part in _wrapped(line)]


def _wrapped(line: str) -> List[str]:
    indent = "E" + " " * 9 if line.startswith("E ") else "    "
    wrapped = textwrap.wrap(line, COLUMNS, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return wrapped or [""]


def picture(lines: List[str], theme: str) -> str:
    """Draw the lines as an SVG that needs no font and no picture from elsewhere."""
    colours = THEMES[theme]
    width, height = round(COLUMNS * WIDTH + 2 * EDGE), len(lines) * LINE + 2 * EDGE
    body = "\n".join(_drawn(lines, colours))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="The report of a failing test">\n'
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" '
        f'fill="{colours["back"]}" stroke="{colours["edge"]}"/>\n'
        "<g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" "
        f'font-size="13" xml:space="preserve">\n{body}\n</g>\n</svg>\n'
    )


def _drawn(lines: List[str], colours: Dict[str, str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        colour, weight = _style(line)
        at = f'x="{EDGE}" y="{EDGE + number * LINE + 14}"'
        size = f'textLength="{len(line.rstrip()) * WIDTH:g}" lengthAdjust="spacingAndGlyphs"'
        text = escape(line.rstrip(), quote=False).replace(" ", "\u00a0")
        yield f'<text {at} {size} fill="{colours[colour]}"{weight}>{text}</text>'


def _style(line: str) -> Tuple[str, str]:
    bold = ' font-weight="bold"'
    if line.startswith(("E ", ">")):
        return "error", bold if line.startswith(">") else ""
    return ("head", bold) if line.startswith(("___", "---")) else ("plain", "")


def main() -> int:
    """Compare the pictures with what pytest prints now, or write them; return 1 if one of them is out of date."""
    lines, stale = lines_of(output()), 0
    for theme in THEMES:
        path, drawn = FOLDER / f"failing-test-{theme}.svg", picture(lines, theme)
        if "--write" in sys.argv:
            FOLDER.mkdir(exist_ok=True)
            path.write_text(drawn, encoding="utf-8")
        same = path.is_file() and path.read_text(encoding="utf-8") == drawn
        stale += not same
        print(f"{path.relative_to(ROOT)}: {len(drawn) / 1000:.1f} kB, {'as it is' if same else 'OUT OF DATE'}")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())

"""What was recalled, as one block of text for a prompt."""

from __future__ import annotations

from typing import Dict, Iterable, List, Optional, Tuple

_HEADINGS: Dict[str, str] = {"semantic": "Facts", "episodic": "Events", "procedural": "How to"}
_OTHER = "Memories"


def _item(text: str) -> str:
    # Indented, so that a memory with line breaks of its own cannot pass for another item or heading.
    return "- " + "\n  ".join(text.strip().splitlines())


def prompt_text(memories: Iterable[Tuple[Optional[str], Optional[str]]]) -> str:
    """Return the (type, content) pairs as headings with one item a memory, in the order given; "" for none."""
    groups: Dict[str, List[str]] = {}
    for kind, content in memories:
        if content is not None and content.strip():
            groups.setdefault(_HEADINGS.get(kind or "", _OTHER), []).append(_item(content))
    return "\n\n".join("\n".join([f"{heading}:", *items]) for heading, items in groups.items())

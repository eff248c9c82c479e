"""The verdict on a call: what happened in one sentence, and what would have prevented it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, Mapping, Optional, Sequence

from fake_server.core.clock import TICKS, iso
from fake_server.core.json_body import BadBody, read_object
from fake_server.core.wording import alternatives, plain, plural, shown

from .calls import call_of
from .entry import Entry
from .funnel import LEFT_OUT, OF_THE_KEY, FoundElsewhere, Funnel
from .outcome import met_faults, outcome, result
from .progress import is_open

__all__ = ["Verdict", "verdict"]

_ADVICE = {
    400: "Send what the message asks for.",
    401: "Send `Authorization: Bearer KEY` with a key of this server.",
    403: "Allow the endpoint by the setting `rights`, or use another key.",
    404: "Use the path that the message names, or a key whose memory is not deleted.",
    405: "Send POST.",
    413: "Send less, or raise the setting that the message names the bound of.",
    415: "Send JSON, unencoded.",
}
_UNKNOWN = "Whether the service honours an `Idempotency-Key` is unknown (docs/fidelity.md)."
_UNSURE = (
    "The app can leave an add alone whose outcome is unknown (octamem: `retry_unknown_writes=False`), or search for "
    "the memory before it adds it again."
)
_SURE = "The app can search for the memory before it adds it again."
_LIMIT = "Raise the setting `limit`, or delete memories."


@dataclass(frozen=True)
class Verdict:
    """What happened: a title, a sentence, and what would have prevented it, with the setting that does, if any."""

    title: str
    text: str
    remedy: str = ""
    setting: Optional[Mapping[str, Any]] = None

    def as_dict(self) -> Dict[str, Any]:
        """Return it as JSON values."""
        setting = None if self.setting is None else dict(self.setting)
        return {"title": self.title, "text": self.text, "remedy": self.remedy or None, "setting": setting}


def verdict(entries: Sequence[Entry], elsewhere: Sequence[FoundElsewhere] = ()) -> Verdict:
    """Return the verdict on a call by its attempts, oldest first; `elsewhere` is what other keys would find now."""
    last, became = entries[-1], outcome(entries)
    if became == "open":
        return Verdict("Open.", _waits(next(filter(is_open, entries))))
    if sum(len(entry.stored) for entry in entries) > 1:
        return _stored_twice(entries)
    if became == "refused":
        return Verdict(f"{result(entries)}.", _message(last), _refusal(last))
    if became == "failed":
        return _failed(entries)
    if last.hits == 0 and last.search is not None:
        return _with_other_keys(_nothing(last, last.search), last.search, elsewhere)
    if "lost" in last.effect:
        return Verdict("Answered, nothing stored.", f"The fault `{last.fault}` answered as if the memory were stored.")
    return _answered(entries)


def _waits(entry: Entry) -> str:
    if entry.fault is not None:
        return f"Attempt {entry.attempt} met the fault `{entry.fault}`, and is not over yet."
    return f"Attempt {entry.attempt} is not over yet."


def _stored_twice(entries: Sequence[Entry]) -> Verdict:
    twice = next((entry for entry in entries if len(entry.stored) > 1), None)
    if twice is not None:
        text = f"The fault `{twice.fault}` stored the memory of attempt {twice.attempt} a second time."
        return Verdict(f"{result(entries)}.", text)
    lost = next(entry for entry in entries if entry.stored)
    why = "was lost" if lost.status is None or lost.lost else "was spoilt" if lost.spoilt else f"was {lost.status}"
    if lost.delivered:
        text = f"Attempt {lost.attempt} was answered whole, and the client sent the call again."
    else:
        text = f"The answer to attempt {lost.attempt} {why} after the commit point, so the client sent the call again."
    setting = None if entries[-1].settings.idempotency else {"idempotency": True}
    if not lost.call.has_token:
        under = "" if setting is None else ", if its setting `idempotency` is true"
        remedy = f"With one `Idempotency-Key` for all attempts, this fake stores it once{under}."
    elif setting is not None:
        remedy = "This fake has a setting, `idempotency: true`, under which it is stored once."
    else:
        remedy = "This fake had its setting `idempotency` on too late, or no longer kept the first answer."
    app = _SURE if lost.delivered else _UNSURE
    return Verdict(f"{result(entries)}.", text, f"{remedy} {_UNKNOWN} {app}", setting)


def _message(entry: Entry) -> str:
    """Return what the answer says, or its status."""
    try:
        said = read_object(entry.response or b"").get("error")
    except BadBody:
        said = None
    if isinstance(said, str) and said and not met_faults(entry):
        return f"The service refused it: {said[:300]}."
    by = f" by the fault `{entry.fault}`" if met_faults(entry) else ""
    return f"Attempt {entry.attempt} was answered {entry.status}{by}, which no retry helps."


def _refusal(entry: Entry) -> str:
    if met_faults(entry):
        return ""
    return _LIMIT if b"USAGE_LIMIT_EXCEEDED" in (entry.response or b"") else _ADVICE.get(entry.status or 0, "")


def _failed(entries: Sequence[Entry]) -> Verdict:
    last = entries[-1]
    if last.lost and last.dropped is None:
        text = f"The client left before attempt {last.attempt} was answered."
        return Verdict(f"{result(entries)}.", text, "A longer timeout of the client would have had the answer.")
    faults = [entry.fault for entry in entries if met_faults(entry)]
    tries = "The attempt" if len(entries) == 1 else f"Each of the {len(entries)} attempts"
    if len(faults) == len(entries):
        named = alternatives(f"`{fault}`" for fault in dict.fromkeys(faults))
        text = f"{tries} met a fault, {named}, and the client sent no further one."
    else:
        text = f"Attempt {last.attempt} failed, and the client sent no further one."
    stored = [name for entry in entries for name in entry.stored]
    if stored:
        return Verdict(f"{result(entries)}.", f"{text} The memory is stored all the same.")
    soon = _too_soon(entries)
    if soon:
        return Verdict(f"{result(entries)}.", text, soon)
    asked = f"A retry after {last.retry_after} s, as the answer asked, may succeed." if last.retry_after else ""
    return Verdict(f"{result(entries)}.", text, asked or "A retry may succeed.")


def _nothing(last: Entry, search: Funnel) -> Verdict:
    title = "Nothing found."
    if search.cause == "no_memories":
        others = [f"{_memories(each.stored)} under {each.key_id or each.key}" for each in search.other_keys]
        remedy = "Add a memory under this key first."
        if others:
            remedy = f"Use the key that has the memory, or add it under this one. There {_are(search)} {_and(others)}."
        return Verdict(title, f"No memory is stored under {_key(last)}.", remedy)
    if search.cause == "context":
        return _by_context(title, last, search)
    if search.cause == "index_delay":
        return _by_delay(title, last, search)
    if search.cause == "fault":
        withheld = plural(search.matching, "memory", "memories")
        return Verdict(title, f"The fault `{last.fault}` withheld {withheld} that the search had found.")
    if search.cause == "ranker":
        return Verdict(title, "The fake's own `search=` returned none of the memories that it was given.")
    among = f"None of the {search.indexed} memories" if search.indexed > 1 else "No memory"
    where = f" in the context {_named(last, search.context)}" if search.context else ""
    text = f"{among} under {_key(last)}{where} holds a term of the query."
    return Verdict(title, text, "Search for a word that the memory holds.")


def _with_other_keys(found: Verdict, search: Funnel, elsewhere: Sequence[FoundElsewhere]) -> Verdict:
    """Return a verdict on what a key did not find, with what other keys would find, since it is easily forgotten."""
    if search.cause not in OF_THE_KEY:
        return found
    others = _and([f"{_memories(each.found)} under {each.key_id or each.key}" for each in elsewhere])
    share = f"{others} would be found; keys do not share memories." if others else "Keys do not share memories."
    return replace(found, remedy=f"{share} {found.remedy}" if others else f"{found.remedy} {share}")


def _memories(count: int) -> str:
    return plural(count, "memory", "memories")


def _are(search: Funnel) -> str:
    return "is" if search.other_keys[0].stored == 1 else "are"


def _and(named: Sequence[str]) -> str:
    return " and ".join([*([", ".join(named[:-1])] if len(named) > 1 else []), *named[-1:]])


def _key(last: Entry) -> str:
    return last.key_id or "the key"


def _by_context(title: str, last: Entry, search: Funnel) -> Verdict:
    asked = _named(last, search.context)
    text = f"No memory is under the context {asked}"
    if search.in_context:
        text = f"No memory under the context {asked} holds a term of the query"
    if search.matching_contexts:
        text = f"{text}; {_where(last, search)}"
    if search.similar_contexts:
        named = alternatives(_named(last, each) for each in search.similar_contexts)
        return Verdict(title, f"{text}.", f"The context {named} differs only in case or spaces.")
    return Verdict(title, f"{text}.", "Search with the context of the memory, or without one.")


def _where(last: Entry, search: Funnel) -> str:
    """Return under which contexts the memories are that match."""
    found, ((context, count), *others) = search.left_out_matching, search.matching_contexts
    if others:
        named = [f"{counted} under {_under(last, each)}" for each, counted in search.matching_contexts]
        rest = found - sum(counted for _, counted in search.matching_contexts)
        named += [f"{rest} elsewhere"] if rest > 0 else []
        return f"of the {_many(found)} that match, {_and(named)}"
    if count == 1:
        return f"the one that matches is under {_under(last, context)}"
    return f"the {_many(count)} that match are under {_under(last, context)}"


def _many(found: int) -> str:
    return f"{found} or more" if found >= LEFT_OUT else str(found)


def _under(last: Entry, context: str) -> str:
    return _named(last, context) if context else "no context"


def _named(last: Entry, context: str) -> str:
    return shown(last.blanked(context))


def _by_delay(title: str, last: Entry, search: Funnel) -> Verdict:
    if search.left_out_matching == 1:
        text = "The one memory that matches was not past its index delay."
    elif search.left_out_matching:
        text = f"The {search.left_out_matching} memories that match were not past their index delay."
    else:
        some = f"None of the {search.in_context} memories" if search.in_context > 1 else "The one memory in reach"
        text = f"{some} was {'' if search.in_context > 1 else 'not '}past its index delay."
    setting = {"indexing_delay": 0}
    if search.found_from is not None and search.found_from > last.ticks:
        seconds = plain(round((search.found_from - last.ticks) / TICKS, 3))
        remedy = f"It is found from {iso(search.found_from)}, in {seconds} s of server time."
        return Verdict(title, text, remedy, setting)
    remedy = f"It is found after {plural(search.found_after, 'further search', 'further searches')}."
    return Verdict(title, text, remedy, setting)


def _answered(entries: Sequence[Entry]) -> Verdict:
    last = entries[-1]
    words = result(entries)
    if len(entries) == 1:
        return Verdict(f"{words}.", "The first attempt was answered.")
    before = entries[-2]
    how = before.dropped or (str(before.status) if before.status is not None else "no answer")
    waited = "" if last.since is None else f", {plain(round(last.since / TICKS, 3))} s later"
    text = f"Attempt {before.attempt} ended with {how}. Attempt {last.attempt}{waited} succeeded."
    return Verdict(f"{words}.", text, _too_soon(entries))


def _too_soon(entries: Sequence[Entry]) -> str:
    """Return which attempt did not wait as long as the answer before it asked, "" if each did."""
    attempts = call_of(entries).attempts
    for before, after in zip(attempts, attempts[1:]):
        asked, waited = before.retry_after, after.waited
        if asked is not None and waited is not None and waited < asked:
            came = f"Attempt {after.number} came after {plain(round(waited, 3))} s"
            return f"{came}, and the answer before it asked for {plain(asked)} s: heed its `Retry-After`."
    return ""

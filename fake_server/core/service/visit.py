"""One request on its way through the fake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from fake_server.core.faults.steps import Step
from fake_server.core.journal.journal import Entry
from fake_server.core.messages import Outcome, Request
from fake_server.core.search.custom import SearchFailedError
from fake_server.core.tenants.tenant import Tenant

if TYPE_CHECKING:
    from .lifecycle import Reception

__all__ = ["Visit"]


class Visit:
    """One request inside the fake: admitted, perhaps to wait before the handler runs, then decided once.

    `wait` is in seconds. A shell whose client left during the wait calls `abandon` instead of `decide`. `raised` is how
    the test author's own `search` failed, if it did: the outcome is then a 503, and a shell in the author's own process
    raises this instead.
    """

    def __init__(
        self, reception: Reception, request: Request, tenant: Optional[Tenant], step: Optional[Step], entry: Entry
    ) -> None:
        self.wait = _wait(step)
        self.raised: Optional[SearchFailedError] = None
        self._reception = reception
        self._request = request
        self._tenant = tenant
        self._step = step
        self._entry = entry

    @property
    def entry(self) -> Entry:
        """What the journal holds of this attempt."""
        return self._entry

    def decide(self) -> Outcome:
        """Carry the request out, or not, as the fault says, and give what the client gets."""
        outcome, self.raised = self._reception.settle(self._request, self._tenant, self._step, self._entry)
        return outcome

    def meet(self, step: Optional[Step]) -> None:
        """Let the request meet another fault than its own, or none, for a shell that has faults of its own.

        It is decided after this.
        """
        self._step = step
        self.wait = _wait(step)
        self._entry.fault = None if step is None else step.name

    def abandon(self) -> None:
        """Write down that the client left before the handler ran: nothing is carried out."""
        self.undelivered("the client left before the handler ran")

    def undelivered(self, why: str = "the client left before the answer was sent") -> None:
        """Write down that the answer did not reach the client."""
        self._entry.undelivered(why)

    def note(self, text: str) -> None:
        """Add a remark to the journal."""
        self._entry.notes.append(text)


def _wait(step: Optional[Step]) -> float:
    return step.seconds if step is not None and step.holds_up else 0.0

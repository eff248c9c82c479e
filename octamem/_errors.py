"""The exceptions, in the tree that the vendor's page documents.

OctaMemError
├── AuthenticationError       401, or no key at all
├── MethodNotSupportedError   403
├── NotFoundError             404
├── ValidationError           400, 422, or an argument refused before anything is sent (also a ValueError)
├── RateLimitError            429
├── APIError                  any other status, or a success whose body is not as documented
├── APIConnectionError        no answer: connection refused or lost, DNS, TLS, not HTTP
├── APITimeoutError           no answer in time
└── InternalServerError       5xx
"""

from __future__ import annotations

from typing import Dict, Optional, Tuple, Type

from ._attempts import AttemptRecord, Outcome
from ._results.http_info import HttpInfo


class OctaMemError(Exception):
    """The base class of every error that a client raises.

    `message` is the server's if it sent one. `code`, `status_code` and `request_id` are the server's; `retry_after` is
    the number of seconds that it asked to wait; each is None if the server gave none. `outcome` is `not_sent`,
    `refused` or `unknown`. `retryable` says whether making the same call again later may help. `http` is the answer
    of the last attempt, or None if it got none. `attempts` lists each HTTP request of the call. `advice` says what to
    do, and may be "".
    `str()` is the message, followed by these facts and the advice.
    """

    def __init__(
        self,
        message: str = "",
        *,
        code: Optional[str] = None,
        status_code: Optional[int] = None,
        retry_after: Optional[float] = None,
        request_id: Optional[str] = None,
        outcome: Outcome = "not_sent",
        retryable: bool = False,
        http: Optional[HttpInfo] = None,
        attempts: Tuple[AttemptRecord, ...] = (),
        advice: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status_code = status_code
        self.retry_after = retry_after
        self.request_id = request_id
        self.outcome: Outcome = outcome
        self.retryable = retryable
        self.http = http
        self.attempts = attempts
        self.advice = advice

    def __str__(self) -> str:
        facts = [
            f"status {self.status_code}" if self._status_is_news() else "",
            f"code {self.code}" if self.code else "",
            f"retry after {self.retry_after:,.10g} s" if self.retry_after is not None else "",
            f"request id {self.request_id}" if self.request_id else "",
            f"{len(self.attempts)} attempts" if len(self.attempts) > 1 else "",
            f"outcome {self.outcome}" if self.attempts else "",
        ]
        known = ", ".join(fact for fact in facts if fact)
        return self.message + (f" ({known})" if known else "") + (f": {self.advice}" if self.advice else "")

    def _status_is_news(self) -> bool:
        return self.status_code is not None and str(self.status_code) not in self.message


class AuthenticationError(OctaMemError):
    """The API key is missing, unknown or revoked (401)."""


class MethodNotSupportedError(OctaMemError):
    """The method is not supported for this memory or with this key (403)."""


class NotFoundError(OctaMemError):
    """There is no such resource (404)."""


class ValidationError(OctaMemError, ValueError):
    """An argument is invalid: the client refused it before sending anything, or the service did (400, 422)."""


class RateLimitError(OctaMemError):
    """Too many calls, or a limit is reached (429); `retry_after` is the seconds to wait, if the service named them."""


class APIError(OctaMemError):
    """The service answered with another status, or with a body that is not as documented."""


class APIConnectionError(OctaMemError):
    """No answer came: the connection failed or was lost."""


class APITimeoutError(OctaMemError):
    """No answer came in time; the message says which limit was reached."""


class InternalServerError(OctaMemError):
    """The service failed (5xx)."""


# A traceback then names the class as users import it.
for _error in (OctaMemError, *OctaMemError.__subclasses__()):
    _error.__module__ = "octamem"

_BY_STATUS: Dict[int, Type[OctaMemError]] = {
    400: ValidationError,
    401: AuthenticationError,
    403: MethodNotSupportedError,
    404: NotFoundError,
    422: ValidationError,
    429: RateLimitError,
}


def error_class(status: int) -> Type[OctaMemError]:
    """Return the error class of an HTTP status."""
    if 500 <= status <= 599:
        return InternalServerError
    return _BY_STATUS.get(status, APIError)


def closed_error() -> OctaMemError:
    """Return the error of a call after close()."""
    return OctaMemError("this client is closed", advice="build another one, or close it only after its last call")

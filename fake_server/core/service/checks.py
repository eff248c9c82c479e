"""What is checked of a request before anything is carried out, in this order: its path, its key, its rate, its body."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Callable, Dict, List, Mapping, Optional

from rapidfuzz import process

from fake_server.core.custom_search import SearchFailedError
from fake_server.core.json_body import BadBody, read_object
from fake_server.core.key_text import is_key
from fake_server.core.messages import Request
from fake_server.core.redaction import beginning
from fake_server.core.tenants.tenant import Tenant
from fake_server.core.wording import Audience, expected, plain, read_by

__all__ = [
    "KNOWN_FIELDS",
    "NO_RATES",
    "REQUIRED",
    "ROUTES",
    "RefusalError",
    "authorized",
    "bearer",
    "counted_rate",
    "declared_length",
    "fields_of",
    "route_of",
]

ROUTES: Mapping[str, str] = {
    "/api/memory/search": "search",
    "/api/memory/add": "add",
    "/api/memory/details": "details",
}
KNOWN_FIELDS = {
    "add": frozenset({"content", "previousContext"}),
    "search": frozenset({"query", "previousContext"}),
    "details": frozenset(),
}
REQUIRED = {"add": "content", "search": "query"}
JSON_TYPE = "application/json"
NO_RATES: Mapping[str, str] = {}
SERVED = " The page and the control API of a served fake are under /_fake/"


class RefusalError(Exception):
    """A request that is answered with an error: the status, the code, the sentence, and what the journal is told."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Optional[Mapping[str, str]] = None,
        raised: Optional[SearchFailedError] = None,
        read: Optional[BadBody] = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers
        self.raised = raised
        self.read = read


def bearer(headers: Mapping[str, str]) -> Optional[str]:
    """Read the API key from the Authorization header, None if it is missing or malformed."""
    return _key_in(headers.get("authorization", ""))


@lru_cache(maxsize=64)  # a client sends the same one with each request
def _key_in(value: str) -> Optional[str]:
    if value[:7].lower() != "bearer ":
        return None
    key = value[7:].strip(" ")
    return key if is_key(key) else None


def declared_length(headers: Mapping[str, str]) -> int:
    """Read Content-Length, 0 if it is missing or not a number; the first digits of an absurd one are enough."""
    declared = headers.get("content-length", "")
    return int(declared[:19]) if declared.isascii() and declared.isdigit() else 0


def route_of(request: Request, blanked: Callable[[str], str]) -> str:
    """Return the endpoint that is asked for; raises RefusalError for another path or method."""
    endpoint = ROUTES.get(request.path)
    if endpoint is None:
        nearest = process.extractOne(request.path[:200], list(ROUTES))[0]
        path = beginning(request.path, 200, blanked)
        more = SERVED if request.path == "/" else ""
        raise RefusalError(404, "NOT_FOUND", f"No such path: {path}; did you mean POST {nearest}?{more}")
    if request.method != "POST":
        message = expected(request.path, "POST", beginning(request.method, 20, blanked))
        raise RefusalError(405, "METHOD_NOT_ALLOWED", message, {"allow": "POST"})
    return endpoint


def authorized(endpoint: str, tenant: Optional[Tenant], request: Request, notes: List[str]) -> Tenant:
    """Return the tenant whose key opens the endpoint; raises RefusalError, and says why in `notes` for a 401."""
    if tenant is None or tenant.settings.state == "revoked":
        notes.append(_why_unauthorized(request.headers, is_revoked=tenant is not None))
        raise RefusalError(401, "AUTH_ERROR", "Invalid or missing API key: send Authorization: Bearer KEY")
    if tenant.settings.state == "deleted":
        raise RefusalError(404, "NOT_FOUND", "The memory of this key has been deleted")
    if endpoint not in tenant.settings.rights:
        raise RefusalError(403, "METHOD_NOT_SUPPORTED", f"This memory does not support {endpoint}")
    return tenant


def _why_unauthorized(headers: Mapping[str, str], *, is_revoked: bool) -> str:
    """Return for the journal what the service does not tell a client whose key opens nothing."""
    if is_revoked:
        return "the key is revoked"
    if "authorization" not in headers:
        return "there is no Authorization header"
    return "the Authorization header has no Bearer KEY" if bearer(headers) is None else "keys= does not list this key"


def counted_rate(tenant: Tenant) -> Mapping[str, str]:
    """Count the call, and return the headers of the rate limit if there is one; raises RefusalError beyond it."""
    window = tenant.settings.rate_window
    if window is None:
        return NO_RATES
    allowed, headers = tenant.rate.take(window, tenant.clock.ticks())
    if not allowed:
        message = f"Too many requests: at most {window[0]} in {plain(window[1])} s; wait {headers['retry-after']} s"
        raise RefusalError(429, "RATE_LIMIT", message, headers)
    return headers


def fields_of(request: Request, tenant: Tenant, blanked: Callable[[str], str]) -> Dict[str, Any]:
    """Return the fields of the body; raises RefusalError for one that is too large, encoded, or no JSON object."""
    most = tenant.settings.max_body
    if max(len(request.body), declared_length(request.headers)) > most:
        raise RefusalError(413, "PAYLOAD_TOO_LARGE", expected("body", f"at most {most} bytes", "more"))
    kind = request.headers.get("content-type")
    if kind is not None and kind != JSON_TYPE:
        media = kind.partition(";")[0].strip().lower()
        if media != JSON_TYPE and not (media.startswith("application/") and media.endswith("+json")):
            sent = beginning(kind, 80, blanked).partition(";")[0].strip().lower()
            message = expected("Content-Type", JSON_TYPE, sent or "an empty value")
            raise RefusalError(415, "UNSUPPORTED_MEDIA_TYPE", message)
    codings = request.headers.get("content-encoding")
    if codings and any(coding.strip() not in ("", "identity") for coding in codings.lower().split(",")):
        message = expected("Content-Encoding", "identity or none", beginning(codings.strip(), 80, blanked).lower())
        raise RefusalError(415, "UNSUPPORTED_MEDIA_TYPE", message, {"accept-encoding": "identity"})
    try:
        return read_object(request.body)
    except BadBody as error:
        with read_by(Audience(blanked)):
            raise RefusalError(400, "VALIDATION_ERROR", error.sentence(), read=error) from None

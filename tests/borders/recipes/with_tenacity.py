"""Tenacity is the one retry policy: it repeats what may help, and waits as long as the service asks."""

from uuid import uuid4

from tenacity import RetryCallState, retry, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from octamem import OctaMem, OctaMemError

client = OctaMem(max_retries=0)
back_off = wait_exponential_jitter(initial=1, max=60)


def may_help(error: BaseException) -> bool:
    """Return whether making the same call again may help."""
    return isinstance(error, OctaMemError) and error.retryable


def as_asked(state: RetryCallState) -> float:
    """Return the seconds before the next attempt: at least those that the service asks for."""
    error = state.outcome.exception()
    return max(back_off(state), error.retry_after or 0.0)


@retry(retry=retry_if_exception(may_help), stop=stop_after_attempt(4), wait=as_asked, reraise=True)
def add(content: str, key: str) -> None:
    """Store a memory under the same key in each attempt."""
    client.add(content=content, idempotency_key=key)


def save(content: str) -> None:
    """Store a memory once; the key is made outside of what is repeated."""
    add(content, str(uuid4()))

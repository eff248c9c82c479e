"""The variables of the environment by which a program finds the service: this process's, and those of its children."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import Any, Dict, Generator, Mapping, Optional

__all__ = ["c_environment", "environment", "past_proxies"]


@contextmanager
def environment(values: Mapping[str, str]) -> Generator[None, None, None]:
    """Set variables of the environment until the block ends."""
    former: Dict[str, Optional[str]] = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in former.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def c_environment(values: Mapping[str, str]) -> Generator[None, None, None]:
    """Set variables for the processes that start in the block, which this process itself does not see."""
    for name, value in values.items():
        os.putenv(name, value)
    try:
        yield
    finally:
        for name in values:
            if name in os.environ:
                os.putenv(name, os.environ[name])
            else:
                os.unsetenv(name)


def past_proxies(variables: Mapping[Any, Any]) -> Dict[str, str]:
    """Return the variables by which every library reaches this machine without a proxy."""
    listed = [str(variables.get(name, "")).strip() for name in ("no_proxy", "NO_PROXY")]
    if "*" in listed:
        return {}
    hosts = ",".join(dict.fromkeys([each for each in listed if each] + ["127.0.0.1", "localhost"]))
    # Either spelling may be the one that a library reads.
    return {"NO_PROXY": hosts, "no_proxy": hosts}

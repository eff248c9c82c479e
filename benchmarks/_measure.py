"""Time contenders in turn, round by round, so that a machine that slows down slows all of them."""

from __future__ import annotations

import gc
from statistics import median
from time import perf_counter
from typing import Callable, Dict, List, Mapping


def medians(contenders: Mapping[str, Callable[[], object]], *, calls: int, rounds: int) -> Dict[str, float]:
    """Give each contender's median seconds a call over `rounds` rounds of `calls` calls, after one round to warm up."""
    spent: Dict[str, List[float]] = {name: [] for name in contenders}
    gc.collect()
    gc.disable()
    try:
        for turn in range(rounds + 1):
            for name, call in contenders.items():
                began = perf_counter()
                for _ in range(calls):
                    call()
                if turn:
                    spent[name].append((perf_counter() - began) / calls)
            gc.collect()
    finally:
        gc.enable()
    return {name: median(times) for name, times in spent.items()}

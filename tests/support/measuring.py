"""Ratios of one run: a side and its floor in turn, medians, one JSON object as the last line."""

import gc
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

FIGURES: Final = Path(os.environ.get("ANSEO_BENCH_FIGURES", ".bench"))
"""A folder for the figures of the last run, one file each; `make bench` sets the table from it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One comparison. `ratio` is the median of the rounds' own ratios, not of the medians."""

    name: str
    value: float
    floor: float
    ratio: float
    unit: str
    size: int
    seed: int | None
    cores: int | None


def in_turn(
    ours: Callable[[], float], floor: Callable[[], float], rounds: int = 3
) -> list[tuple[float, float]]:
    """Measure both sides in turn, so that a noisy moment meets both; odd rounds begin with ours."""
    pairs = []
    for number in range(rounds):
        gc.collect()
        if number % 2:
            other = floor()
            pairs.append((ours(), other))
        else:
            mine = ours()
            pairs.append((mine, floor()))
    return pairs


def report(
    name: str, pairs: Sequence[tuple[float, float]], unit: str, size: int, seed: int | None = None
) -> Figure:
    """Print the figure as one line of JSON and keep it for the table."""
    figure = Figure(
        name=name,
        value=_rounded(statistics.median(mine for mine, _ in pairs)),
        floor=_rounded(statistics.median(other for _, other in pairs)),
        ratio=_rounded(statistics.median(mine / other for mine, other in pairs)),
        unit=unit,
        size=size,
        seed=seed,
        cores=os.cpu_count(),
    )
    line = json.dumps(asdict(figure))
    FIGURES.mkdir(exist_ok=True)
    (FIGURES / f"{name}.json").write_text(line + "\n")
    sys.stdout.write("\n" + line + "\n")
    return figure


def _rounded(value: float) -> float:
    """Three figures are more than a shared machine can promise."""
    return float(f"{value:.3g}")


def callers_per_second(once: Callable[[], object], callers: int, seconds: float) -> float:
    """Let some threads call again and again, and return how many calls ended in a second."""
    stop = threading.Event()
    ready = threading.Barrier(callers + 1)

    def call() -> int:
        done = 0
        try:
            once()
        except Exception:
            ready.abort()  # or everybody else waits for this one for ever
            raise
        ready.wait()
        while not stop.is_set():
            once()
            done += 1
        return done

    with ThreadPoolExecutor(callers) as pool:
        futures = [pool.submit(call) for _ in range(callers)]
        with suppress(threading.BrokenBarrierError):
            ready.wait()
        began = time.perf_counter()
        stop.wait(0 if ready.broken else seconds)
        stop.set()
        done = sum(future.result() for future in futures)
        return done / (time.perf_counter() - began)

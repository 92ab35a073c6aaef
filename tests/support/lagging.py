"""From the call of an append to the moment at which a follower in another process has the fact."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from typing import Final, Literal
from uuid import UUID, uuid4

from infrastructure.runtime.hints import Hints
from infrastructure.runtime.pace import Bell, Pace
from infrastructure.store.database import Database
from infrastructure.store.recorder import bound, read_after
from tests.support.stock_tailing import stock_recorder
from tests.support.tailing import SPAWN

Side = Literal["ours", "hinted", "stock"]
Times = dict[UUID, float]
POLL_SECONDS: Final = 0.02


def follow_hinted(url: str, wanted: int, ready: Event, out: "Queue[Times]") -> None:
    """Do the same, and listen."""
    follow(url, wanted, ready, out, hinted=True)


def follow(
    url: str, wanted: int, ready: Event, out: "Queue[Times]", *, hinted: bool = False
) -> None:
    """Follow as a role does: at once while there is work, with the pace of a role when not."""
    database = Database(url)
    seen: Times = {}
    bell = Bell()
    pace = Pace(bell, "project", POLL_SECONDS)
    hints = Hints(database, bell, ["project"])
    if hinted:
        hints.start()
    with database.worker() as conn:
        after = bound(conn)
    ready.set()
    while len(seen) < wanted:
        with database.worker() as conn:
            rows = read_after(conn, after, 2_000)
        now = time.monotonic()  # one clock for all processes of a machine
        for row in rows:
            seen.setdefault(row[1], now)
        if rows:
            after = rows[-1][3]
            pace.busy()
        else:
            pace.idle()
    if hinted:
        hints.stop()
    database.close()
    out.put(seen)


def subscribe(url: str, wanted: int, ready: Event, out: "Queue[Times]") -> None:
    """Follow as the library does: its own subscription, woken by NOTIFY."""
    recorder = stock_recorder(url)
    seen: Times = {}
    with recorder.subscribe(gt=recorder.max_notification_id() or 0) as subscription:
        ready.set()
        for event in subscription:
            seen.setdefault(UUID(str(event.originator_id)), time.monotonic())
            if len(seen) == wanted:
                break
    recorder.datastore.close()
    out.put(seen)


FOLLOWERS: Final = {"ours": follow, "hinted": follow_hinted, "stock": subscribe}


def lags(
    url: str,
    side: Side,
    append: Callable[[UUID], object],
    callers: int,
    each: int,
    rests: Callable[[], float] = lambda: 0.0,
) -> list[float]:
    """Append from several threads and return what each fact took, in milliseconds, sorted."""
    ready, out = SPAWN.Event(), SPAWN.Queue()
    follower = SPAWN.Process(target=FOLLOWERS[side], args=(url, callers * each, ready, out))
    follower.start()
    assert ready.wait(60)
    called: Times = {}

    def caller() -> None:
        for _ in range(each):
            stream = uuid4()
            called[stream] = time.monotonic()
            append(stream)
            time.sleep(rests())

    with ThreadPoolExecutor(callers) as pool:
        for future in [pool.submit(caller) for _ in range(callers)]:
            future.result()
    seen = out.get(timeout=120)
    follower.join(30)
    return sorted(1000 * (seen[stream] - at) for stream, at in called.items())


def percentile(values: list[float], share: float) -> float:
    """Return the value below which a share of all lie."""
    return values[min(int(len(values) * share), len(values) - 1)]

"""Numbers for operators: what each request took, and how the machine stands. Counts only."""

import re
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID, uuid4

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infrastructure.runtime import health
from infrastructure.runtime.health import Standing
from infrastructure.store.errors import Unavailable
from infrastructure.wiring.house import House

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
CORRELATION: Final = b"x-correlation-id"
_ID: Final = re.compile(rb"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
LARGEST_BODY: Final = 64 * 1024
LARGEST_UPLOAD: Final = 16 * 1024 * 1024
# What is larger than a wish: files, and the heaps of events in which a mail provider tells.
LARGER: Final = {"/api/imports/csv": LARGEST_UPLOAD, "/api/webhooks/sendgrid/events": 1024 * 1024}
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_EVERY_ANSWER: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


class Metrics:
    """The numbers of one application."""

    def __init__(self, house: House) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "anseo_http_requests",
            "Requests by operation and status.",
            ("operation", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "anseo_http_request_seconds",
            "How long requests took.",
            ("operation",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.registry.register(_Machine(house))

    def count(self, operation: str, status: int, seconds: float) -> None:
        """Count one request, under its operation's name and never under its path."""
        self._requests.labels(operation, str(status)).inc()
        self._seconds.labels(operation).observe(seconds)

    def text(self) -> bytes:
        """Return all numbers as Prometheus reads them."""
        return generate_latest(self.registry)


class _Machine(Collector):
    """Looks at the machine when it is asked."""

    def __init__(self, house: House) -> None:
        self._house = house

    def describe(self) -> list[Any]:
        """Name nothing beforehand: registering must not ask the database."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return the machine's numbers, or only that the store is away."""
        try:
            with self._house.database.worker() as conn:
                standing = health.look(conn)
                stuck = health.stuck(conn, self._house.settings)
        except Unavailable:
            yield GaugeMetricFamily("anseo_store_up", "Whether the store answers.", 0)
            return
        yield GaugeMetricFamily("anseo_store_up", "Whether the store answers.", 1)
        yield from _single(standing)
        yield from _stuck(*stuck)
        yield from _by_follower(standing)


def _single(standing: Standing) -> Iterator[GaugeMetricFamily]:
    for name, text, value in (
        ("anseo_ledger_position", "The last fact's position.", standing.head),
        ("anseo_outbox_waiting", "Messages that a sender may take now.", standing.outbox_waiting),
        (
            "anseo_outbox_oldest_seconds",
            "Age of the oldest message not settled.",
            standing.outbox_oldest_seconds,
        ),
        (
            "anseo_outcomes_unknown",
            "Messages whose end a person has to settle.",
            standing.outcomes_unknown,
        ),
        (
            "anseo_outcome_unknown_oldest_seconds",
            "Age of the oldest of them: alarm at 900, as /readyz names it.",
            standing.unknown_oldest_seconds,
        ),
        ("anseo_steps_due", "Steps whose time has come.", standing.steps_due),
        ("anseo_syncs_failing", "Schools whose last sync failed.", standing.syncs_failing),
        ("anseo_ledger_bound", "The position up to which readers may go.", standing.bound),
        (
            "anseo_readers_stalled_seconds",
            "How long a committed fact has waited for an append that is still open.",
            standing.stalled_seconds,
        ),
        (
            "anseo_appends_blocked_seconds",
            "How long a lock on the ledger has stopped appends.",
            standing.blocked_seconds,
        ),
        ("anseo_ledger_alarms", "Alarms that nobody has settled.", len(standing.alarms)),
    ):
        yield GaugeMetricFamily(name, text, value)


def _stuck(waiting: int, silent: int) -> Iterator[GaugeMetricFamily]:
    found = GaugeMetricFamily(
        "anseo_messages_stuck", "Messages that wait, or are silent, for too long.", labels=("as",)
    )
    found.add_metric(("WAITING",), waiting)
    found.add_metric(("SILENT",), silent)
    yield found


def _by_follower(standing: Standing) -> Iterator[GaugeMetricFamily]:
    position = GaugeMetricFamily(
        "anseo_follower_position", "How far a follower has come.", labels=("follower",)
    )
    lag = GaugeMetricFamily(
        "anseo_follower_lag", "Positions behind the last fact.", labels=("follower",)
    )
    behind = GaugeMetricFamily(
        "anseo_follower_behind_seconds", "Age of the oldest fact not seen.", labels=("follower",)
    )
    parked = GaugeMetricFamily(
        "anseo_parked_facts", "Facts that a follower could not handle.", labels=("follower",)
    )
    for follower in standing.followers:
        position.add_metric((follower.name,), follower.position)
        lag.add_metric((follower.name,), follower.lag)
        behind.add_metric((follower.name,), follower.behind_seconds)
    known = {follower.name: 0 for follower in standing.followers}
    for name, count in (known | standing.parked).items():  # the tick parks, and has no position
        parked.add_metric((name,), count)
    yield from (position, lag, behind, parked)


class Threshold:
    """Around every request: an id that all that follows is found under, a limit, the count."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation = _correlation(scope)
        scope["anseo.correlation"] = correlation
        begun = time.perf_counter()
        status = 500

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                have = {name.lower() for name, _ in message["headers"]}
                extra = [pair for pair in _EVERY_ANSWER if pair[0] not in have]
                extra.append((CORRELATION, str(correlation).encode()))
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        taken = 0
        largest = LARGER.get(scope["path"], LARGEST_BODY)

        async def take() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > largest:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        try:
            await self._app(scope, take, tell)
        finally:
            operation = getattr(scope.get("route"), "name", None) or "none"
            self._metrics.count(operation, status, time.perf_counter() - begun)


def _correlation(scope: Scope) -> UUID:
    """Take the client's id when it is one: free text would end up in the ledger."""
    for name, value in scope["headers"]:
        if name == CORRELATION and _ID.fullmatch(value):
            return UUID(value.decode())
    return uuid4()

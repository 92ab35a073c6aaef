# ruff: noqa: ARG002  the library makes its events from the parameters
"""A process manager in the library's own style: a process application that follows a log."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import singledispatchmethod
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

from eventsourcing.application import Application, ProcessingEvent
from eventsourcing.domain import Aggregate, DomainEventProtocol, event
from eventsourcing.system import ProcessApplication

from infrastructure.store.database import Database
from tests.support.stock import parts

TOGETHER = 100


class StockStep(Aggregate):
    """A step that was asked for."""

    @event("Requested")
    def __init__(self, run_id: UUID, step_id: str, channel: str, key: str) -> None:
        self.run_id, self.step_id, self.channel, self.key = run_id, step_id, channel, key


class StockMessage(Aggregate):
    """The message that a step asks for."""

    @event("Requested")
    def __init__(self, run_id: UUID, step_id: str, channel: str, key: str) -> None:
        self.key = key


class Steps(Application[UUID]):
    """Where the facts are."""


class Requester(ProcessApplication[UUID]):
    """Asks for a message for each step: the new event and the position commit together."""

    @singledispatchmethod
    def policy(
        self, domain_event: DomainEventProtocol[UUID], processing_event: ProcessingEvent[UUID]
    ) -> None:
        """React to nothing else."""

    @policy.register(StockStep.Requested)  # type: ignore[attr-defined]  # made by the decorator
    def _(self, asked: Any, processing_event: ProcessingEvent[UUID]) -> None:
        message = StockMessage(asked.run_id, asked.step_id, asked.channel, asked.key)
        processing_event.collect_events(message)


class StockPair:
    """Both applications, on tables of their own beside ours."""

    def __init__(self, steps: Steps, requester: Requester) -> None:
        self._steps, self._requester = steps, requester
        requester.follow("Steps", steps.notification_log)

    def tell(self, count: int) -> None:
        """Store facts that nobody has seen."""
        for _ in range(0, count, TOGETHER):
            some = [StockStep(uuid4(), "sms", "SMS", "x" * 90) for _ in range(TOGETHER)]
            self._steps.save(*some)

    def react(self) -> None:
        """React to all there is."""
        self._requester.pull_and_process("Steps")


@contextmanager
def stock_pair(database: Database) -> Iterator[StockPair]:
    """Open both."""
    environment = {f"POSTGRES_{name.upper()}": value for name, value in parts(database).items()}
    environment["PERSISTENCE_MODULE"] = "eventsourcing.postgres"
    with patch.dict(os.environ, environment):
        steps, requester = Steps(), Requester()
    try:
        yield StockPair(steps, requester)
    finally:
        steps.close()
        requester.close()

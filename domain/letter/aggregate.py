"""One letter: requested, made, posted or withdrawn."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, Protocol, assert_never

from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.letter import commands as c
from domain.letter import events as e
from domain.letter import refusals as r


class _Case(Protocol):
    closed: bool


class _Exemptions(Protocol):
    def holds_on(self, day: date) -> bool: ...


class _Intervention(Protocol):
    def supports(self, stage: str, entered_on: date) -> bool: ...


class _Earlier(Protocol):
    withdrawn: bool


class Letter(Aggregate[c.LetterCommand, e.LetterEvent]):
    """Is rendered once, posted once, and not at all when its cause is gone."""

    kind: ClassVar[str] = "letter"

    def __init__(self) -> None:
        self.requested: e.LetterRequested | None = None
        self.rendered: e.LetterRendered | None = None
        self.posted = False
        self.withdrawn = False
        self.failures: set[str] = set()

    def decide(self, command: c.LetterCommand, world: World) -> Sequence[e.LetterEvent]:
        """Return what follows."""
        if isinstance(command, c.RequestLetter):
            return self._request(command, world)
        if self.requested is None:
            raise r.LetterUnknown
        match command:
            case c.RecordRendered():
                ended = self.rendered is not None or self.withdrawn
                return [] if ended else [_rendered(command)]
            case c.RecordRenderingFailed(cause=cause):
                told = self.rendered is not None or cause in self.failures
                return [] if told else [e.LetterRenderingFailed(cause=cause)]
            case c.WithdrawLetter(reason=reason):
                ended = self.posted or self.withdrawn
                return [] if ended else [e.LetterWithdrawn(reason=reason)]
            case c.ConfirmPosted():
                return self._post(command, self.requested, world)
            case _:
                assert_never(command)

    def _request(self, command: c.RequestLetter, world: World) -> list[e.LetterEvent]:
        if self.requested is not None:
            return []
        if command.instead_of is not None:
            earlier: _Earlier = world.seen(command.instead_of)
            if not earlier.withdrawn:
                return []  # it is still to be posted, or in the post
        return [_request(command)]

    def _post(
        self, command: c.ConfirmPosted, requested: e.LetterRequested, world: World
    ) -> list[e.LetterEvent]:
        if not world.actor.startswith("staff:"):
            raise r.PostedByPersonOnly
        if self.posted:
            return []
        if self.withdrawn:
            raise r.LetterGone
        if self.rendered is None:
            raise r.LetterNotRendered
        void = _void(command, requested, world)
        if void is not None:
            return [e.LetterWithdrawn(reason=void)]
        return [
            e.LetterPosted(
                intervention_id=requested.intervention_id,
                stage=requested.stage,
                posted_on=world.today(requested.school_id),
            )
        ]

    def evolve(self, event: e.LetterEvent) -> None:
        """Remember how far it came."""
        match event:
            case e.LetterRequested():
                self.requested = event
            case e.LetterRendered():
                self.rendered = event
            case e.LetterRenderingFailed(cause=cause):
                self.failures.add(cause)
            case e.LetterWithdrawn():
                self.withdrawn = True
            case e.LetterPosted():
                self.posted = True
            case _:
                assert_never(event)


def _void(
    command: c.ConfirmPosted, requested: e.LetterRequested, world: World
) -> e.WithdrawReason | None:
    case: _Case = world.seen(command.case_id)
    if case.closed:
        return e.WithdrawReason.CASE_CLOSED
    exemptions: _Exemptions = world.seen(command.exemption)
    if exemptions.holds_on(world.today(command.school_id)):
        return e.WithdrawReason.EXEMPTION_FLAG
    intervention: _Intervention = world.seen(command.intervention_id)
    if not intervention.supports(requested.stage, requested.requested_on):
        return e.WithdrawReason.NOT_SUPPORTED_BY_REGISTER
    return None


def _request(command: c.RequestLetter) -> e.LetterRequested:
    return e.LetterRequested(
        intervention_id=command.intervention_id,
        case_id=command.case_id,
        stage=command.stage,
        student_id=command.student_id,
        guardian_id=command.guardian_id,
        school_id=command.school_id,
        template_key=command.template_key,
        requested_on=command.requested_on,
        numbers=command.numbers,
        due_on=command.due_on,
    )


def _rendered(command: c.RecordRendered) -> e.LetterRendered:
    return e.LetterRendered(
        content_hash=command.content_hash,
        size_bytes=command.size_bytes,
        template_key=command.template_key,
        template_version=command.template_version,
        template_hash=command.template_hash,
        language=command.language,
    )

"""The words of one text in versions: written by one person, approved by another, retired."""

from collections.abc import Sequence
from typing import ClassVar, assert_never

from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.shared.ids import SchoolId, TemplateId
from domain.shared.texts import LockScope, Wording
from domain.template import commands as c
from domain.template import events as e
from domain.template import refusals as r
from domain.template.faults import faults_of

_STAFF = "staff:"


class Template(Aggregate[c.TemplateCommand, e.TemplateEvent]):
    """Counts its versions and refuses what must not be sent; an approved version never changes.

    The same words again are the same version, as long as they are in use. `locked` is asked by the
    schools' templates for the same text.
    """

    kind: ClassVar[str] = "template"

    def __init__(self) -> None:
        self.version = 0
        self.current: Wording | None = None
        self.school: SchoolId | None = None
        self.last: Wording | None = None
        self.draft: e.TemplateDrafted | None = None
        self.reviewed = False
        self.locked = False
        self.known = False

    def decide(self, command: c.TemplateCommand, world: World) -> Sequence[e.TemplateEvent]:
        """Return what follows."""
        match command:
            case c.DraftTemplate():
                return self._begin(command, world)
            case c.ReviseTemplate():
                return self._revise(command, world)
            case c.ReviewTranslation():
                return self._review(world)
            case c.ApproveTemplate():
                return self._approve(command, world)
            case c.RetireTemplate():
                return self._retire()
            case _:
                assert_never(command)

    def _begin(self, command: c.DraftTemplate, world: World) -> list[e.TemplateEvent]:
        same = self.draft is not None and self.draft.wording == command.wording
        if self.known and not same:
            raise r.TemplateExists
        _refuse_lock(command.below, world)
        return self._write(command.wording, command.school_id, world)

    def _revise(self, command: c.ReviseTemplate, world: World) -> list[e.TemplateEvent]:
        latest = self.draft.wording if self.draft is not None else self.last
        if latest is None:
            raise r.TemplateUnknown
        now = command.wording
        if (now.key, now.kind, now.language) != (latest.key, latest.kind, latest.language):
            raise r.TemplateRenamed
        _refuse_lock(command.below, world)
        return self._write(now, self.school, world)

    def _write(
        self, wording: Wording, school: SchoolId | None, world: World
    ) -> list[e.TemplateEvent]:
        if faults := faults_of(wording):
            words = "; ".join(fault.words for fault in faults)
            raise r.TemplateFaulty(words, errors=[fault.as_dict() for fault in faults])
        if wording == (self.draft.wording if self.draft is not None else self.current):
            return []
        return [
            e.TemplateDrafted(
                version=self.version + 1,
                wording=wording,
                content_hash=wording.sha256,
                author=world.actor,
                school_id=school,
            )
        ]

    def _review(self, world: World) -> list[e.TemplateEvent]:
        draft = self._drafted()
        if draft.wording.translation_of is None:
            raise r.NoTranslation
        if self.reviewed:
            return []
        _refuse_author(draft, world)
        return [
            e.TranslationReviewed(
                version=draft.version, content_hash=draft.content_hash, reviewer=world.actor
            )
        ]

    def _approve(self, command: c.ApproveTemplate, world: World) -> list[e.TemplateEvent]:
        if self.draft is None and self.current is not None:
            return []
        draft = self._drafted()
        _refuse_author(draft, world)
        _refuse_lock(command.below, world)
        words = draft.wording
        if words.legal_effect and words.translation_of is not None and not self.reviewed:
            raise r.TranslationUnreviewed
        if words.valid_until is not None and words.valid_until < world.now.date():
            raise r.TemplateLawOver
        return [
            e.TemplateApproved(
                version=draft.version, content_hash=draft.content_hash, approver=world.actor
            )
        ]

    def _drafted(self) -> e.TemplateDrafted:
        if not self.known:
            raise r.TemplateUnknown
        if self.draft is None:
            raise r.TemplateNotDrafted
        return self.draft

    def _retire(self) -> list[e.TemplateEvent]:
        if not self.known:
            raise r.TemplateUnknown
        if self.current is None and self.draft is None:
            return []
        return [e.TemplateRetired(version=self.version if self.current is not None else 0)]

    def evolve(self, event: e.TemplateEvent) -> None:
        """Remember the version in use and the draft of the next."""
        self.known = True
        match event:
            case e.TemplateDrafted():
                self.draft, self.school, self.reviewed = event, event.school_id, False
                self.last = event.wording
            case e.TranslationReviewed():
                self.reviewed = True
            case e.TemplateApproved(version=version):
                self.version, self.current = version, self.last
                self.draft, self.reviewed = None, False
                self.locked = self._locks()
            case e.TemplateRetired():
                self.draft, self.current, self.locked = None, None, False
            case _:
                assert_never(event)

    def _locks(self) -> bool:
        words = self.current
        return self.school is None and words is not None and words.lock is LockScope.DISTRICT_ONLY


def _refuse_author(draft: e.TemplateDrafted, world: World) -> None:
    if not world.actor.startswith(_STAFF):
        raise r.TemplateNeedsPerson
    if world.actor == draft.author:
        raise r.TemplateOwnWords


def _refuse_lock(below: Sequence[TemplateId], world: World) -> None:
    if any(world.seen(one).locked for one in below):
        raise r.TemplateLocked

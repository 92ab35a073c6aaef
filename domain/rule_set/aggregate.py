"""A rule set in versions: written, put into use, taken out of use."""

from collections.abc import Sequence
from typing import Any, ClassVar, assert_never

from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.rule_set import commands as c
from domain.rule_set import events as e
from domain.rule_set import refusals as r
from domain.shared.ids import SchoolId


class RuleSet(Aggregate[c.RuleSetCommand, e.RuleSetEvent]):
    """Counts its versions; a version that was once in use never changes.

    The same content for the same schools is the same version, as long as it is in use.
    """

    kind: ClassVar[str] = "rule_set"

    def __init__(self) -> None:
        self.version = 0
        self.content_hash = ""
        self.school: SchoolId | None = None
        self.draft: e.RuleSetDrafted | None = None
        self.in_use = False
        self.known = False

    def decide(self, command: c.RuleSetCommand, world: World) -> Sequence[e.RuleSetEvent]:  # noqa: ARG002  nothing of the world is asked
        """Return what follows."""
        match command:
            case c.DraftRuleSet():
                return self._begin(command)
            case c.ReviseRuleSet():
                if not self.known:
                    raise r.RuleSetUnknown
                return self._draft(command.definition, command.content_hash, self.school)
            case c.ActivateDraft():
                return self._activate_draft()
            case c.ActivateRuleSet():
                return self._activate(command)
            case c.RetireRuleSet():
                return self._retire(command)
            case _:
                assert_never(command)

    def _begin(self, command: c.DraftRuleSet) -> list[e.RuleSetEvent]:
        draft = self.draft
        same = draft is not None and draft.content_hash == command.content_hash
        if self.known and not (same and self.school == command.school_id):
            raise r.RuleSetExists
        return self._draft(command.definition, command.content_hash, command.school_id)

    def _draft(
        self, definition: dict[str, Any], content_hash: str, school: SchoolId | None
    ) -> list[e.RuleSetEvent]:
        latest = self.draft.content_hash if self.draft is not None else self._used
        if content_hash == latest:
            return []
        return [
            e.RuleSetDrafted(
                version=self.version + 1,
                definition=definition,
                content_hash=content_hash,
                school_id=school,
            )
        ]

    @property
    def _used(self) -> str | None:
        return self.content_hash if self.in_use else None

    def _activate_draft(self) -> list[e.RuleSetEvent]:
        if not self.known:
            raise r.RuleSetUnknown
        if self.draft is None:
            if self.in_use:
                return []
            raise r.NothingDrafted
        draft = self.draft
        return self._next(draft.definition, draft.content_hash, draft.school_id)

    def _activate(self, command: c.ActivateRuleSet) -> list[e.RuleSetEvent]:
        if (command.content_hash, command.school_id) == (self._used, self.school):
            return []
        return self._next(command.definition, command.content_hash, command.school_id)

    def _next(
        self, definition: dict[str, Any], content_hash: str, school: SchoolId | None
    ) -> list[e.RuleSetEvent]:
        return [
            e.RuleSetActivated(
                version=self.version + 1,
                definition=definition,
                content_hash=content_hash,
                school_id=school,
            )
        ]

    def _retire(self, command: c.RetireRuleSet) -> list[e.RuleSetEvent]:
        if not self.known:
            raise r.RuleSetUnknown
        if not self.in_use and self.draft is None:
            return []
        version = self.version if self.in_use else 0
        return [e.RuleSetRetired(version=version, replaced_by=command.replaced_by)]

    def evolve(self, event: e.RuleSetEvent) -> None:
        """Remember the version in use and the draft of the next."""
        self.known = True
        match event:
            case e.RuleSetDrafted():
                self.draft, self.school = event, event.school_id
            case e.RuleSetActivated():
                self.version, self.content_hash = event.version, event.content_hash
                self.school, self.draft, self.in_use = event.school_id, None, True
            case e.RuleSetRetired():
                self.draft, self.in_use = None, False
            case _:
                assert_never(event)

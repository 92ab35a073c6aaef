"""Each firing of each stage, by its number: a stage that comes again is another matter."""

from datetime import date
from typing import assert_never

from domain.intervention import events as e
from domain.intervention.reasons import ReviewOutcome

Key = tuple[str, int]
"""A stage, and the how-manieth time that it fired."""


class Firings:
    """What was decided about, entered, and lost its cause, firing by firing."""

    def __init__(self) -> None:
        self.decided: dict[Key, e.StageProposed] = {}
        self.entered: dict[Key, e.StageEntered] = {}
        self.lost: dict[Key, e.StageUnsupported] = {}
        self.again: dict[Key, int] = {}
        self.reviewed: dict[Key, ReviewOutcome] = {}
        self.explained: set[Key] = set()

    def of(self, stage: str, firing: int | None) -> Key:
        """Return the firing that a fact means: older facts name none, or the first of all."""
        key = stage, firing or 0
        latest = max((n for name, n in self.entered if name == stage), default=0)
        return key if key in self.entered else (stage, latest)

    def enter(self, event: e.StageEntered) -> None:
        """Remember an entry, with whose cause nothing is wrong yet."""
        key = event.stage, event.firing
        self.entered[key] = event
        self.explained.discard(key)
        for said in (self.lost, self.again, self.reviewed):
            said.pop(key, None)

    def correct(self, event: e.StageUnsupported | e.StageReinstated | e.CorrectionReviewed) -> None:
        """Remember what a correction did to an entry, or what a person found of it."""
        key = self.of(event.stage, event.firing)
        match event:
            case e.StageUnsupported():
                self.lost[key] = event
                self.reviewed.pop(key, None)
            case e.StageReinstated(again=again):
                self.lost.pop(key, None)
                self.again[key] = again
            case e.CorrectionReviewed(outcome=outcome):
                self.reviewed[key] = outcome
            case _:
                assert_never(event)

    def carries(self, key: Key) -> bool:
        """Say whether a firing has its cause, or a person found that it stands without."""
        return key not in self.lost or self.reviewed.get(key) is ReviewOutcome.STANDS

    def standing(self, stage: str) -> e.StageEntered | None:
        """Return the latest entry of a stage that others may stand on."""
        mine = [n for name, n in self.entered if name == stage and self.carries((name, n))]
        return self.entered[stage, max(mine)] if mine else None

    def counting(self, stage: str) -> e.StageProposed | None:
        """Return the latest firing that was decided about, and that the register did not take."""
        mine = [n for name, n in self.decided if name == stage and (name, n) not in self.lost]
        return self.decided[stage, max(mine)] if mine else None

    def supported(self, stage: str, entered_on: date) -> bool:
        """Say whether the register still supports what was entered on a day."""
        mine = [
            key
            for key, one in self.entered.items()
            if key[0] == stage and one.entered_on == entered_on
        ]
        return not mine or max(mine) not in self.lost

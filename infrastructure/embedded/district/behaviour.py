"""What families and staff will do, settled beforehand, so that a story can be told twice."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from infrastructure.embedded.district.absence import Pattern
from infrastructure.embedded.district.data import told
from infrastructure.embedded.district.dice import Dice

NO_SHOW: Final = "NO_SHOW"
APPROVE, DECLINE = "APPROVE", "DECLINE"
STOP: Final = "STOP"
_STOPS, _REPLIES, _DECLINED = 0.02, 0.12, 0.04
_LONGEST_WAIT: Final = 4  # school days
_OUTCOMES: Final[Mapping[Pattern, Mapping[str, float]]] = {
    Pattern.STEADY: {"RESOLVED": 60, "MEDICAL_PLAN": 25, "SUPPORT_PLAN": 15},
    Pattern.CHRONIC: {"RESOLVED": 30, "SUPPORT_PLAN": 35, "MEDICAL_PLAN": 15, "ESCALATE": 20},
    Pattern.DIP: {"RESOLVED": 80, "SUPPORT_PLAN": 20},
}
_NOBODY_CAME: Final = 0.1


class Reply(NamedTuple):
    """A text from a guardian, some school days after the text it answers."""

    text: str
    school_days: int


class Behaviour:
    """Answers by name alone: asking twice, or in another order, changes nothing."""

    def __init__(
        self, seed: int, languages: Mapping[str, str], patterns: Mapping[str, Pattern]
    ) -> None:
        self._seed = seed
        self._languages = languages
        self._patterns = patterns

    def reply(self, guardian: str, n: int) -> Reply | None:
        """Return the answer to a guardian's n-th text (from 1), or None where none comes."""
        if any(self._stops(guardian, earlier) for earlier in range(1, n)):
            return None
        dice = Dice(self._seed, "reply", guardian, n)
        wait = dice.between(0, _LONGEST_WAIT)
        if self._stops(guardian, n):
            return Reply(STOP, wait)
        if not dice.chance(_REPLIES):
            return None
        texts = told("texts")["replies"]
        return Reply(dice.pick(texts.get(self._languages[guardian], texts["en"])), wait)

    def meeting(self, student: str, n: int) -> str:
        """Return how a student's n-th meeting (from 1) goes. Nobody misses two."""
        dice = Dice(self._seed, "meeting", student, n)
        outcome = dice.weighted(_OUTCOMES[self._patterns[student]])
        return NO_SHOW if n == 1 and dice.chance(_NOBODY_CAME) else outcome

    def staff(self, student: str, stage: str) -> str:
        """Return what staff say to a proposed stage: a few pupils they know better."""
        return DECLINE if Dice(self._seed, "staff", student, stage).chance(_DECLINED) else APPROVE

    def _stops(self, guardian: str, n: int) -> bool:
        return Dice(self._seed, "stop", guardian, n).chance(_STOPS)

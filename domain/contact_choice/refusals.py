"""Why a choice may not be recorded."""

from domain.kernel.refusals import Invalid, NotAllowed


class LiftedByPersonOnly(NotAllowed):
    """A suppression is lifted by a named person, or by the guardian's own START after a STOP."""

    code = "lifted-by-person-only"


class LettersNeverOff(Invalid):
    """Post cannot be switched off: it is the way that is left for what the law asks for."""

    code = "letters-never-off"


class SafetyNeverOff(Invalid):
    """Messages about a child's safety cannot be switched off; a channel can."""

    code = "safety-never-off"


class QuietAllDay(Invalid):
    """Quiet hours begin and end at different times, and leave some of the day."""

    code = "quiet-all-day"

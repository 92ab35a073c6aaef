"""Why a meeting may say no."""

from domain.kernel.refusals import Conflict, Invalid, NotFound, NotNow


class MeetingUnknown(NotFound):
    """There is no such meeting."""

    code = "meeting-unknown"


class MeetingExists(Conflict):
    """A meeting with this id exists and was agreed otherwise."""

    code = "meeting-exists"


class MeetingInThePast(Invalid):
    """A meeting cannot be agreed for a time that has passed."""

    code = "meeting-in-the-past"


class MeetingLengthUnusual(Invalid):
    """A meeting lasts between 5 minutes and 4 hours."""

    code = "meeting-length-unusual"


class MeetingOver(NotNow):
    """The meeting was held, missed or cancelled already."""

    code = "meeting-over"


class MeetingNotHeld(NotNow):
    """An outcome is recorded after the meeting was held, or as RESCHEDULE after it was missed."""

    code = "meeting-not-held"


class MeetingNotYet(NotNow):
    """The meeting lies in the future."""

    code = "meeting-not-yet"

"""Why a run may say no."""

from domain.kernel.refusals import Invalid, NotFound, NotNow


class RunUnknown(NotFound):
    """There is no such run."""

    code = "run-unknown"


class StepUnknown(NotFound):
    """The run has no such step."""

    code = "step-unknown"


class RunOver(NotNow):
    """The run has ended: nothing of it can be moved."""

    code = "run-over"


class RunHeld(NotNow):
    """The run holds still: let it go on first."""

    code = "run-held"


class PlaybookOther(Invalid):
    """A run moves to another version of its own playbook only."""

    code = "playbook-other"


class NobodyToTell(NotNow):
    """Nobody may be told about this pupil: there is no run without somebody to hear of it."""

    code = "nobody-to-tell"

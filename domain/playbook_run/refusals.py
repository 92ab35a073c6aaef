"""Why a run may say no."""

from domain.kernel.refusals import NotFound, NotNow


class RunUnknown(NotFound):
    """There is no such run."""

    code = "run-unknown"


class RunOver(NotNow):
    """This run has ended already."""

    code = "run-over"


class StepUnknown(NotFound):
    """The run has no such step."""

    code = "step-unknown"

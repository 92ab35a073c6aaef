"""Why a run may say no."""

from domain.kernel.refusals import NotFound


class RunUnknown(NotFound):
    """There is no such run."""

    code = "run-unknown"


class StepUnknown(NotFound):
    """The run has no such step."""

    code = "step-unknown"

"""Why an intervention may say no."""

from domain.kernel.refusals import Invalid, NotAllowed, NotFound, NotNow


class InterventionUnknown(NotFound):
    """There is no such intervention."""

    code = "intervention-unknown"


class StageOutOfOrder(NotNow):
    """An earlier stage of the same track has not been entered yet."""

    code = "stage-out-of-order"


class StageTooSoon(NotNow):
    """The minimum number of school days since the last stage has not passed."""

    code = "stage-too-soon"


class StageNotProposed(NotNow):
    """This stage is not waiting for an approval."""

    code = "stage-not-proposed"


class StageForbidden(NotNow):
    """An exemption holds or the case is closed, so no stage can be entered."""

    code = "stage-forbidden"


class ApprovalByPersonOnly(NotAllowed):
    """A stage is approved or declined by a named person, never by software."""

    code = "approval-by-person-only"


class ReasonMissing(Invalid):
    """A decision against a proposal needs a reason."""

    code = "reason-missing"


class StageNotEntered(NotNow):
    """This stage was not entered, so there is nothing of it to be done."""

    code = "stage-not-entered"


class NothingToReview(NotNow):
    """The register supports this stage, so there is no correction to look at."""

    code = "nothing-to-review"

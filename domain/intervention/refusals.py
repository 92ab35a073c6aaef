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


class StageNotByHand(NotNow):
    """The rules propose this stage by themselves, when its condition holds."""

    code = "stage-not-by-hand"


class StageNotArmed(NotNow):
    """This stage was entered, and what it is for has not come anew since."""

    code = "stage-not-armed"


class ProposalReasonMissing(Invalid):
    """The rule set asks for a reason from whoever proposes this stage."""

    code = "proposal-reason-missing"


class SecondPersonNeeded(NotAllowed):
    """You proposed this stage, and the rule set asks for somebody else to approve it."""

    code = "second-person-needed"


class GuardsUnanswered(Invalid):
    """Before this stage is entered somebody has to answer what only a person can know."""

    code = "guards-unanswered"


class GuardDenied(NotNow):
    """A guard was answered with no, so the stage is not entered: decline it, or let it wait."""

    code = "guard-denied"


class GuardNotMet(NotNow):
    """The register, or what is on record, does not meet a guard of this stage yet."""

    code = "guard-not-met"


class GuardUnknown(Invalid):
    """This stage asks no such thing of a person."""

    code = "guard-unknown"


class AttemptInFuture(Invalid):
    """An attempt is logged when it was made, not before."""

    code = "attempt-in-future"


class AttemptMissing(NotNow):
    """This stage asks for attempts at a meeting to be logged, and there is none yet."""

    code = "attempt-missing"


class AttendeeUnknown(Invalid):
    """The stage names nobody like that among those who have to be asked."""

    code = "attendee-unknown"

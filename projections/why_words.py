"""Why nothing was sent, in codes that stay and words for people."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Level(StrEnum):
    """How far it came on its way from a mark to a guardian, in this order."""

    REGISTER = "REGISTER"
    STAGE = "STAGE"
    PLAYBOOK = "PLAYBOOK"
    RUN = "RUN"
    STEP = "STEP"
    MESSAGE = "MESSAGE"
    PROVIDER = "PROVIDER"


class Why(StrEnum):
    """What was found at one level. A code is public and never used again for something else."""

    NOT_ON_ROLL = "NOT_ON_ROLL"
    NOT_A_SCHOOL_DAY = "NOT_A_SCHOOL_DAY"
    NOT_LOOKED_AT = "NOT_LOOKED_AT"
    LOOKED_AT = "LOOKED_AT"
    NO_STAGE = "NO_STAGE"
    STAGE_PROPOSED = "STAGE_PROPOSED"
    STAGE_ENTERED = "STAGE_ENTERED"
    STAGE_DECLINED = "STAGE_DECLINED"
    STAGE_WITHHELD = "STAGE_WITHHELD"
    STAGE_WITHDRAWN = "STAGE_WITHDRAWN"
    STAGE_EXPLAINED = "STAGE_EXPLAINED"
    STAGE_DROPPED = "STAGE_DROPPED"
    NO_PLAYBOOK = "NO_PLAYBOOK"
    PLAYBOOK_IN_USE = "PLAYBOOK_IN_USE"
    NO_GUARDIAN = "NO_GUARDIAN"
    GUARDIAN_LEFT_OUT = "GUARDIAN_LEFT_OUT"
    NO_RUN = "NO_RUN"
    RUN_ACTIVE = "RUN_ACTIVE"
    RUN_PAUSED = "RUN_PAUSED"
    RUN_STOPPED = "RUN_STOPPED"
    RUN_COMPLETED = "RUN_COMPLETED"
    RUN_ESCALATED = "RUN_ESCALATED"
    NO_STEP_DUE = "NO_STEP_DUE"
    STEP_SCHEDULED = "STEP_SCHEDULED"
    STEP_SENT = "STEP_SENT"
    STEP_SKIPPED = "STEP_SKIPPED"
    STEP_FAILED = "STEP_FAILED"
    STEP_DONE = "STEP_DONE"
    MESSAGE_MISSING = "MESSAGE_MISSING"
    MESSAGE_WAITS = "MESSAGE_WAITS"
    MESSAGE_SKIPPED = "MESSAGE_SKIPPED"
    PROVIDER_REFUSED = "PROVIDER_REFUSED"
    PROVIDER_SILENT = "PROVIDER_SILENT"
    GIVEN_UP = "GIVEN_UP"
    TAKEN = "TAKEN"
    NOT_DELIVERED = "NOT_DELIVERED"
    DELIVERED = "DELIVERED"


WORDS: Final[Mapping[Why, str]] = {
    Why.NOT_ON_ROLL: "No file says that the pupil is enrolled at a school.",
    Why.NOT_A_SCHOOL_DAY: "The school was closed that day, so nothing came due.",
    Why.NOT_LOOKED_AT: "The rules have not looked at the school's register for that day.",
    Why.LOOKED_AT: "The rules looked at the school's register for that day.",
    Why.NO_STAGE: "The rules found nothing to act on: no stage was proposed or entered.",
    Why.STAGE_PROPOSED: "A stage is proposed and waits for a person to approve it.",
    Why.STAGE_ENTERED: "A stage was entered.",
    Why.STAGE_DECLINED: "A person declined the stage.",
    Why.STAGE_WITHHELD: "Something forbids the stage.",
    Why.STAGE_WITHDRAWN: "A correction of the register took the stage's cause away.",
    Why.STAGE_EXPLAINED: "The absence was explained before anybody decided.",
    Why.STAGE_DROPPED: "The intervention ended before the stage was decided about.",
    Why.NO_PLAYBOOK: "No playbook in use starts at this stage at this school.",
    Why.PLAYBOOK_IN_USE: "A playbook in use starts at this stage.",
    Why.NO_GUARDIAN: "No guardian of the pupil may be told.",
    Why.GUARDIAN_LEFT_OUT: "This guardian is not told about the pupil.",
    Why.NO_RUN: "No run was started, or none by that day.",
    Why.RUN_ACTIVE: "The run is under way.",
    Why.RUN_PAUSED: "The run is held: nothing of it falls due meanwhile.",
    Why.RUN_STOPPED: "The run was stopped, and what waited was dropped.",
    Why.RUN_COMPLETED: "The run came to its end.",
    Why.RUN_ESCALATED: "A person has taken over from the run.",
    Why.NO_STEP_DUE: "No step of the run was due that day.",
    Why.STEP_SCHEDULED: "The step's time has not come, or nobody has taken it yet.",
    Why.STEP_SENT: "The step was sent.",
    Why.STEP_SKIPPED: "The step was skipped.",
    Why.STEP_FAILED: "The step failed, and somebody has to see to it.",
    Why.STEP_DONE: "The step is no message, and was taken.",
    Why.MESSAGE_MISSING: "The run asked for a message, and there is none yet.",
    Why.MESSAGE_WAITS: "The message waits for a sender, or to be tried again.",
    Why.MESSAGE_SKIPPED: "The last look just before the call forbade the message.",
    Why.PROVIDER_REFUSED: "The provider refused the message.",
    Why.PROVIDER_SILENT: "Nobody can say whether the provider has it; a person settles it.",
    Why.GIVEN_UP: "A person found that it did not go, or let it be.",
    Why.TAKEN: "The provider took the message.",
    Why.NOT_DELIVERED: "The provider took the message and could not deliver it.",
    Why.DELIVERED: "The message was delivered.",
}
REASONS: Final[Mapping[str, str]] = {
    "STOP_CONDITION_MET": "a condition that stops the run was met",
    "CONSENT_MISSING": "there is no consent for this channel and purpose",
    "CHANNEL_SUPPRESSED": "the guardian opted out of the channel, or the address is bad",
    "NO_ADDRESS": "no address for the channel is known",
    "NOT_SUPPORTED_BY_REGISTER": "the register no longer supports it",
    "VALID_REASON": "the absence has a valid reason",
    "LEFT_ROLL": "the pupil has left the roll",
    "CONDITION_NOT_MET": "what the step asks for was not so",
    "PREVIOUS_REPLIED": "the guardian had replied",
    "EXPIRED": "it was too late for these words",
    "WINDOW_CLOSED_NO_TEMPLATE": "the 24 hours of WhatsApp were over and no template is approved",
    "ESCALATED": "a person took over",
    "MOVED": "the newer version of the playbook does without it",
    "NO_CONTACT": "a no-contact flag holds",
    "NO_RIGHT_TO_KNOW": "the guardian has no right to information",
    "RIGHT_UNKNOWN": "nobody has told us whether the guardian has a right to information",
    "RESPONSIBILITY_UNKNOWN": "nobody has told us who holds parental responsibility",
    "GUARDIAN_REPLIED": "the guardian replied",
    "OTHER_GUARDIAN_REPLIED": "the other guardian replied",
    "ATTENDANCE_IMPROVED": "attendance got better",
    "CASE_CLOSED": "the case was closed",
    "EXEMPTION_FLAG": "an exemption covers the pupil",
    "MANUAL": "a person said so",
}


def said(code: Why, reason: str | None) -> str:
    """Return the words of a finding; a reason that has no words is told by its code."""
    if not reason:
        return WORDS[code]
    return f"{WORDS[code].rstrip('.')}: {REASONS.get(reason, reason)}."

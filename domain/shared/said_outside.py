"""The words that may stand outside beside a child's id: closed lists, and a word for the rest.

A name that a school gave to a stage, a playbook or a text may tell of an illness or a faith, and so
may a stage that such a code decides. Only names that are known to tell nothing go out; what is not
listed goes out under one word for all of them, which stays.
"""

from typing import Final

OTHER_STAGE: Final = "OTHER_STAGE"
OTHER_TRACK: Final = "OTHER_TRACK"
OTHER_TEXT: Final = "OTHER_TEXT"
OTHER_PLAYBOOK: Final = "OTHER_PLAYBOOK"
OTHER_STEP: Final = "OTHER_STEP"
OTHER_TASK: Final = "OTHER_TASK"

STAGES: Final = frozenset(
    {
        "CHRONIC_ABSENCE_SUPPORT",
        "CHRONIC_TRUANT_FLAG",
        "CONFERENCE",
        "CONSIDER_PENALTY_NOTICE",
        "COURT_REFERRAL",
        "ESCALATION",
        "FIRST_DAY_CONTACT",
        "HABITUAL_TRUANT_NOTICE_3",
        "LETTER_1",
        "LETTER_2",
        "MEETING",
        "MEETING_ATTENDANCE_CONTRACT",
        "NOTICE_TO_IMPROVE",
        "NUDGE_10_DAYS",
        "NUDGE_5_DAYS",
        "NUDGE_DAYS_MISSED",
        "NUDGE_TOTAL_ABSENCES",
        "PENALTY_NOTICE_PACK",
        "PREVENTION_MEASURES",
        "REFERRAL_EWS",
        "SAME_DAY_TEXT",
        "SARB_REFERRAL",
        "SEVERE_ABSENCE_PLAN",
        "STATUTORY_20_DAY",
        "SUSPENSION_NOTICE",
        "SUSPENSION_NOTICE_20_DAYS",
        "TRUANCY_NOTICE_1",
        "TRUANCY_NOTICE_2",
        "TRUANT_CONDUCT",
        "WARNING_NOTICE",
    }
)
"""Stages that no reason of special category decides. A rule set may give these names to no other.

Not among them: SICKNESS_RETURN and EXCESSIVE_EXCUSED_LETTER, which illness decides, and
ATTENDANCE_RETURN, so that the other word does not stand for one stage alone.
"""

TRACKS: Final = frozenset(
    {
        "CHRONIC_ABSENCE",
        "CHRONIC_TRUANCY",
        "CONDUCT",
        "CONFERENCE",
        "FIRST_DAY",
        "NUDGES",
        "PENALTY_NOTICE",
        "PENALTY_PACK",
        "PREVENTION",
        "REFERRAL",
        "SAME_DAY",
        "SEVERE_ABSENCE",
        "STATUTORY_20_DAY",
        "SUPPORT",
        "SUSPENSION",
        "TRUANCY",
        "WARNING",
    }
)
TEXTS: Final = frozenset(
    {
        "ATTENDANCE_EMAIL",
        "ATTENDANCE_SMS",
        "LETTER_1_ATTENDANCE",
        "LETTER_2_ATTENDANCE",
        "MEETING_INVITATION",
    }
)
PLAYBOOKS: Final = frozenset(
    {
        "After the first letter",
        "After the second letter",
        "Reference sequence",
        "Reference sequence in calendar days",
    }
)

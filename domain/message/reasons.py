"""The words of closed lists in which messages say why."""

from enum import StrEnum


class MessageSkip(StrEnum):
    """Why the last look before an attempt forbade it."""

    STOP_CONDITION_MET = "STOP_CONDITION_MET"
    CONSENT_MISSING = "CONSENT_MISSING"
    CHANNEL_SUPPRESSED = "CHANNEL_SUPPRESSED"
    NO_ADDRESS = "NO_ADDRESS"
    NOT_TEXTABLE = "NOT_TEXTABLE"
    NO_COUNTRY_CODE = "NO_COUNTRY_CODE"
    SAME_ADDRESS = "SAME_ADDRESS"
    NOT_SUPPORTED_BY_REGISTER = "NOT_SUPPORTED_BY_REGISTER"
    VALID_REASON = "VALID_REASON"
    LEFT_ROLL = "LEFT_ROLL"
    WINDOW_CLOSED_NO_TEMPLATE = "WINDOW_CLOSED_NO_TEMPLATE"
    NO_CONTACT = "NO_CONTACT"
    NO_RIGHT_TO_KNOW = "NO_RIGHT_TO_KNOW"
    RIGHT_UNKNOWN = "RIGHT_UNKNOWN"
    RESPONSIBILITY_UNKNOWN = "RESPONSIBILITY_UNKNOWN"


class Remedy(StrEnum):
    """What has to happen before a message may go again."""

    RETRY = "RETRY"  # nothing but time
    FIX_CONTACT = "FIX_CONTACT"  # a person corrects the number or the address
    STOP = "STOP"  # not as it is: opted out, filtered, or the school's own account is wrong


class Finding(StrEnum):
    """What a person found out about a call that nobody had an answer to."""

    SENT = "SENT"
    NOT_SENT = "NOT_SENT"


class SettleReason(StrEnum):
    """How a person knows. NOT_KNOWABLE: nobody can tell, and the school decides to go on."""

    PROVIDER_SAYS = "PROVIDER_SAYS"
    GUARDIAN_SAYS = "GUARDIAN_SAYS"
    NOT_KNOWABLE = "NOT_KNOWABLE"


class ResendReason(StrEnum):
    """Why a person lets a message go once more."""

    WAS_NOT_SENT = "WAS_NOT_SENT"
    CONTACT_MENDED = "CONTACT_MENDED"
    PROVIDER_MENDED = "PROVIDER_MENDED"
    NOT_DELIVERED = "NOT_DELIVERED"


class AbandonReason(StrEnum):
    """Why a person takes a message that did not go off the list."""

    TOLD_OTHERWISE = "TOLD_OTHERWISE"
    TOO_LATE = "TOO_LATE"
    NO_WAY_TO_REACH = "NO_WAY_TO_REACH"

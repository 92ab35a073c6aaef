"""What a provider's error codes ask of us: wait, correct the contact, or stop."""

from infrastructure.channels.protocol import RetryCause

WINDOW_CLOSED = 63016

_MEANINGS: dict[int, RetryCause] = {
    # Nothing but time: queues, limits, a phone that is switched off.
    20429: RetryCause.RETRY,  # too many requests
    14107: RetryCause.RETRY,  # sending rate
    21611: RetryCause.RETRY,  # the sender's queue is full
    30001: RetryCause.RETRY,  # queue overflow
    30003: RetryCause.RETRY,  # handset unreachable
    30008: RetryCause.RETRY,  # unknown carrier error
    30022: RetryCause.RETRY,  # campaign rate
    30023: RetryCause.RETRY,  # campaign's daily cap
    63038: RetryCause.RETRY,  # account's daily cap
    # The number is not one that can be texted: a task for the school office.
    21211: RetryCause.FIX_CONTACT,  # not a valid number
    21214: RetryCause.FIX_CONTACT,  # cannot be reached
    21217: RetryCause.FIX_CONTACT,  # does not look like a number
    21265: RetryCause.FIX_CONTACT,  # a short code
    21612: RetryCause.FIX_CONTACT,  # cannot be reached from this sender
    21614: RetryCause.FIX_CONTACT,  # not a mobile number
    30005: RetryCause.FIX_CONTACT,  # unknown destination
    30006: RetryCause.FIX_CONTACT,  # landline, or a carrier that takes no texts
    63003: RetryCause.FIX_CONTACT,  # not a WhatsApp number
    # Trying again would be wrong or useless.
    21610: RetryCause.STOP,  # this person said STOP
    21408: RetryCause.STOP,  # region not allowed for the account
    21602: RetryCause.STOP,  # no body
    21603: RetryCause.STOP,  # no sender
    21617: RetryCause.STOP,  # too long
    20003: RetryCause.STOP,  # wrong credentials
    30002: RetryCause.STOP,  # account suspended
    30004: RetryCause.STOP,  # blocked by the person
    30007: RetryCause.STOP,  # filtered by the carrier
    30034: RetryCause.STOP,  # unregistered campaign
    63013: RetryCause.STOP,  # WhatsApp's policy
    63024: RetryCause.FIX_CONTACT,  # no longer a WhatsApp account
    WINDOW_CLOSED: RetryCause.STOP,  # WhatsApp's window is closed and this is no template
}


def meaning_of(code: int | None) -> RetryCause:
    """Read an error code, of an answer or of a later callback. What we do not know stops."""
    return RetryCause.STOP if code is None else _MEANINGS.get(code, RetryCause.STOP)

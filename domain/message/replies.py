"""What came back: a person who talks to us, or one of the many things that only look like it.

Only a real reply says that somebody has answered. A key word blocks or opens a channel, a machine
says nothing, and a stranger says that our address is wrong; none of them has talked about a child.
Where the words leave a doubt it is a reply: a person reads it, and nothing is lost.
"""

import re
import unicodedata
from enum import StrEnum
from typing import Final


class Meaning(StrEnum):
    """What something inbound means."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"
    AUTO_REPLY = "AUTO_REPLY"
    WRONG_NUMBER = "WRONG_NUMBER"
    MACHINE_OPEN = "MACHINE_OPEN"
    OPEN = "OPEN"
    REPLY = "REPLY"
    NOTHING = "NOTHING"


# A key word is the whole text, as at the provider: `end` is in many others.
STOP_WORDS: Final = frozenset(
    {"stop", "stopall", "stop all", "unsubscribe", "end", "quit", "cancel", "revoke", "optout"}
    | {"opt out", "stop please", "please stop", "stop texting me", "stop messaging me"}
    | {"stop messages", "stop promotions"}  # the last is a button of WhatsApp's own
    | {"stad", "stad le do thoil", "le do thoil stad", "stad anois", "scoir", "diliostail"}
)
# What the provider answers by itself where its number has no answers of the school's own (7.2).
_PROVIDER_STOPS: Final = frozenset(
    {"stop", "stopall", "unsubscribe", "end", "quit", "revoke", "optout", "cancel"}
)
START_WORDS: Final = frozenset({"start", "unstop", "tosaigh", "tosu"})
HELP_WORDS: Final = frozenset({"help", "info", "cabhair", "eolas"})

# Only what machines write word for word: a family that drives its child to school may say so.
_AUTOMATIC: Final = re.compile(
    r"^\W*(this is an )?auto(mat(ic|ed))?[ -]?(reply|response|respuesta|message)\b"
    r"|^\W*(i( a|')m )?(currently )?out of (the )?office\b"
    r"|^\W*(thank you|thanks) for your (message|text|email|e-mail)\W+i( a|')m (currently )?"
    r"(away|out of (the )?office|on (annual )?leave)\b"
    r"|^\W*(thank you|thanks) for (your message|contacting [^.!]{1,60})\W+we('| a)re unavailable\b"
    r"|^\W*i( a|')m (currently )?on (annual|maternity|parental) leave until\b"
    r"|do not disturb while driving|i.m not receiving notifications"
    r"|\b(this|the) (number|mailbox|inbox) is not (monitored|attended)\b"
    r"|^\W*(is )?(freagra|teachtaireacht) uathoibri"
    r"|^\W*(ta me |taim )?as (lathair on )?oifig\b"
    r"|^\W*nil me (san|sa|in|ag an) oifig (go dti|faoi lathair)\b"
    r"|^\W*(ta me|taim) ar (saoire|shaoire) (go dti|go)\b"
)
_STRANGER: Final = re.compile(
    r"\bwrong (number|person)\b(?! of)"
    r"|^\W*(sorry\W+)?(this is )?not my (child|kid|son|daughter)\W*$"
    r"|\bi (do not|don't|dont) have (a |any )?(child|children|kid|kids|son|daughter)\b"
    r"|\bi have no (child|children|kids)\b"
    r"|\b(uimhir|duine) (mhi|mi|chontrail|contrail)(cheart|te)\b"
    r"|\bnil (aon |)(phaiste|paiste|leanbh)[^.]{0,20} agam\b"
)
_LONGEST_STRANGER: Final = 200
_MARKS: Final = re.compile(r"[^\w\s]")


def meaning_of(text: str, *, provider_says: str = "", media: int = 0) -> Meaning:
    """Say what an inbound text means, of whatever channel.

    `provider_says` is the provider's own finding (STOP, START or HELP), in any language.
    """
    plain = _folded(text)
    word = " ".join(_MARKS.sub(" ", plain).split())
    if word in STOP_WORDS or provider_says == Meaning.STOP:
        return Meaning.STOP
    if word in START_WORDS or provider_says == Meaning.START:
        return Meaning.START
    if word in HELP_WORDS or provider_says:
        return Meaning.HELP
    if _AUTOMATIC.search(plain):
        return Meaning.AUTO_REPLY
    # Whoever asks has not said so, and a long text says more than that.
    if "?" not in plain and len(plain) <= _LONGEST_STRANGER and _STRANGER.search(plain):
        return Meaning.WRONG_NUMBER
    return Meaning.REPLY if word or plain.strip() or media else Meaning.NOTHING


def said_by_provider(text: str, opted: str) -> bool:
    """Say whether the provider has confirmed a STOP by itself, as it does for its own words."""
    return bool(opted) or _folded(text).strip() in _PROVIDER_STOPS


def meaning_of_open(*, by_machine: bool) -> Meaning:
    """Say what it means that an e-mail was opened: next to nothing, and of a machine nothing."""
    return Meaning.MACHINE_OPEN if by_machine else Meaning.OPEN


def _folded(text: str) -> str:
    """Return a text in small letters without fadas, which many telephones make hard to type."""
    apart = unicodedata.normalize("NFD", text.casefold().replace("\u2019", "'"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))

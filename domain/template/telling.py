"""Words that a text must not say, or only with a date: health and origin, law and money.

The lists are English and Irish, with the commonest words of other home languages. A list finds
slips of the pen, not ill will: that is what a second person's approval is for.
"""

import re
from collections.abc import Iterator
from typing import Final

# Beginnings of words: health, disability, origin, belief, and what the state does for a child.
# GDPR article 9; trap 55: a text message, a subject line and a push notification are read by
# whoever holds the telephone.
_SPECIAL: Final = (
    *("diagnos", "autis", "adhd", "asthma", "epilep", "diabet", "depress", "anxi", "cancer"),
    *("leukaem", "leukem", "pregnan", "miscarr", "anorex", "bulimi", "self-harm", "self harm"),
    *("suicid", "psychiatr", "psycholog", "camhs", "mental health", "mental illness", "disab"),
    *("medicat", "prescri", "hospital", "therap", "hiv", "hepatitis", "syndrome", "disorder"),
    *("foster care", "in care", "child protection", "social worker", "bereav", "homeless"),
    *("traveller", "roma ", "muslim", "catholic", "jewish", "protestant", "refugee", "asylum"),
    *("uathach", "diaibéit", "titimeas", "dúlagar", "imníoch", "ailse", "míchumas", "ospidéal"),
    *("meabhairshláinte", "mheabhairshláinte", "an lucht siúil", "torrach", "plúchadh"),
    *("niepełnospraw", "cukrzyc", "padaczk", "depresj", "choroba psych"),
)
_SPECIAL_WORDS: Final = re.compile(
    r"(?<!\w)(?:" + "|".join(map(re.escape, _SPECIAL)) + r")\w*", re.IGNORECASE
)
# Trap 52: an amount or a paragraph is true at one place until it is changed there.
_LAW_WORDS: Final = re.compile(
    r"[€£$]\s?\d[\d.,]*"
    r"|\b\d[\d.,]*\s?(?:euros?|pounds?|dollars?|EUR|GBP|USD|zł)(?!\w)"
    r"|\b(?:a fine|fines|fined|fine of|penalty notice|prosecut\w*|fíneáil|ionchúis\w*|grzywn\w*)"
    r"|\bAct,?\s(?:of\s)?(?:19|20)\d\d\b|\ban tAcht\b"
    r"|\b(?:sections?|regulations?|article|alt|s\.|reg\.)\s?\d+[\w.()]*|§+\s?\d+[\w.]*"
    r"|\b(?:Education|Penal|Welfare)\sCode\b|\bEd\.?\s?Code\b|\bS\.?I\.?\s?(?:No\.?\s?)?\d+",
    re.IGNORECASE,
)
# California's truancy notice lost its threats on 1 July 2025 (Education Code 48260.5).
SUPERSEDED: Final = {
    "US-CA": re.compile(
        r"prosecut\w*|driving privilege\w*|driver.s licen[cs]e"
        r"|accompany (?:the|your)[^.]{0,80}class",
        re.IGNORECASE,
    ),
}
# A greeting that greets nobody: "Dear ,". "A chara" is a whole greeting by itself.
_NOBODY: Final = re.compile(
    r"(?<!\w)(?:Dear|Hello|Hi|Drogi|Droga|Cher|Chère|Estimad[oa]|Prezad[oa])[ \t]*[,:!]",
    re.IGNORECASE,
)


def special_words(text: str) -> Iterator[str]:
    """Yield the words that tell something of health, origin, belief or care, once each."""
    yield from _once(_SPECIAL_WORDS, text)


def law_words(text: str) -> Iterator[str]:
    """Yield amounts of money, threats and quotations of law, once each."""
    yield from _once(_LAW_WORDS, text)


def superseded_words(jurisdiction: str | None, text: str) -> Iterator[str]:
    """Yield what the law of a place no longer says."""
    pattern = SUPERSEDED.get(jurisdiction or "")
    if pattern is not None:
        yield from _once(pattern, text)


def greets_nobody(text: str) -> bool:
    """Say whether a greeting has no name in it and no place for one."""
    return _NOBODY.search(text) is not None


def _once(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    yield from dict.fromkeys(found[0].strip() for found in pattern.finditer(text))

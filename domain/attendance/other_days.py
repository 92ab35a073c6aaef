"""A calendar with other words about some days: as if a closure had been, or had not been."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from domain.attendance.day_words import DayPart, DayWord
from domain.attendance.school_days import SchoolDays


def with_words(calendar: SchoolDays, words: Iterable[DayWord]) -> SchoolDays:
    """Return a calendar in which these words count before whatever was said of their days.

    A word without a year group is about everybody; one with it about these pupils only, and about
    the school where they are the only ones who have days of their own.
    """
    said = list(words)
    everybody = [word for word in said if word.year_group is None]
    groups = dict(calendar.groups)
    named = {word.year_group for word in said if word.year_group is not None}
    for group in sorted(named - groups.keys()):
        groups[group] = calendar.for_group(group)
    own = {
        group: _said(days, [*everybody, *(word for word in said if word.year_group == group)])
        for group, days in groups.items()
    }
    rest = _said(calendar.others or calendar, everybody)
    whole = _said(calendar, everybody)
    opened = frozenset(
        word.on for word in said if word.year_group is not None and word.is_open and _whole(word)
    )
    whole = replace(whole, opened=whole.opened | opened, closed=whole.closed - opened)
    return replace(whole, groups=tuple(sorted(own.items())), others=_plain(rest) if own else None)


def _said(calendar: SchoolDays, words: Sequence[DayWord]) -> SchoolDays:
    """Return one group's plain days with these words before all others."""
    closed, opened = set(calendar.closed), set(calendar.opened)
    halves = set(calendar.closed_halves)
    for word in words:
        if not _whole(word):
            half = (word.on, word.part.value)
            halves = halves - {half} if word.is_open else halves | {half}
            continue
        halves -= {(word.on, part.value) for part in DayPart}
        (opened if word.is_open else closed).add(word.on)
        (closed if word.is_open else opened).discard(word.on)
    return _plain(
        replace(
            calendar,
            closed=frozenset(closed),
            opened=frozenset(opened),
            closed_halves=frozenset(halves),
        )
    )


def _plain(calendar: SchoolDays) -> SchoolDays:
    return replace(calendar, groups=(), others=None)


def _whole(word: DayWord) -> bool:
    return word.part is DayPart.DAY

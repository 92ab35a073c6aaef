"""Batches in which a register may become known, for random histories."""

from datetime import date
from typing import Any, Final

from hypothesis import strategies as st

from infrastructure.imports.prepared import CalendarDay, SchoolTerm
from tests.support.register_story import Story, days

SPAN: Final = (date(2025, 8, 1), date(2026, 7, 31))
DAYS: Final = [*days(6), date(2025, 9, 6), date(2026, 2, 2)]
PLACES: Final = (("IE", "ie"), ("GB-ENG", "gb-eng"))
CODES: Final = {"IE": ("P", "A", "F", "H", ""), "GB-ENG": ("/", "\\", "L", "N", "I", "X", "#", "")}
Batch = tuple[str, list[dict[str, Any]]]

pupils = st.fixed_dictionaries(
    {
        "number": st.integers(0, 5),
        "school": st.integers(0, 1),
        "year_group": st.sampled_from([None, "5", "6"]),
        "enrolled_on": st.sampled_from([None, DAYS[2]]),
        "left_on": st.sampled_from([None, DAYS[4]]),
    }
)
marks = st.fixed_dictionaries(
    {
        "number": st.integers(0, 5),
        "on": st.sampled_from(DAYS),
        "code": st.integers(0, 9),
        "session": st.sampled_from(["DAY", "AM", "PM"]),
        "late": st.sampled_from([None, None, 5, 45]),
        "school": st.integers(0, 1),
    }
)
words = st.fixed_dictionaries(
    {
        "on_date": st.sampled_from(DAYS),
        "kind": st.just("EMERGENCY_CLOSURE"),
        "is_open": st.booleans(),
        "part": st.sampled_from(["DAY", "AM", "PM"]),
        "year_group": st.sampled_from(["", "", "6"]),
    }
)
batches: st.SearchStrategy[Any] = st.one_of(
    st.tuples(st.just("students"), st.lists(pupils, min_size=1, max_size=4)),
    st.tuples(st.just("marks"), st.lists(marks, min_size=1, max_size=12)),
    st.tuples(st.just("marks"), st.lists(marks, min_size=1, max_size=2)),
    st.tuples(st.just("calendar"), st.lists(words, min_size=1, max_size=2)),
    st.tuples(st.just("terms"), st.just([{}])),
)
histories = st.lists(st.tuples(batches, st.booleans()), min_size=1, max_size=7)


def tell(story: Story, batch: Batch) -> None:
    """Record one batch."""
    content, said = batch
    if content == "students":
        unique = {one["number"]: one for one in said}
        story.tell("students", *(story.pupil(**one) for one in unique.values()))
    elif content == "marks":
        codes = CODES[story.place[0]]
        unique = {(one["number"], one["on"], one["session"], one["school"]): one for one in said}
        told = [{**one, "code": codes[one["code"] % len(codes)]} for one in unique.values()]
        story.tell("marks", *(story.mark(**one) for one in told))
    elif content == "calendar":
        unique = {(one["on_date"], one["part"], one["year_group"]): one for one in said}
        story.tell("calendar", *(CalendarDay(story.schools[0], **one) for one in unique.values()))
    else:
        term = SchoolTerm(story.schools[1], "autumn", DAYS[1], date(2025, 12, 12), None)
        story.tell("calendar", term)

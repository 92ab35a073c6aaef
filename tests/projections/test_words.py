"""Numbers that decided, in words that a school secretary reads."""

import msgspec
import pytest

from projections.words import in_words
from tests.support.examples import NUMBERS

SPAN = "from 25 August 2025 to 23 September 2025"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"absent_sessions": 21, "possible_sessions": 128, "threshold": ">= 10"},
            f"Absent on 10.5 of 64 days (16.4 %) {SPAN}; the rule asks at 10.",
        ),
        (
            {"metric": "ABSENCE_RATE", "threshold": "> 5/100", "absent_sessions": 9},
            f"Absent on 4.5 of 20 days (22.5 %) {SPAN}; the rule asks at more than 5.0 %.",
        ),
        (
            {"metric": "COUNT", "threshold": ">= 10"},
            f"10 of 40 sessions {SPAN}; the rule asks at 10.",
        ),
        (
            {"metric": "ABSENT_DAYS_YEAR_TO_DATE", "threshold": "", "possible_sessions": 0},
            f"Absent on 5 of 0 days {SPAN}.",
        ),
        (
            {"metric": "UNEXPLAINED_TODAY"},
            "No reason is known for the absence of 23 September 2025.",
        ),
    ],
)
def test_numbers_are_told_in_days_or_sessions_and_beside_the_rule(
    changes: dict[str, object], words: str
) -> None:
    assert in_words(msgspec.structs.replace(NUMBERS, **changes)) == words

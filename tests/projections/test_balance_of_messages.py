"""The balance sheet of messages is added up, and says itself when something is missing."""

from random import Random
from uuid import UUID

import pytest

from projections.balance import MOST_NAMED, Loose, Side, sheet

Rows = list[tuple[str, str | None, int, list[str]]]


def one(
    side: str, reason: str | None = None, number: int = 1
) -> tuple[str, str | None, int, list[str]]:
    return side, reason, 1, [str(UUID(int=number))]


def test_an_empty_sheet_agrees() -> None:
    told = sheet([])
    assert (told["asked"], told["agrees"], told["loose_messages"]) == (0, True, [])


def test_every_message_is_on_one_side_and_skips_are_told_by_reason() -> None:
    rows: Rows = [
        ("sent", None, 5, []),
        ("skipped", "CONSENT_MISSING", 2, []),
        ("skipped", "NO_ADDRESS", 1, []),
        ("failed", "INVALID_NUMBER", 1, []),
        ("unknown", "TIME_OUT", 1, []),
        ("waiting", None, 3, []),
    ]
    told = sheet(rows)
    assert [told[str(side)] for side in Side] == [5, 3, 1, 1, 3]
    assert (told["asked"], told["agrees"]) == (13, True)
    assert told["skipped_by_reason"] == {"CONSENT_MISSING": 2, "NO_ADDRESS": 1}


@pytest.mark.parametrize("code", list(Loose))
def test_the_control_one_message_missing_is_noticed_and_named(code: Loose) -> None:
    """A sheet with one loose message among any number of settled ones does not agree."""
    random = Random(7)
    for _ in range(50):
        rows: Rows = [(random.choice(list(Side)), None, random.randrange(9), []) for _ in range(9)]
        assert sheet(rows)["agrees"]
        told = sheet([*rows, one(code, number=9)])
        assert (told["agrees"], told["loose"]) == (False, 1)
        assert told["loose_messages"] == [{"message_id": str(UUID(int=9)), "code": code}]
        assert told["asked"] - sum(told[str(side)] for side in Side) == (
            code is Loose.ASKED_WITHOUT_MESSAGE
        )


def test_only_the_first_of_many_are_named() -> None:
    many = [str(UUID(int=number)) for number in range(MOST_NAMED)]
    rows: Rows = [(code, None, 150, many) for code in Loose]
    told = sheet(rows)
    assert (told["loose"], len(told["loose_messages"])) == (300, MOST_NAMED)

"""A school's own codes go before those of its country, from the day that the school names."""

from datetime import date

import pytest

from domain.attendance.codes import MarkStatus, code_table
from domain.attendance.school_codes import LocalCode, SchoolCodes, can_stand_for

WALES = code_table("gb-wls")
ENGLAND = code_table("gb-eng")
FROM = date(2025, 9, 1)


def own(code: str, stands_for: str, begins: date = FROM, ends: date | None = None) -> LocalCode:
    return LocalCode(code, stands_for, None, begins, ends)


def means(codes: SchoolCodes, written: str, on: date = FROM) -> tuple[str, str | None] | None:
    found = codes.find(written, on)
    return (found.row.code, found.local) if found else None


def test_a_local_code_is_counted_as_the_code_that_it_stands_for() -> None:
    codes = SchoolCodes(WALES, [own("ill", "i")])
    assert means(codes, " ILL") == ("I", "ILL")
    found = codes.find("ill", FROM)
    assert found is not None
    assert found.row.status is MarkStatus.ABSENT_AUTHORISED


def test_codes_that_the_school_says_nothing_of_are_those_of_its_country() -> None:
    codes = SchoolCodes(WALES, [own("ill", "I")])
    assert means(codes, "u") == ("U", None)
    assert means(codes, "unheard of") is None
    assert means(SchoolCodes(WALES), "U") == ("U", None)


def test_what_the_school_says_goes_before_what_its_country_says() -> None:
    assert means(SchoolCodes(WALES, [own("B", "V")]), "B") == ("V", "B")


def test_a_local_code_means_nothing_before_and_after_its_days() -> None:
    codes = SchoolCodes(WALES, [own("ill", "I", FROM, date(2026, 7, 31))])
    assert means(codes, "ill", date(2025, 8, 31)) is None
    assert means(codes, "ill", date(2026, 7, 31)) == ("I", "ILL")
    assert means(codes, "ill", date(2026, 8, 1)) is None


def test_of_two_meanings_the_one_that_began_later_counts() -> None:
    later = date(2026, 1, 5)
    codes = SchoolCodes(WALES, [own("Z9", "V", later), own("Z9", "I")])
    assert means(codes, "Z9", date(2025, 12, 1)) == ("I", "Z9")
    assert means(codes, "Z9", later) == ("V", "Z9")


def test_a_code_of_a_country_whose_table_is_thin_may_stand_for_a_status() -> None:
    table = code_table("gb-nir")
    codes = SchoolCodes(table, [LocalCode("N", "absent_unexplained", "no note", FROM, None)])
    found = codes.find("n", FROM)
    assert found is not None
    assert (found.row.code, found.row.status) == ("N", MarkStatus.ABSENT_UNEXPLAINED)
    assert found.row.meaning == "no note"
    plain = SchoolCodes(table, [own("N", "ABSENT_UNEXPLAINED")]).find("N", FROM)
    assert plain is not None
    assert plain.row.meaning == "absent unexplained"


def test_a_code_that_stands_for_one_not_yet_in_force_is_not_guessed() -> None:
    codes = SchoolCodes(ENGLAND, [own("JB", "J1", date(2023, 9, 1))])
    assert means(codes, "JB", date(2024, 8, 18)) is None
    assert means(codes, "JB", date(2024, 8, 19)) == ("J1", "JB")


@pytest.mark.parametrize(
    ("written", "may"),
    [
        ("J", True),  # of the past
        ("c 1", True),
        ("PRESENT_OFFSITE", True),
        ("UNKNOWN_CODE", False),
        ("nothing", False),
        ("", False),
    ],
)
def test_what_a_code_may_stand_for(written: str, may: bool) -> None:
    assert can_stand_for(ENGLAND, written) is may


def test_another_set_of_codes_is_another_reading_of_the_same_file() -> None:
    """So that rows which were set aside can come again once somebody has said what they mean."""
    plain, ill = SchoolCodes(WALES), SchoolCodes(WALES, [own("ill", "I")])
    both = [own("ill", "I"), own("b", "V")]
    assert plain.reading == WALES.version
    assert ill.reading != plain.reading
    assert SchoolCodes(WALES, both).reading == SchoolCodes(WALES, both[::-1]).reading


def test_the_codes_of_its_own_on_a_day_are_listed_once_each() -> None:
    later = date(2026, 1, 5)
    codes = SchoolCodes(WALES, [own("Z9", "V", later), own("z 9", "I"), own("A1", "I")])
    assert [(one.code, one.stands_for) for one in codes.on(later)] == [("A1", "I"), ("Z9", "V")]
    assert [one.stands_for for one in codes.on(FROM)] == ["I", "I"]
    assert codes.on(date(2020, 1, 1)) == []

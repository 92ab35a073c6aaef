"""The made-up district: who lives in it, and that it is the same everywhere."""

import csv
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from hashlib import sha256

import phonenumbers
import pytest

from infrastructure.embedded.district import DEMO_SEED, District, make_district
from infrastructure.embedded.district.dice import Dice
from infrastructure.embedded.district.people import Kind

Row = dict[str, str]
DIGEST = """
from hashlib import sha256
from infrastructure.embedded.district import make_district
made = make_district(7, pupils=60)
told = sha256()
for one in made.files():
    told.update(one.data)
for on in made.term_days:
    for one in made.deliveries(on):
        told.update(one.name.encode() + one.data)
for one in sorted(made.guardians):
    told.update(repr(made.reply_to(one, 1)).encode())
print(told.hexdigest())
"""


@pytest.fixture(scope="module")
def district() -> District:
    return make_district(DEMO_SEED)


def rows(data: bytes) -> Iterator[Row]:
    return csv.DictReader(data.decode().splitlines())


def opening(district: District, content: str) -> list[Row]:
    return [row for one in district.files() if one.content == content for row in rows(one.data)]


def digest(**environment: str) -> str:
    said = subprocess.run(
        [sys.executable, "-c", DIGEST],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return said.stdout.strip()


def test_the_same_seed_gives_the_same_bytes_under_any_hash_seed_zone_and_locale() -> None:
    one = digest(PYTHONHASHSEED="1", TZ="Pacific/Auckland", LC_ALL="C")
    assert one == digest(PYTHONHASHSEED="2", TZ="America/Lima", LC_ALL="C.UTF-8")


def test_another_seed_gives_another_district(district: District) -> None:
    def of(one: District) -> str:
        return sha256(b"".join(file.data for file in one.files())).hexdigest()

    assert of(district) == of(make_district(DEMO_SEED))
    assert of(district) != of(make_district(DEMO_SEED + 1))


def test_three_schools_of_one_town_hold_six_hundred_pupils(district: District) -> None:
    assert [row["school"] for row in opening(district, "schools")] == ["SB", "GBF", "SDC"]
    assert {row["zone"] for row in opening(district, "schools")} == {"Europe/Dublin"}
    assert {row["jurisdiction"] for row in opening(district, "schools")} == {"IE"}
    sizes = Counter(pupil.school.source_id for pupil in district.pupils.values())
    assert sizes.total() == 600
    assert min(sizes.values()) > 120
    years = {pupil.year_group for pupil in district.pupils.values()}
    assert len(years) == 14


@pytest.mark.parametrize(("schools", "pupils"), [(1, 40), (2, 90), (5, 900)])
def test_a_district_can_be_of_another_size(schools: int, pupils: int) -> None:
    made = make_district(3, schools=schools, pupils=pupils)
    assert len(made.schools) == schools
    assert len(made.pupils) == pupils


def test_a_year_can_begin_on_any_monday_and_no_other_day() -> None:
    made = make_district(3, pupils=20, first=date(2026, 8, 31))
    assert made.term_days[0] == date(2026, 8, 31)
    assert all(day.weekday() < 5 for day in made.term_days)
    with pytest.raises(ValueError, match="Monday"):
        make_district(3, first=date(2026, 9, 1))


def test_a_town_has_only_so_many_schools() -> None:
    with pytest.raises(ValueError, match="1 to 5 schools"):
        make_district(3, schools=6)


def test_siblings_share_a_household_also_across_schools(district: District) -> None:
    homes = [home for home in district.households if len(home.pupils) > 1]
    assert len(homes) > 100
    assert all(pupil.household == home.source_id for home in homes for pupil in home.pupils)
    across = [home for home in homes if len({pupil.school.source_id for pupil in home.pupils}) > 1]
    assert len(across) > 40
    for home in homes:
        assert len({pupil.given for pupil in home.pupils}) == len(home.pupils)


def test_families_are_of_several_kinds(district: District) -> None:
    kinds = Counter(home.kind for home in district.households)
    share = {kind: count / kinds.total() for kind, count in kinds.items()}
    assert 0.5 < share[Kind.TWO_PARENTS] < 0.72
    assert 0.15 < share[Kind.ONE_PARENT] < 0.3
    assert 0.07 < share[Kind.TWO_HOMES] < 0.18
    assert share[Kind.GRANDPARENT] > 0


def test_parents_of_two_homes_live_apart_and_may_both_be_told(district: District) -> None:
    homes = [home for home in district.households if home.kind is Kind.TWO_HOMES]
    both = [home for home in homes if not any(one.no_contact for one in home.guardians)]
    assert len(both) == len(homes) - 1  # with one parent all contact is forbidden
    for home in both:
        first, second = home.guardians
        assert first.address != second.address
        assert (first.lives_with, second.lives_with) == ("yes", "no")
        assert (first.may_receive_info, second.may_receive_info) == ("yes", "yes")


def test_the_file_of_guardians_leaves_open_what_nobody_has_said(district: District) -> None:
    guardians = {row["guardian"]: row for row in opening(district, "guardians")}.values()
    count = len(guardians)
    barred = [row for row in guardians if row["no_contact"] == "yes"]
    assert [row["may_receive_info"] for row in barred] == ["no"]
    assert 2 < sum(not row["may_receive_info"] for row in guardians) < 0.06 * count
    assert 0.01 < sum(not row["phone"] for row in guardians) / count < 0.08
    assert 0.06 < sum(not row["email"] for row in guardians) / count < 0.2
    assert 0.04 < sum(row["language"] == "ga" for row in guardians) / count < 0.2
    for column, least in (("consent_sms", 0.7), ("consent_email", 0.6)):
        said = Counter(row[column] for row in guardians)
        assert set(said) == {"yes", "no", ""}
        assert least < said["yes"] / count < 0.95


def test_nobody_can_be_reached_by_mistake(district: District) -> None:
    for one in district.guardians.values():
        assert not one.email or one.email.rpartition("@")[2] in {
            "example.org",
            "example.com",
            "example.net",
        }
        if one.phone:
            number = phonenumbers.parse(one.phone)
            assert phonenumbers.is_valid_number(number)
            assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
            assert 850_000_000 < (number.national_number or 0) < 850_010_000


def test_some_families_share_a_telephone(district: District) -> None:
    phones = Counter(one.phone for one in district.guardians.values() if one.phone)
    assert 0 < sum(count == 2 for count in phones.values()) < 40
    assert max(phones.values()) == 2


def test_names_bear_their_marks(district: District) -> None:
    names = {f"{one.given} {one.family}" for one in district.pupils.values()}
    assert len(names) > 400
    fadas = [name for name in names if set("áéíóúÁÉÍÓÚ") & set(name)]
    assert len(fadas) > 0.25 * len(names)
    families = {one.family for one in district.pupils.values()}
    assert {"Ó Briain", "Ní Bhriain", "Murphy", "Balogun", "Kowalska"} <= families


def test_families_reply_to_some_texts_and_a_few_want_no_more(district: District) -> None:
    replies = {one: district.reply_to(one, 1) for one in district.guardians}
    stops = [one for one, reply in replies.items() if reply and reply.text == "STOP"]
    assert 0.08 < sum(reply is not None for reply in replies.values()) / len(replies) < 0.2
    assert 2 < len(stops) < 0.05 * len(replies)
    assert all(district.reply_to(one, 2) is None for one in stops)
    assert all(0 <= reply.school_days <= 4 for reply in replies.values() if reply)
    speakers = [one for one in replies if district.guardians[one].language == "ga"]
    irish = {reply.text for one in speakers if (reply := replies[one])} - {"STOP"}
    assert irish
    assert all(set("áéíóúÁÉÍÓÚ") & set(text) for text in irish)


def test_draws_hang_on_their_name_alone_and_stay_as_they_are() -> None:
    assert [round(Dice("a", 1).share(), 6), round(Dice("a", 2).share(), 6)] == [0.16185, 0.471161]
    assert Dice(5, "pick").pick("abcdefgh") == Dice(5, "pick").pick("abcdefgh")
    drawn = Counter(Dice("w", n).weighted({"often": 9, "seldom": 1}) for n in range(500))
    assert 30 < drawn["seldom"] < 75
    assert sorted(Dice("s").shuffled(range(9))) == list(range(9))


def test_meetings_and_staff_go_several_ways_and_always_the_same(district: District) -> None:
    outcomes = Counter(district.meeting_outcome(pupil) for pupil in district.pupils)
    assert {"RESOLVED", "SUPPORT_PLAN", "MEDICAL_PLAN", "ESCALATE", "NO_SHOW"} == set(outcomes)
    assert "NO_SHOW" not in {district.meeting_outcome(pupil, 2) for pupil in district.pupils}
    decided = Counter(district.staff_decision(pupil, "LETTER_1") for pupil in district.pupils)
    assert 0.9 < decided["APPROVE"] / decided.total() < 1
    again = make_district(DEMO_SEED)
    assert outcomes == Counter(again.meeting_outcome(pupil) for pupil in again.pupils)

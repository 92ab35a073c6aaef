"""Numbers that take texts, and who lives under one roof."""

from itertools import permutations

import pytest

from infrastructure.imports.households import Households
from infrastructure.imports.phones import read_phone


@pytest.mark.parametrize(
    ("written", "region", "number", "problem"),
    [
        ("087 123 4567", "IE", "+353871234567", None),
        ("+353 (0)87 123 4567", "IE", "+353871234567", None),
        ("00353871234567", "IE", "+353871234567", None),
        ("07400 123456", "GB", "+447400123456", None),
        ("(950) 342 7522", "US", "+19503427522", "phone-doubtful"),
        ("01 222 2222", "IE", None, "phone-landline"),
        ("8.71E+08", "IE", None, "phone-unusable"),
        ("123", "IE", None, "phone-unusable"),
        ("", "IE", None, "phone-unusable"),
        ("+", "IE", None, "phone-unusable"),
    ],
)
def test_a_number_is_read_as_a_school_writes_it(
    written: str, region: str, number: str | None, problem: str | None
) -> None:
    assert read_phone(written, region) == (number, problem)


def test_homes_do_not_depend_on_the_order_of_the_links() -> None:
    links = [("a", "x"), ("b", "x"), ("b", "y"), ("c", "z")]
    found = set()
    for order in permutations(links):
        homes = Households()
        for one, other in order:
            homes.join(one, other)
        found.add(tuple(homes.of(person) for person in "abcdxyz"))
    assert found == {("a", "a", "c", "d", "a", "a", "c")}

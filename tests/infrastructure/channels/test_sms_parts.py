"""What a text costs."""

import pytest

from infrastructure.channels.sms_parts import Alphabet, sms_size


@pytest.mark.parametrize("name", ["Seán", "Áine", "Órla", "Síofra", "Łukasz", "Zoë", "François"])
def test_these_names_force_the_costly_alphabet(name: str) -> None:
    assert sms_size(name).alphabet is Alphabet.UCS_2


@pytest.mark.parametrize("name", ["Éabha", "José", "Zoé", "Müller", "Nuñez", "Søren"])
def test_these_names_do_not(name: str) -> None:
    assert sms_size(name).alphabet is Alphabet.GSM_7


def test_one_fada_makes_three_parts_of_one() -> None:
    assert sms_size("a" * 144).parts == 1
    size = sms_size("á" + "a" * 143)
    assert (size.parts, size.costly) == (3, ("á",))


@pytest.mark.parametrize(
    ("length", "parts"), [(0, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4)]
)
def test_plain_text_fits_160_then_153_a_part(length: int, parts: int) -> None:
    assert sms_size("a" * length).parts == parts


@pytest.mark.parametrize(("length", "parts"), [(70, 1), (71, 2), (134, 2), (135, 3)])
def test_other_text_fits_70_then_67_a_part(length: int, parts: int) -> None:
    assert sms_size("í" * length).parts == parts


def test_brackets_and_the_euro_cost_two() -> None:
    assert sms_size("€" * 80).parts == 1
    assert sms_size("€" * 80 + "a").parts == 2
    assert sms_size("^{}\\[]~|€").units == 18


def test_a_pair_is_never_torn_between_two_parts() -> None:
    # 152 letters, then a euro that does not fit the last place, then 152 more: 306 units, but not
    # two parts.
    assert sms_size("a" * 152 + "€" + "a" * 151 + "a").parts == 3
    # 66 units, then an emoji of two.
    assert sms_size("í" * 66 + "😀" + "í" * 66).parts == 3


def test_curly_quotes_and_long_dashes_are_named_as_the_cost() -> None:
    opening, closing, dash, apostrophe = "\u201c", "\u201d", "\u2013", "\u2019"
    text = f"{opening}Hello{closing} {dash} {apostrophe}tis"
    assert sms_size(text).costly == (opening, closing, dash, apostrophe)

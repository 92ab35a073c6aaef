"""A name can be found by who holds the tenant's key, and by nobody else."""

import pytest

from infrastructure.vault.blind_index import blind_index
from infrastructure.vault.envelope import new_key

KEY = new_key()


@pytest.mark.parametrize(
    "typed", ["Seán Ó Briain", "sean o briain", "  SEÁN   Ó  BRIAIN ", "Sea\u0301n O\u0301 Briain"]
)
def test_spellings_that_people_take_for_equal_are_equal(typed: str) -> None:
    assert blind_index(KEY, typed) == blind_index(KEY, "Seán Ó Briain")


@pytest.mark.parametrize(
    "typed", ["o\u2019connor mary kate", "OConnor, Mary-Kate", "O'Connor Mary Kate"]
)
def test_punctuation_does_not_hide_a_name(typed: str) -> None:
    assert blind_index(KEY, typed) == blind_index(KEY, "O'Connor Mary-Kate")


def test_other_names_differ() -> None:
    assert blind_index(KEY, "Sean") != blind_index(KEY, "Shaun")


def test_another_tenants_index_tells_nothing() -> None:
    assert blind_index(KEY, "Sean") != blind_index(new_key(), "Sean")


def test_scripts_without_case_keep_their_letters() -> None:
    assert blind_index(KEY, "王芳") != blind_index(KEY, "王方")
    assert blind_index(KEY, "रवि") != blind_index(KEY, "रव")

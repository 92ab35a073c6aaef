"""Sealed bytes open in one place, with one key, unchanged, or not at all."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.vault.envelope import SealBroken, new_key, place, seal, unseal

KEY = new_key()
PLACE = place("part", UUID(int=1), UUID(int=2), kind="student")


@given(plain=st.binary(max_size=500))
def test_what_was_sealed_opens_again(plain: bytes) -> None:
    assert unseal(KEY, seal(KEY, plain, PLACE), PLACE) == plain


@given(plain=st.binary(max_size=60), data=st.data())
def test_any_changed_byte_is_noticed(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, plain, PLACE))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        unseal(KEY, bytes(sealed), PLACE)


@given(plain=st.binary(max_size=60), data=st.data())
def test_any_cut_is_noticed(plain: bytes, data: st.DataObject) -> None:
    sealed = seal(KEY, plain, PLACE)
    with pytest.raises(SealBroken):
        unseal(KEY, sealed[: data.draw(st.integers(0, len(sealed) - 1))], PLACE)


def test_another_key_does_not_open() -> None:
    with pytest.raises(SealBroken):
        unseal(new_key(), seal(KEY, b"x", PLACE), PLACE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        place("part", uuid4(), UUID(int=2), kind="student"),
        place("part", UUID(int=1), uuid4(), kind="student"),
        place("part", UUID(int=1), UUID(int=2), kind="guardian"),
        place("shared", UUID(int=1), UUID(int=2), kind="student"),
        place("part", UUID(int=1), kind="student"),
    ],
    ids=["tenant", "record", "kind", "label", "fewer ids"],
)
def test_sealed_bytes_do_not_open_in_another_place(elsewhere: bytes) -> None:
    with pytest.raises(SealBroken):
        unseal(KEY, seal(KEY, b"x", PLACE), elsewhere)


def test_the_same_text_never_looks_the_same_twice() -> None:
    assert len({seal(KEY, b"Aoife", PLACE) for _ in range(100)}) == 100

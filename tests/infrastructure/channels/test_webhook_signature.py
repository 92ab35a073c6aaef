"""Only the provider can have signed a webhook."""

import hashlib
import random

import pytest

from infrastructure.channels.signature import (
    UnreadableForm,
    form_pairs,
    is_signed,
    is_signed_json,
    sign,
)
from infrastructure.embedded import sandbox_http

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"


def call_from(caller: str) -> list[tuple[str, str]]:
    return [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", caller),
        ("Digits", "1234"),
        ("From", caller),
        ("To", "+18005551212"),
    ]


@pytest.mark.parametrize(
    ("caller", "signature"),
    [
        ("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
        ("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ],
)
def test_the_published_examples_are_right(caller: str, signature: str) -> None:
    assert sign(TOKEN, URL, call_from(caller)) == signature
    assert is_signed([TOKEN], URL, call_from(caller), signature)


def test_the_order_of_parameters_does_not_matter() -> None:
    pairs = call_from("+12349013030")
    signature = sign(TOKEN, URL, pairs)
    assert is_signed([TOKEN], URL, reversed(pairs), signature)


def test_parameters_that_nobody_has_heard_of_are_part_of_the_signature() -> None:
    """Trap 46."""
    pairs = [*call_from("+12349013030"), ("BrandNew", "")]
    assert is_signed([TOKEN], URL, pairs, sign(TOKEN, URL, pairs))
    assert not is_signed([TOKEN], URL, [*pairs[:-1], ("BrandNew", "1")], sign(TOKEN, URL, pairs))


def test_a_name_that_comes_twice_counts_each_value_once() -> None:
    twice = [("Media", "b"), ("Media", "a"), ("Media", "a")]
    assert sign(TOKEN, URL, twice) == sign(TOKEN, URL, [("Media", "a"), ("Media", "b")])


def test_one_altered_byte_anywhere_is_refused() -> None:
    dice = random.Random(3)
    pairs = call_from("+12349013030")
    signature = sign(TOKEN, URL, pairs)
    for _ in range(1000):
        name, value = pairs[number := dice.randrange(len(pairs))]
        at = dice.randrange(len(value))
        other = chr((ord(value[at]) + dice.randint(1, 90) - 33) % 94 + 33)
        if other == value[at]:
            continue
        altered = [*pairs]
        altered[number] = (name, value[:at] + other + value[at + 1 :])
        assert not is_signed([TOKEN], URL, altered, signature)


@pytest.mark.parametrize("given", [None, "", "é", "0/KCTR6DLpKmkAf8muzZqo1nDgQ", "\ud800"[:0]])
def test_a_missing_or_strange_signature_is_refused(given: str | None) -> None:
    assert not is_signed([TOKEN], URL, call_from("+12349013030"), given)


def test_both_tokens_are_good_while_one_replaces_the_other() -> None:
    pairs = call_from("+12349013030")
    assert is_signed(["new", TOKEN], URL, pairs, sign(TOKEN, URL, pairs))
    assert is_signed(["new", TOKEN], URL, pairs, sign("new", URL, pairs))
    assert not is_signed(["new"], URL, pairs, sign(TOKEN, URL, pairs))
    assert not is_signed([], URL, pairs, sign(TOKEN, URL, pairs))


def test_the_standard_port_may_be_written_or_left_out() -> None:
    bare, written = "https://a.example/hook?x=1", "https://a.example:443/hook?x=1"
    assert is_signed([TOKEN], bare, (), sign(TOKEN, written))
    assert is_signed([TOKEN], written, (), sign(TOKEN, bare))
    assert not is_signed([TOKEN], bare, (), sign(TOKEN, "https://a.example:8443/hook?x=1"))
    assert is_signed([TOKEN], "http://[::1]/h", (), sign(TOKEN, "http://[::1]:80/h"))


def test_a_json_body_is_checked_by_its_hash_and_the_url() -> None:
    body = b'{"a": "\xc3\xa9"}'
    digest = hashlib.sha256(body).hexdigest()
    url = f"https://a.example/hook?bodySHA256={digest}"
    signature = sign(TOKEN, url)
    assert is_signed_json([TOKEN], url, digest, body, signature)
    assert not is_signed_json([TOKEN], url, digest, body + b"\n", signature)
    assert not is_signed_json([TOKEN], url, None, body, signature)
    assert not is_signed_json(["other"], url, digest, body, signature)


def test_the_sandbox_signs_as_the_provider_does() -> None:
    pairs = call_from("+14158675309")
    assert sandbox_http.sign(TOKEN, URL, pairs) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_a_form_keeps_its_empty_values_and_its_spelling() -> None:
    assert form_pairs(b"Body=Se%C3%A1n+is+ill&Empty=&To=%2B353") == (
        ("Body", "Seán is ill"),
        ("Empty", ""),
        ("To", "+353"),
    )


@pytest.mark.parametrize("body", [b"Body=%FF%FE", b"\xff=1", b"&".join([b"a=1"] * 501)])
def test_a_form_that_cannot_be_read_is_refused_and_not_guessed(body: bytes) -> None:
    with pytest.raises(UnreadableForm):
        form_pairs(body)

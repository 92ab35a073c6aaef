"""Is this webhook really from the SMS provider? The check of X-Twilio-Signature.

The signature has no time stamp, so it does not stop a replay: callbacks are deduplicated for ever
by (provider reference, status) where they are recorded.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlsplit, urlunsplit

Params = Iterable[tuple[str, str]]

_STANDARD_PORTS = {"http": 80, "https": 443}
_MOST_FIELDS = 500


class UnreadableForm(ValueError):
    """The body is not a form of a believable size."""


def form_pairs(body: bytes) -> tuple[tuple[str, str], ...]:
    """Read a form body once: the check and the handler must see the very same parameters."""
    try:
        return tuple(
            parse_qsl(
                body.decode("ascii"),
                keep_blank_values=True,
                max_num_fields=_MOST_FIELDS,
                errors="strict",
            )
        )
    except ValueError as error:  # bad bytes, bad escapes or too many fields
        raise UnreadableForm from error


def sign(token: str, url: str, params: Params = ()) -> str:
    """Sign a form: the URL, then every parameter sorted by name, names and values run together.

    All parameters count, also those that we have never heard of: the set grows without notice.
    """
    # A name with the same value twice counts once, as in the provider's own libraries.
    said = url + "".join(name + value for name, value in sorted(set(params)))
    digest = hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def is_signed(tokens: Sequence[str], public_url: str, params: Params, given: str | None) -> bool:
    """Check a form webhook. Two tokens are held while one replaces the other.

    `public_url` is made from settings, never from the Host header: behind a proxy the internal
    URL is not the one that was signed, and a header can be chosen by the caller.
    """
    pairs = tuple(params)
    return _matches(
        (sign(token, url, pairs) for token in tokens for url in _spellings(public_url)), given
    )


def is_signed_json(
    tokens: Sequence[str], public_url: str, body_sha256: str | None, body: bytes, given: str | None
) -> bool:
    """Check a JSON webhook: the URL alone is signed, and carries the hash of the raw body."""
    right_body = hmac.compare_digest(
        hashlib.sha256(body).hexdigest().encode(), (body_sha256 or "").lower().encode()
    )
    return is_signed(tokens, public_url, (), given) and right_body


def _matches(expected: Iterable[str], given: str | None) -> bool:
    claimed = (given or "").encode()
    matches = False
    for one in expected:  # all of them, so that the time tells nothing about which one matched
        matches |= hmac.compare_digest(one.encode(), claimed)
    return matches


def _spellings(url: str) -> tuple[str, ...]:
    """Return the URL with and without the standard port: the provider signs either."""
    parts = urlsplit(url)
    standard = _STANDARD_PORTS.get(parts.scheme)
    if standard is None or parts.hostname is None or parts.port not in {None, standard}:
        return (url,)
    bare = parts.netloc.removesuffix(f":{standard}")
    return tuple(
        urlunsplit(parts._replace(netloc=netloc)) for netloc in (bare, f"{bare}:{standard}")
    )

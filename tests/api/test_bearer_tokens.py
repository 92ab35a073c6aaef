"""Bad tokens of many kinds open nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest

from api.problems import TokenRefused
from api.tokens import AUDIENCE, Caller, TokenKeyRefused, Tokens
from infrastructure.clock import machine_now
from infrastructure.settings import Settings

KEY = b"k" * 40
OLDER = b"o" * 40
TENANT = uuid4()
SCHOOL = uuid4()


def tokens() -> Tokens:
    return Tokens([KEY, OLDER], "anseo")


def claims(**changes: Any) -> dict[str, Any]:
    now = int(machine_now().timestamp())
    said: dict[str, Any] = {
        "iss": "anseo",
        "aud": AUDIENCE,
        "sub": "7",
        "iat": now,
        "exp": now + 600,
        "tenant": str(TENANT),
        "roles": ["principal"],
        "schools": [str(SCHOOL)],
    }
    said |= changes
    return {name: value for name, value in said.items() if value is not ...}


def made(key: bytes | str = KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, "HS256", {"typ": "at+jwt", **(header or {})})


def soon(seconds: int) -> int:
    return int(machine_now().timestamp()) + seconds


BAD: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "no token": lambda: "principal",
    "three dots": lambda: "...",
    "not ascii": lambda: "é" * 20,
    "another key": lambda: made(b"x" * 40),
    "no signature": lambda: made().rpartition(".")[0] + ".",
    "algorithm none": lambda: jwt.encode(claims(), "", "none", {"typ": "at+jwt"}),
    "another algorithm": lambda: jwt.encode(claims(), KEY * 2, "HS512", {"typ": "at+jwt"}),
    "an id token": lambda: made(header={"typ": "JWT"}),
    "no type": lambda: made(header={"typ": None}),
    "a critical header": lambda: made(header={"crit": ["b64"], "b64": False}),
    "another issuer": lambda: made(iss="someone"),
    "no issuer": lambda: made(iss=...),
    "another audience": lambda: made(aud="anseo-console"),
    "a list of audiences": lambda: made(aud=[AUDIENCE, "x"]),
    "no audience": lambda: made(aud=...),
    "expired": lambda: made(exp=soon(-61)),
    "expiry is no number": lambda: made(exp="tomorrow"),
    "no expiry": lambda: made(exp=...),
    "made in the future": lambda: made(iat=soon(120)),
    "not yet valid": lambda: made(nbf=soon(120)),
    "no time of making": lambda: made(iat=...),
    "no subject": lambda: made(sub=...),
    "an address as subject": lambda: made(sub="mary@example.org"),
    "a name as subject": lambda: made(sub="Mary Murphy"),
    "a long subject": lambda: made(sub="7" * 65),
    "a number as subject": lambda: made(sub=7),
    "no tenant": lambda: made(tenant=...),
    "a tenant that is no id": lambda: made(tenant="*"),
    "a number as tenant": lambda: made(tenant=1),
    "no roles": lambda: made(roles=...),
    "roles as a text": lambda: made(roles="principal"),
    "roles that are no texts": lambda: made(roles=[1]),
    "nothing said about schools": lambda: made(schools=...),
    "schools as a text": lambda: made(schools=str(SCHOOL)),
    "a school that is no id": lambda: made(schools=["*"]),
    "a key in the header": lambda: made(b"x" * 40, {"jwk": {"kty": "oct", "k": "eHg"}}),
    "a key's address in the header": lambda: made(b"x" * 40, {"jku": "https://evil.example"}),
    "a path as key's name": lambda: made(b"x" * 40, {"kid": "../../dev/null"}),
    "a changed payload": lambda: _changed(made()),
}


def _changed(token: str) -> str:
    head, _, tail = token.split(".")
    other = made(b"x" * 40, roles=["admin"]).split(".")[1]
    return f"{head}.{other}.{tail}"


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_token_is_refused(kind: str) -> None:
    with pytest.raises(TokenRefused):
        tokens().verify(BAD[kind]())


def test_a_good_token_says_who_asks() -> None:
    caller = tokens().verify(tokens().mint(TENANT, "mary.1", ["officer"], [SCHOOL], 1))
    assert caller == Caller(TENANT, "mary.1", frozenset({"officer"}), (SCHOOL,))
    assert caller.actor == "staff:mary.1"
    assert tokens().verify(made(schools=None)).schools is None
    assert tokens().verify(made(exp=soon(-30))).subject == "7"  # clocks differ a little


def test_a_token_of_the_older_key_is_good_until_the_key_goes() -> None:
    token = made(OLDER)
    assert tokens().verify(token).tenant == TENANT
    with pytest.raises(TokenRefused):
        Tokens([KEY], "anseo").verify(token)


@pytest.mark.parametrize("subject", ["mary@example.org", "Mary Murphy", "", "-x", "é"])
def test_no_token_is_made_for_a_name_or_an_address(subject: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        tokens().mint(TENANT, subject, ["officer"])


def test_no_token_is_made_for_half_a_year() -> None:
    with pytest.raises(ValueError, match="30 days"):
        tokens().mint(TENANT, "7", ["officer"], hours=24 * 180)


def test_a_key_file_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    settings = Settings(ANSEO_HOME=tmp_path)
    token = Tokens.of(settings).mint(TENANT, "7", ["officer"])
    assert Tokens.of(settings).verify(token).subject == "7"
    path = tmp_path / "token.key"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(TokenKeyRefused, match="chmod 600"):
        Tokens.of(settings)


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TokenKeyRefused, match="32"):
        Tokens.of(Settings(ANSEO_HOME=tmp_path, ANSEO_TOKEN_KEY="secret"))


def test_keys_of_the_settings_are_separated_by_commas(tmp_path: Path) -> None:
    both = f"{KEY.decode()},{OLDER.decode()}"
    settings = Settings(ANSEO_HOME=tmp_path, ANSEO_TOKEN_KEY=both)
    assert Tokens.of(settings).verify(made(OLDER)).tenant == TENANT
    assert not (tmp_path / "token.key").exists()

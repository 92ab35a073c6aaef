"""Bearer tokens: who asks, for which tenant, in which roles, for which schools.

One algorithm, a short life, and the tenant from the token only. A subject is an id of the staff
register, never a name or an address: it ends up in facts as `staff:{subject}`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from hmac import digest as hmac_digest
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Any, Final
from uuid import UUID

import jwt

from api.problems import TokenRefused
from infrastructure.clock import machine_now
from infrastructure.durable import make_secret, open_to_others
from infrastructure.settings import Settings
from infrastructure.wiring.house import House

FILE_NAME: Final = "token.key"
AUDIENCE: Final = "anseo-api"
SKEW: Final = timedelta(seconds=60)
LONGEST: Final = timedelta(hours=24 * 30)
GUARDIAN: Final = "guardian"
_ALGORITHM: Final = "HS256"
_TYPE: Final = "at+jwt"
_SHORTEST_KEY: Final = 32
_SUBJECT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_CLAIMS: Final = ("iss", "aud", "sub", "exp", "iat", "tenant", "roles")


class TokenKeyRefused(Exception):
    """The key for tokens is not usable as one."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `schools` is None for all schools of the tenant."""

    tenant: UUID
    subject: str
    roles: frozenset[str]
    schools: tuple[UUID, ...] | None

    @property
    def actor(self) -> str:
        """The name under which facts keep who acted. A guardian is never one of the staff."""
        return f"{'guardian' if self.is_guardian else 'staff'}:{self.subject}"

    @property
    def is_guardian(self) -> bool:
        """Say whether this is a guardian's own token and nothing besides."""
        return self.roles == {GUARDIAN}

    def may_see(self, school: UUID) -> bool:
        """Say whether a school is in the caller's scope."""
        return self.schools is None or school in self.schools

    def scope(self, school: UUID | None = None) -> list[UUID] | None:
        """Return what queries filter by: the schools in scope, or only the one asked for.

        A school outside the scope gives an empty list, as one that does not exist: so nobody
        learns which schools there are.
        """
        if school is None:
            return None if self.schools is None else list(self.schools)
        return [school] if self.may_see(school) else []


class Tokens:
    """Makes and checks tokens. The first key is the current one; older ones still verify."""

    def __init__(self, keys: Iterable[bytes], issuer: str) -> None:
        self._keys = tuple(keys)
        self._issuer = issuer
        if not self._keys or any(len(key) < _SHORTEST_KEY for key in self._keys):
            raise TokenKeyRefused(f"a token key has at least {_SHORTEST_KEY} characters")

    @classmethod
    def of(cls, settings: Settings) -> "Tokens":
        """Return the tokens of a house: by the key of the settings, else of a file in its home."""
        given = settings.token_key
        text = given.get_secret_value() if given else _from_file(settings.home / FILE_NAME)
        keys = [part.strip().encode() for part in re.split(r"[,\n]", text) if part.strip()]
        return cls(keys, settings.token_issuer)

    def derived(self, use: str) -> bytes:
        """Return a key for another use, so that no key ever serves two algorithms."""
        return hmac_digest(self._keys[0], f"anseo/1/{use}".encode(), sha256)

    def mint(
        self,
        tenant: UUID,
        subject: str,
        roles: Iterable[str],
        schools: Iterable[UUID] | None = None,
        hours: float = 8,
    ) -> str:
        """Return a token.

        Raises:
            ValueError: when the subject may be a name or an address, or the life is too long.
        """
        life = timedelta(hours=hours)
        if not _SUBJECT.fullmatch(subject):
            raise ValueError("a subject is an id, not a name or an address")
        if life > LONGEST:
            raise ValueError("a token lives 30 days at most")
        now = machine_now()
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": int(now.timestamp()),
            "exp": int((now + life).timestamp()),
            "jti": token_hex(8),
            "tenant": str(tenant),
            "roles": sorted(set(roles)),
            "schools": None if schools is None else sorted(map(str, schools)),
        }
        return jwt.encode(claims, self._keys[0], _ALGORITHM, {"typ": _TYPE})

    def verify(self, token: str) -> Caller:
        """Return who holds a token.

        Raises:
            TokenRefused: for any other token than one made here for this door, still alive.
        """
        for key in self._keys:
            try:
                decoded = jwt.decode_complete(
                    token,
                    key,
                    algorithms=[_ALGORITHM],
                    audience=AUDIENCE,
                    issuer=self._issuer,
                    leeway=SKEW,
                    options={"require": list(_CLAIMS), "strict_aud": True},
                )
            except jwt.InvalidSignatureError:
                continue
            except (jwt.InvalidTokenError, ValueError, TypeError):
                raise TokenRefused from None
            if decoded["header"].get("typ") != _TYPE:
                raise TokenRefused
            return _caller(decoded["payload"])
        raise TokenRefused


def mint(
    house: House,
    tenant: UUID,
    subject: str,
    roles: Iterable[str],
    schools: Iterable[UUID] | None = None,
    hours: float = 8,
) -> str:
    """Return a token for a house's own door."""
    return Tokens.of(house.settings).mint(tenant, subject, roles, schools, hours)


def _caller(claims: dict[str, Any]) -> Caller:
    try:
        schools = claims["schools"]  # null is all of them, but it has to be said
        return Caller(
            tenant=UUID(claims["tenant"]),
            subject=_SUBJECT.fullmatch(claims["sub"])[0],  # type: ignore[index]  # None is a TypeError
            roles=frozenset(_texts(claims["roles"])),
            schools=None if schools is None else tuple(UUID(text) for text in _texts(schools)),
        )
    except (KeyError, ValueError, TypeError, AttributeError):
        raise TokenRefused from None


def _texts(value: object) -> list[str]:
    """A text is a sequence of texts too: `"admin"` must not be read as five roles."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError
    return value


def _from_file(path: Path) -> str:
    if not path.exists():
        make_secret(path, token_urlsafe(48).encode() + b"\n")
    if open_to_others(path):
        raise TokenKeyRefused(f"{path} may be read by others: chmod 600 it")
    return path.read_text(encoding="ascii", errors="replace")

"""Links by which the reader of an e-mail ends them: opaque, made for one person and one list.

RFC 8058: the link names recipient and list, and works without a login. So whoever holds it can
stop these e-mails and do nothing else, and nobody can make one up or read a person out of it. The
same person always gets the same link: every attempt of a message is the same bytes.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from domain.shared.contact import Channel
from domain.shared.ids import GuardianId
from infrastructure.store.database import Connection
from infrastructure.vault.vault import Vault

_PURPOSE: Final = b"anseo/1/unsubscribe"
_ID_BYTES: Final = 16
_LENGTH: Final = _ID_BYTES + 16 + _ID_BYTES + 1  # tenant, tag, guardian, list
_LISTS: Final = {1: Channel.EMAIL}
_KNOWN: Final = "select 1 from vault_tenant_key where tenant = %s"


class BadLink(Exception):
    """No link of ours, or not any more. It is never said why."""


def unsubscribe_token(conn: Connection, vault: Vault, tenant: UUID, guardian: GuardianId) -> str:
    """Return what names a guardian and the e-mails of a school, for nobody but us to read."""
    cipher = AESSIV(vault.derived_key(conn, tenant, _PURPOSE))
    sealed = cipher.encrypt(guardian.bytes + bytes([1]), [tenant.bytes])
    return urlsafe_b64encode(tenant.bytes + sealed).decode().rstrip("=")


def opened(conn: Connection, vault: Vault, token: str) -> tuple[UUID, GuardianId, Channel]:
    """Return whose link it is, and what it ends.

    Raises:
        BadLink: for anything that was not made here.
    """
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError:
        raise BadLink from None
    tenant = UUID(bytes=raw[:_ID_BYTES]) if len(raw) == _LENGTH else None
    # A key is made at first use: none must be made for whatever a stranger writes into a link.
    if tenant is None or conn.execute(_KNOWN, (tenant,)).fetchone() is None:
        raise BadLink
    try:
        cipher = AESSIV(vault.derived_key(conn, tenant, _PURPOSE))
        plain = cipher.decrypt(raw[_ID_BYTES:], [tenant.bytes])
    except InvalidTag:
        raise BadLink from None
    return tenant, GuardianId(UUID(bytes=plain[:_ID_BYTES])), _LISTS[plain[_ID_BYTES]]

"""By which address a guardian is reached on each channel, out of what lies in the vault."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from domain.playbook_run.commands import Member
from domain.shared.contact import Channel
from domain.shared.ids import GuardianId, TenantId
from domain.shared.recipients import Reach, Unreachable
from infrastructure.channels.phones import Phone, normalise, textable
from infrastructure.store.database import Connection
from infrastructure.vault.vault import Vault

_BY_PHONE: Final = (Channel.SMS, Channel.WHATSAPP)


def reach_of(guardian: GuardianId, who: Mapping[str, Any]) -> Reach:
    """Say where one person is reached. Numbers and addresses that are the same look the same."""
    addresses: dict[Channel, str] = {Channel.IN_APP: str(guardian)}
    unreachable: dict[Channel, Unreachable] = {}
    number = _number(str(who.get("phone") or ""))
    for channel in _BY_PHONE:
        if isinstance(number, Unreachable):
            unreachable[channel] = number
        else:
            addresses[channel] = number
    email = str(who.get("email") or "").strip()
    if email:
        addresses[Channel.EMAIL] = email.casefold()  # to compare, not to send to
    else:
        unreachable[Channel.EMAIL] = Unreachable.NO_ADDRESS
    return Reach(guardian, addresses, unreachable)


def _number(written: str) -> str | Unreachable:
    """Return a number that takes texts, or why it is none. Nothing is guessed."""
    number = textable(written)
    if number is not None:
        return number
    plain = written.strip().removeprefix("tel:")
    if not plain:
        return Unreachable.NO_ADDRESS
    if not plain.startswith(("+", "00")):
        return Unreachable.NO_COUNTRY_CODE
    known = normalise(plain, "ZZ")
    return Unreachable.NOT_TEXTABLE if isinstance(known, Phone) else Unreachable.NOT_POSSIBLE


def members(
    conn: Connection, vault: Vault | None, tenant: TenantId, guardians: Collection[GuardianId]
) -> tuple[Member, ...]:
    """Say of each of a home where they cannot be reached. Who was erased is reached nowhere.

    Without a vault everybody counts as reached, and the sender finds out.
    """
    if vault is None or not guardians:
        return tuple(Member(guardian_id=one) for one in guardians)
    known = vault.get_many(conn, tenant, guardians)
    everywhere = tuple(one for one in Channel if one is not Channel.POST)
    return tuple(
        Member(
            guardian_id=one,
            out_of_reach=tuple(reach_of(one, known[one]).unreachable)
            if one in known
            else everywhere,
        )
        for one in guardians
    )

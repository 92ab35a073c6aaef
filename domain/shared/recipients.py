"""Who is told about a child, in which order, and who is not, and why.

Pure: what the school knows goes in, a decision about each guardian comes out. What nobody has told
us is neither yes nor no: the school is asked, and nothing is sent meanwhile.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.shared.contact import Channel, Purpose
from domain.shared.ids import GuardianId, HouseholdId


class Against(StrEnum):
    """Why a guardian is not told."""

    NO_CONTACT = "NO_CONTACT"
    NO_RIGHT_TO_KNOW = "NO_RIGHT_TO_KNOW"
    RIGHT_UNKNOWN = "RIGHT_UNKNOWN"
    RESPONSIBILITY_UNKNOWN = "RESPONSIBILITY_UNKNOWN"


TO_ASK = frozenset({Against.RIGHT_UNKNOWN, Against.RESPONSIBILITY_UNKNOWN})
"""What the school's staff can find out."""


class Unreachable(StrEnum):
    """Why a guardian cannot be reached on a channel, as far as the address goes."""

    NO_ADDRESS = "NO_ADDRESS"
    NOT_TEXTABLE = "NOT_TEXTABLE"  # a landline, a fax, a premium or freephone number
    NO_COUNTRY_CODE = "NO_COUNTRY_CODE"  # nobody can say which country's network it is
    NOT_POSSIBLE = "NOT_POSSIBLE"  # no number of any plan, or no address


@dataclass(frozen=True, slots=True)
class Contact:
    """One guardian of a child, as the register tells it. None: nobody has told us.

    A no-contact flag holds until its last day, or for good where it names none. Addresses are
    opaque here: all that is asked of two is whether they are one.
    """

    guardian: GuardianId
    priority: int | None = None
    may_receive_info: bool | None = None
    has_parental_responsibility: bool | None = None
    no_contact: bool = False
    no_contact_until: date | None = None
    household: HouseholdId | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A guardian who is not told, and why. Absent `until`: the reason has no known end."""

    guardian: GuardianId
    reason: Against
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Recipients:
    """The decision: who is told, the one asked first in front; and who is not."""

    told: tuple[Contact, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def guardians(self) -> tuple[GuardianId, ...]:
        """Those who are told."""
        return tuple(contact.guardian for contact in self.told)

    @property
    def to_ask(self) -> tuple[LeftOut, ...]:
        """Those about whom the school has to say what is so."""
        return tuple(one for one in self.left_out if one.reason in TO_ASK)

    def households(self) -> dict[UUID, tuple[GuardianId, ...]]:
        """Return those who are told by home, in order. Who has no known home is a home alone."""
        homes: dict[UUID, tuple[GuardianId, ...]] = {}
        for one in self.told:
            home: UUID = one.household or one.guardian
            homes[home] = (*homes.get(home, ()), one.guardian)
        return homes


def recipients(contacts: Iterable[Contact], purpose: Purpose, today: date) -> Recipients:
    """Decide about each guardian of one child.

    The right to information is asked of all. A legal notice has effect on who receives it, so it
    also needs to be known whether they hold parental responsibility: not that they do.
    """
    told: list[Contact] = []
    left_out: list[LeftOut] = []
    for contact in sorted(contacts, key=_place):
        found = against(contact, purpose, today)
        if found is None:
            told.append(contact)
        else:
            until = contact.no_contact_until if found is Against.NO_CONTACT else None
            left_out.append(LeftOut(contact.guardian, found, until))
    return Recipients(tuple(told), tuple(left_out))


def _place(contact: Contact) -> tuple[bool, int, str]:
    return contact.priority is None, contact.priority or 0, str(contact.guardian)


def against(contact: Contact, purpose: Purpose, today: date) -> Against | None:
    """Return why a guardian is not told on a day at the school; None: they are."""
    if contact.no_contact and (
        contact.no_contact_until is None or today <= contact.no_contact_until
    ):
        return Against.NO_CONTACT
    if contact.may_receive_info is None:
        return Against.RIGHT_UNKNOWN
    if not contact.may_receive_info:
        return Against.NO_RIGHT_TO_KNOW
    unknown = contact.has_parental_responsibility is None
    if unknown and purpose is Purpose.STATUTORY_NOTICE:
        return Against.RESPONSIBILITY_UNKNOWN
    return None


@dataclass(frozen=True, slots=True)
class Reach:
    """By which address a guardian is reached on each channel, and why not on the others."""

    guardian: GuardianId
    addresses: Mapping[Channel, str] = field(default_factory=dict, repr=False)
    unreachable: Mapping[Channel, Unreachable] = field(default_factory=dict)


def on_one_address(channel: Channel, reached: Sequence[Reach]) -> list[tuple[GuardianId, ...]]:
    """Return those who are reached on a channel, grouped by their address, in order.

    Each group hears one message. Only people of one child may be put in: a number that two
    families share does not make one family of them.
    """
    groups: dict[str, list[GuardianId]] = {}
    for one in reached:
        if channel in one.addresses:
            groups.setdefault(one.addresses[channel], []).append(one.guardian)
    return [tuple(group) for group in groups.values()]

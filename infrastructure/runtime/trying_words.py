"""A school's text before it is sent: what is wrong with it, what it costs, how it reads."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import msgspec

from domain.shared.ids import GuardianId, StudentId, TenantId
from domain.shared.numbers import DecidingNumbers
from domain.shared.texts import TextKind, Wording
from domain.template.faults import Fault
from domain.template.fields import FIELDS
from infrastructure.channels.sms_parts import SmsSize, sms_size
from infrastructure.documents.text_checks import every_fault, every_warning, filled, made_up
from infrastructure.documents.texts import Rendered
from infrastructure.register import reads as register
from infrastructure.runtime.composing import Composer
from infrastructure.runtime.gathered import school_name
from infrastructure.settings import Settings
from infrastructure.store import reads
from infrastructure.store.database import Connection
from projections import interventions
from projections.interventions import InterventionRow

# The commonest Irish name that the alphabet of text messages lacks (DOMAIN 7.1).
_FADA: Final = {"student_first_name": "Seán", "student_name": "Seán Ó Sé"}
_NUMBERS: Final = ("days_missed", "counted_from", "counted_to")
_NOT_COUNTED: Final = DecidingNumbers(
    metric="ABSENT_DAYS",
    absent_sessions=int(FIELDS["days_missed"].made_up) * 2,
    possible_sessions=100,
    sessions_per_day=2,
    threshold="",
    window_from=date.fromisoformat(str(FIELDS["counted_from"].made_up)),
    window_to=date.fromisoformat(str(FIELDS["counted_to"].made_up)),
    denominator="",
)


class NobodyToShow(LookupError):
    """The pupil is not on the roll, is not told through this guardian, or has been erased."""


class SmsCost(msgspec.Struct, frozen=True, kw_only=True):
    """What a text message costs: parts, times people, times the price of a part.

    `costly` are the letters that the alphabet of text messages lacks; one of them more than halves
    the room. `parts_with_fada` is the same text about a child with one. Absent prices: nobody has
    set one.
    """

    alphabet: str
    units: int
    parts: int
    costly: tuple[str, ...]
    parts_with_fada: int
    recipients: int
    currency: str
    price_of_a_part: Decimal | None
    cost: Decimal | None
    cost_with_fada: Decimal | None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """How a text reads. `made_up` names the fields that hold nobody's data."""

    language: str
    subject: str
    text: str | None
    html: str | None
    is_real: bool
    made_up: tuple[str, ...]
    sms: SmsCost | None


def verdict(wording: Wording, recipients: int, settings: Settings) -> dict[str, Any]:
    """Return everything that is wrong with a text, what is worth a look, and what it costs."""
    faults = every_fault(wording)
    cost = None if faults else sms_cost(wording, recipients, settings)
    warnings = [*every_warning(wording), *_costly(cost)]
    return {
        "valid": not faults,
        "errors": [msgspec.to_builtins(one) for one in faults],
        "warnings": [msgspec.to_builtins(one) for one in warnings],
        "sms": None if cost is None else msgspec.to_builtins(cost),
    }


def sms_cost(
    wording: Wording, recipients: int, settings: Settings, text: str | None = None
) -> SmsCost | None:
    """Return what a text message costs; nothing for a text that is none."""
    if wording.kind is not TextKind.SMS:
        return None
    plain = _size(wording, made_up(wording)) if text is None else sms_size(text)
    fada = _size(wording, made_up(wording, **_FADA))
    price = settings.sms_part_price
    return SmsCost(
        alphabet=str(plain.alphabet),
        units=plain.units,
        parts=plain.parts,
        costly=plain.costly,
        parts_with_fada=fada.parts,
        recipients=recipients,
        currency=settings.sms_currency,
        price_of_a_part=price,
        cost=None if price is None else plain.parts * recipients * price,
        cost_with_fada=None if price is None else fada.parts * recipients * price,
    )


def _size(wording: Wording, fields: Mapping[str, str | int]) -> SmsSize:
    return sms_size(filled(wording, fields).text or "")


def _costly(cost: SmsCost | None) -> list[Fault]:
    """Say what one letter does to the price, before the bill says it (DOMAIN 7.1, trap 48)."""
    if cost is None:
        return []
    found = []
    if cost.costly:
        letters = " ".join(cost.costly)
        words = f"{letters} of the text itself makes it {cost.parts} parts for every family"
        found.append(Fault("$.body", "sms-alphabet", words))
    elif cost.parts_with_fada > cost.parts:
        words = f"a name with a fada makes it {cost.parts_with_fada} parts instead of {cost.parts}"
        found.append(Fault("$.body", "sms-fada", words))
    return found


def with_made_up_data(wording: Wording, recipients: int, settings: Settings) -> Shown:
    """Show a text about nobody.

    Raises:
        TextProblem: when it cannot be filled.
    """
    fields = made_up(wording)
    rendered = filled(wording, fields)
    return _shown(wording, rendered, sms_cost(wording, recipients, settings), sorted(fields))


def with_real_data(
    composer: Composer,
    conn: Connection,
    tenant: TenantId,
    wording: Wording,
    about: tuple[StudentId, GuardianId | None],
    recipients: int,
) -> Shown:
    """Show a text as one family would get it; whoever looks has to be put on record.

    Raises:
        NobodyToShow: when there is no such child or guardian.
        TextProblem: when it cannot be filled.
    """
    fields, invented = _about(composer, conn, tenant, about)
    declared = {}
    for name, kind in wording.merge_fields.items():
        if fields.get(name, "") != "":
            declared[name] = fields[name]
        elif not kind.endswith("?"):
            declared[name] = FIELDS[name].made_up
            invented.append(name)
    rendered = filled(wording, declared)
    cost = sms_cost(wording, recipients, composer.settings, rendered.text)
    invented = [name for name in invented if name in wording.merge_fields]
    return _shown(wording, rendered, cost, invented, is_real=True)


def _shown(
    wording: Wording,
    rendered: Rendered,
    sms: SmsCost | None,
    invented: Sequence[str],
    *,
    is_real: bool = False,
) -> Shown:
    return Shown(
        language=wording.language,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        is_real=is_real,
        made_up=tuple(invented),
        sms=sms,
    )


def _about(
    composer: Composer,
    conn: Connection,
    tenant: TenantId,
    about: tuple[StudentId, GuardianId | None],
) -> tuple[dict[str, str | int], list[str]]:
    student, wanted = about
    pupils = register.students(conn, tenant, students=[student])
    links = register.guardians_of(conn, tenant, [student])[student]
    told = [link.guardian for link in links if link.may_receive_info]
    guardian = wanted if wanted in told else next(iter(told if wanted is None else ()), None)
    school = pupils[0].school if pupils else None
    if school is None or guardian is None:
        raise NobodyToShow
    known = composer.vault.get_many(conn, tenant, [student, guardian])
    if len(known) < 2:  # noqa: PLR2004  both or nothing to show
        raise NobodyToShow
    numbers = _numbers(conn, tenant, student)
    invented = list(_NUMBERS) if numbers is None else []
    people = known[student], known[guardian]
    fields = composer.fields(school_name(conn, tenant, school), numbers or _NOT_COUNTED, *people)
    return fields, invented


def _numbers(conn: Connection, tenant: TenantId, student: StudentId) -> DecidingNumbers | None:
    """Return what the newest stage of a pupil saw."""
    asked = {"tenant": tenant, "student": student}
    rows = reads.documents(conn, interventions.OF_STUDENT, InterventionRow, asked)
    seen = [stage.numbers[-1] for row in rows for stage in row.stages if stage.numbers]
    return max(seen, key=lambda one: one.window_to, default=None)

"""`anseo simulate` and `anseo whatif`: questions about rules that change nothing."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from api.commandline.rule_files import tried_out
from domain.attendance.day_words import DayPart, DayWord
from domain.attendance.ladder import Assumed
from domain.attendance.rules import RuleSet
from domain.attendance.unanswered import unanswered as what_is_missing
from domain.shared.ids import SchoolId, TenantId
from infrastructure.imports.csv_calendar import read_calendar
from infrastructure.imports.csv_files import PLAIN
from infrastructure.imports.prepared import CalendarDay
from infrastructure.register import reads
from infrastructure.register.evaluation import SchoolUnknown, find_school, school_facts
from infrastructure.runtime import retracing, what_if
from infrastructure.runtime.rules_by_name import RulesUnknown, rules_by_name
from infrastructure.runtime.simulating import StudentUnknown, find_student, simulate_pupil
from infrastructure.store.database import Connection
from infrastructure.wiring.house import House

_DAY: Final = ["%Y-%m-%d"]
Rules = Annotated[str, typer.Option(help="A rule set: a file with JSON, or a name.")]
Tenant = Annotated[str, typer.Option(help="Short name of the tenant.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]
NOBODY: Final = "never"


def simulate(
    student: Annotated[str, typer.Option(help="A student's id here or in the school's system.")],
    rules: Rules,
    on: Annotated[datetime, typer.Option("--on", formats=_DAY, help="The day, as 2025-11-20.")],
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Say what a day's evaluation would say of one pupil. Nothing is stored."""
    owner = tenant_id(tenant)
    with opened() as house, house.database.tenant(owner) as conn:
        chosen = _rules(conn, owner, rules)
        try:
            who = find_student(conn, owner, student)
            answer = simulate_pupil(conn, owner, who, chosen, on.date())
        except StudentUnknown:
            fail(f"no student {student} is known here, or more than one: give its id here")
    if as_json:
        printing.as_json(answer)
    else:
        _print_simulation(answer)


def whatif(
    rules: Rules,
    first: Annotated[datetime, typer.Option("--from", formats=_DAY, help="The first day.")],
    last: Annotated[datetime, typer.Option("--to", formats=_DAY, help="The last day.")],
    school: Annotated[str, typer.Option(help="A school's id, or all.")] = "all",
    calendar: Annotated[
        Path | None, typer.Option(help="Other days of that school, as CSV (date, kind, until).")
    ] = None,
    approve_after: Annotated[
        str, typer.Option(help="School days until somebody approves, or never.")
    ] = "1",
    changes: Annotated[int, typer.Option(help="How many changes to tell one by one.")] = 200,
    known_on: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="The register as known after that day.")
    ] = None,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Say who would have entered which stage when under other rules or days, and the difference."""
    owner, assumed = tenant_id(tenant), _assumed(approve_after)
    if last < first:
        fail("--to lies before --from")
    with opened() as house:
        with house.database.tenant(owner) as conn:
            chosen = _rules(conn, owner, rules)
            schools = _schools(conn, owner, school)
            words = _words(conn, owner, schools, calendar)
        asked = what_if.WhatIf(
            chosen,
            first.date(),
            last.date(),
            schools=schools,
            assumed=assumed,
            words=words,
            most=changes,
            known_on=known_on.date() if known_on else None,
        )
        answer = _asked(house, owner, asked)
    (printing.as_json if as_json else _print_what_if)(answer)


def unanswered(rules: Rules, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """Say what the register of a district cannot answer for a rule set, stage by stage."""
    owner = tenant_id(tenant)
    with opened() as house, house.database.tenant(owner) as conn:
        chosen = _rules(conn, owner, rules)
        schools = reads.schools(conn, owner)
        days = reads.calendars(conn, owner, schools=[one.school for one in schools])
        lines = reads.lines(conn, owner, schools, calendar_of=days)
        last = max((line.days[-1] for line in lines if line.days), default=date.max)
        facts = school_facts(conn, owner, schools, lines, days, chosen, last)
    told = what_is_missing(chosen, lines, facts.values())
    if as_json:
        printing.as_json(told)
        return
    for said in told["in_general"]:
        printing.line(said)
    for stage in told["stages"]:
        printing.line(f"  {stage['stage']:<28} {'; '.join(stage['cannot_say']) or 'answered'}")


def retrace(tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """Play every evaluation again, each as known then, and compare with what is on record."""
    owner = tenant_id(tenant)
    with opened() as house, house.database.tenant(owner) as conn:
        told = retracing.retrace(conn, owner).as_dict()
    if as_json:
        printing.as_json(told)
    else:
        printing.line(f"{told['looks']} looks played again, {told['facts']} facts came out")
        for one in told["differences"]:
            printing.line(f"  {one['stream']}")
            if one["engine"] is not None and one["engine"] != told["engine"]:
                was, now = one["engine"], told["engine"]
                printing.line(f"    differs, and was decided by engine {was}; this is engine {now}")
            printing.line(f"    on record: {one['recorded'] or 'nothing'}")
            printing.line(f"    played:    {one['retraced'] or 'nothing'}")
    if told["differences"]:
        raise SystemExit(1)


def _asked(house: House, owner: TenantId, asked: what_if.WhatIf) -> dict[str, Any]:
    with printing.progress() as bar:
        task = bar.add_task("schools", total=None)
        return what_if.ask(
            house.database,
            owner,
            asked,
            lambda done, of: bar.update(task, completed=done, total=of),
        )


def _rules(conn: Connection, owner: TenantId, rules: str) -> RuleSet:
    path = Path(rules)
    if path.is_file():
        return tried_out(path)
    try:
        return rules_by_name(conn, owner, rules)
    except RulesUnknown as error:
        fail(f"{error}; and there is no file {rules}")


def _assumed(written: str) -> Assumed:
    if written == NOBODY:
        return Assumed(None)
    if not written.isdecimal() or int(written) == 0:
        fail("--approve-after is a number of school days from 1, or never")
    return Assumed(int(written))


def _schools(conn: Connection, owner: TenantId, school: str) -> list[SchoolId] | None:
    if school == "all":
        return None
    try:
        return [find_school(conn, owner, school)]
    except SchoolUnknown:
        fail(f"no school {school} is known here: import it, or use --school all")


def _words(
    conn: Connection, owner: TenantId, schools: Sequence[SchoolId] | None, path: Path | None
) -> Mapping[SchoolId, Sequence[DayWord]]:
    """Read other days of one school; terms are not taken from the file."""
    if path is None:
        return {}
    if schools is None:
        fail("--calendar is about one school: name it with --school")
    roll = reads.school_roll(conn, owner, schools[0])
    if roll is None or not path.is_file():
        fail(f"the calendar {path} cannot be read")
    prepared = read_calendar(owner, path, roll, PLAIN)
    if prepared.problems or prepared.rows.keys() - {"calendar_day"}:
        said = "; ".join(f"row {one.row}: {one.code}" for one in prepared.problems)
        said = said or "it may name days, and no terms or hours"
        fail(f"the calendar {path} cannot be used: {said}")
    return {
        schools[0]: [
            DayWord(day.on_date, day.is_open, DayPart(day.part), day.year_group or None)
            for day in prepared.rows.get("calendar_day", [])
            if isinstance(day, CalendarDay)
        ]
    }


def _print_simulation(answer: dict[str, Any]) -> None:
    printing.line(f"{answer['on']}  {answer['source_id']}  {answer['rule_set']}")
    for stage in answer["stages"]:
        state = "fires" if stage["fires"] else "holds" if stage["condition_holds"] else ""
        printing.line(f"  {stage['stage']:<28} {state}")
        for condition in stage["conditions"]:
            printing.line(
                f"      {condition['metric']} {condition['threshold']}:"
                f" {condition['counted']}, {condition['missing'] or 'reached'}"
            )
        for why in (*stage["held_back_by"], *filter(None, [stage["not_computed"]])):
            printing.line(f"      {why}")
    for words in answer["not_done"]:
        printing.line(f"  {words}")


def _print_what_if(answer: dict[str, Any]) -> None:
    printing.line(f"{answer['from']} to {answer['to']}  {answer['rule_set']}")
    printing.line(f"  {answer['register']}")
    printing.line(f"  {answer['schools']} schools, {answer['pupils']} pupils; {answer['assumed']}")
    for stage in answer["stages"]:
        would, really = stage["entered"], stage["really_entered"]
        printing.line(f"  {stage['stage']:<28} {would:>7} entered, really {really}")
    for week in answer["weeks"]:
        would, really = week["would_be"], week["really"]
        printing.line(
            f"  week of {week['week_of']}: {would['letters']} letters ({really['letters']}),"
            f" {would['meetings']} meetings ({really['meetings']})"
        )

"""`anseo evaluate`: who reaches which stage on a day, by any rule set."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from api.commandline.rule_files import tried_out
from domain.attendance.rules import RuleSet, shipped_rule_set
from domain.shared.ids import SchoolId, TenantId
from infrastructure.register import reads as register
from infrastructure.register.evaluation import (
    SchoolUnknown,
    as_json,
    evaluate_school,
    find_school,
)
from infrastructure.runtime.evaluating import EvaluationBusy, Evaluator
from infrastructure.store.database import Connection
from infrastructure.wiring.house import House


def evaluate(
    school: Annotated[str, typer.Option(help="A school's id here or in its own system, or all.")],
    on: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="The day.")],
    rule_set: Annotated[
        Path | None, typer.Option(help="Rule set as JSON; else the default.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Only say what would follow.")] = False,
    tenant: Annotated[str, typer.Option(help="Short name of the tenant.")] = DEFAULT_TENANT,
    json_wanted: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say for each stage how many pupils reach it and who, with the numbers that decided."""
    if rule_set is not None and not dry_run:
        fail("--rule-set goes with --dry-run: to put a rule set into use, activate it first")
    rules = _rules(rule_set)
    who = tenant_id(tenant)
    with opened() as house:
        try:
            answer = _dry(house, who, school, on.date(), rules)
        except SchoolUnknown:
            fail(f"no school {school} is known here; import it, or use --school all")
            raise
        if not dry_run:
            _for_real(house, who, school, on.date())
    if json_wanted:
        printing.as_json(answer)
        return
    _print(answer)


def _rules(path: Path | None) -> RuleSet:
    return shipped_rule_set("ie-ladder-1") if path is None else tried_out(path)


def _dry(house: House, tenant: TenantId, school: str, on: date, rules: RuleSet) -> dict[str, Any]:
    with house.database.tenant(tenant) as conn:
        wanted: SchoolId | None = None
        if school != "all":
            wanted = find_school(conn, tenant, school)
        elif not register.schools(conn, tenant):
            raise SchoolUnknown(school)
        return as_json(evaluate_school(conn, tenant, wanted, on, rules))


def _for_real(house: House, tenant: TenantId, school: str, on: date) -> None:
    evaluator = Evaluator(house.database, house.ledger, house.settings.evaluate_at)
    with house.database.worker() as conn:
        wanted = _wanted(conn, tenant, school)
        chosen = [row for row in register.schools(conn, tenant) if wanted in {None, row.school}]
    for row in chosen:
        try:
            evaluator.evaluate(tenant, row, on)
        except EvaluationBusy:
            fail(f"somebody else is looking at {row.source_id} just now; ask again in a moment")


def _wanted(conn: Connection, tenant: TenantId, school: str) -> SchoolId | None:
    return None if school == "all" else find_school(conn, tenant, school)


def _print(answer: dict[str, Any]) -> None:
    printing.line(f"{answer['on']}  {answer['rule_set']}  (denominator: {answer['denominator']})")
    for stage in answer["stages"]:
        count = "not computed" if stage["count"] is None else stage["count"]
        printing.line(f"  {stage['stage']:<28} {count}")
        if stage.get("not_computed"):
            printing.line(f"      {stage['not_computed']}")
    for warning in answer["warnings"]:
        printing.line(f"  note: {warning}")

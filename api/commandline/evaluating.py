"""`anseo evaluate`: who reaches which stage on a day, and what follows from it."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from api.commandline.rule_files import tried_out
from domain.attendance.evaluate import Evaluation
from domain.attendance.jurisdictions import jurisdiction
from domain.attendance.rules import shipped_rule_set
from domain.kernel.refusals import Refusal
from domain.shared.ids import TenantId
from infrastructure.register import reads as register
from infrastructure.register.evaluation import (
    SchoolUnknown,
    as_json,
    evaluate_school,
    find_school,
    together,
)
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.evaluating import Evaluator, Looked
from infrastructure.runtime.previewing import Preview, preview
from infrastructure.wiring.house import House


def evaluate(
    school: Annotated[str, typer.Option(help="A school's id here or in its own system, or all.")],
    on: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="The day.")],
    rule_set: Annotated[
        Path | None, typer.Option(help="Rule set as JSON; else what decides at each school.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Only say what would follow.")] = False,
    tenant: Annotated[str, typer.Option(help="Short name of the tenant.")] = DEFAULT_TENANT,
    json_wanted: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say for each stage how many pupils reach it and who, with the numbers that decided.

    Without --dry-run what follows is stored, and the answer is what was stored.
    """
    if rule_set is not None and not dry_run:
        fail("--rule-set goes with --dry-run: to put a rule set into use, activate it first")
    rules = None if rule_set is None else tried_out(rule_set)
    who = tenant_id(tenant)
    with opened() as house:
        schools = _schools(house, who, school)
        if rules is not None:
            with house.database.tenant(who) as conn:
                wanted = None if school == "all" else schools[0].school
                answer = as_json(evaluate_school(conn, who, wanted, on.date(), rules))
        else:
            answer = _Asking(house, who, on.date(), stored=not dry_run).of(schools)
    if json_wanted:
        printing.as_json(answer)
    else:
        _print(answer)
    if answer.get("refused"):
        raise typer.Exit(1)


def _schools(house: House, tenant: TenantId, school: str) -> list[SchoolRow]:
    with house.database.tenant(tenant) as conn:
        known = register.schools(conn, tenant)
        try:
            wanted = None if school == "all" else find_school(conn, tenant, school)
        except SchoolUnknown:
            wanted, known = None, []
    found = [row for row in known if wanted in {None, row.school}]
    if not found:
        fail(f"no school {school} is known here; import it, or use --school all")
    return found


class _Asking:
    """Asks about schools one by one, each by the rule set that decides there."""

    def __init__(self, house: House, tenant: TenantId, on: date, *, stored: bool) -> None:
        self._house, self._tenant, self._on, self._stored = house, tenant, on, stored
        at = house.settings.evaluate_at
        self._evaluator = Evaluator(house.database, house.ledger, at)
        self._answers: list[Evaluation] = []
        self._looked: list[dict[str, Any]] = []
        self._without: list[dict[str, str]] = []
        self._refused: list[dict[str, str]] = []

    def of(self, schools: Sequence[SchoolRow]) -> dict[str, Any]:
        """Return the answer about some schools as it is printed."""
        for row in schools:
            self._ask(row)
        return {
            **as_json(*together(self._answers), on=self._on),
            "stored": self._stored,
            "schools": self._looked,
            "without_rules": self._without,
            "refused": self._refused,
        }

    def _ask(self, row: SchoolRow) -> None:
        try:
            found = self._look(row)
        except Refusal as no:
            self._refused.append({**_named(row), "code": no.code, "message": str(no)})
            return
        if found is not None:
            self._answers.append(found.answer)
            said = {"rule_set": found.answer.rule_set, "done": found.done, "left": found.left}
            self._looked.append({**_named(row), **msgspec.to_builtins(said)})
            return
        self._without.append({**_named(row), "jurisdiction": row.jurisdiction})
        if not self._stored:
            self._by_default(row)

    def _look(self, row: SchoolRow) -> Looked | Preview | None:
        if self._stored:
            return self._evaluator.evaluate(self._tenant, row, self._on)
        with self._house.database.tenant(self._tenant) as conn:
            return preview(conn, self._tenant, row, self._on)

    def _by_default(self, row: SchoolRow) -> None:
        """Try out the rule set that ships for a school's place, where none decides there yet."""
        name = jurisdiction(row.jurisdiction).default_rules
        if name is not None:
            rules = shipped_rule_set(name)
            with self._house.database.tenant(self._tenant) as conn:
                one = evaluate_school(conn, self._tenant, row.school, self._on, rules)
            self._answers.append(one)


def _named(row: SchoolRow) -> dict[str, str]:
    return {"school": str(row.school), "source_id": row.source_id}


def _print(answer: dict[str, Any]) -> None:
    printing.line(f"{answer['on']}  {answer['rule_set']}  (denominator: {answer['denominator']})")
    for stage in answer["stages"]:
        count = "not computed" if stage["count"] is None else stage["count"]
        printing.line(f"  {stage['stage']:<28} {count}")
        if stage.get("not_computed"):
            printing.line(f"      {stage['not_computed']}")
    for one in answer.get("without_rules", ()):
        where = f"{one['source_id']}: no rule set decides here ({one['jurisdiction']})"
        printing.line(f"  {where}; put one into use by anseo found, or anseo rules activate")
    for one in answer.get("refused", ()):
        printing.line(f"  {one['source_id']}: {one['message']} [{one['code']}]")
    for warning in answer["warnings"]:
        printing.line(f"  note: {warning}")

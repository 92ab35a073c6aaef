"""Pages of the run monitor: one query for each way to ask, each in the order of an index.

A filter that is not asked for is not in the query. A condition such as "no school was named, or it
is this one" would keep PostgreSQL from walking an index in its order, and a page of a million runs
would cost as much as all of them.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from projections.kit import Query
from projections.run_rows import RunStatus

FILTERS: Final[Mapping[str, str]] = {
    "student": "m.student_id = %(student)s",
    "guardian": "m.guardian_id = %(guardian)s",
    "playbook": "m.playbook_id = %(playbook)s",
    "stage": "m.stage = %(stage)s",
    "step": "m.current_step_id = %(step)s",
    "triggered_from": "m.triggered_at >= %(triggered_from)s",
    "triggered_to": "m.triggered_at < %(triggered_to)s",
}
STATUSES: Final = tuple(str(status) for status in RunStatus)
_FEW: Final = frozenset({"student", "guardian"})
_BEHIND: Final = "(m.triggered_at, m.key) > (%(after_at)s, %(after_key)s)"
_SORTED: Final = " order by m.triggered_at, m.key"
_ORDER: Final = f"{_SORTED} limit %(limit)s"
MOST: Final = 201
"""Rows that a page may ask for, the one that tells of more behind it included.

Written into the query: PostgreSQL would think a limit that it is not told to be a tenth of all
rows, and plan each page anew to know better, which takes longer than the page.
"""


def page(
    asked: Mapping[str, object], schools: Sequence[object] | None = None, *, behind: bool = False
) -> Query:
    """Return the query of a page for the filters that are not None.

    `schools`: only those, which the query is given as `school`. `behind`: from a place on.
    """
    named = tuple(name for name in FILTERS if asked.get(name) is not None)
    many = None if schools is None else len(schools) != 1
    return _page(named, one=asked.get("status") is not None, many=many, behind=behind)


@lru_cache(maxsize=1024)
def _page(named: tuple[str, ...], *, one: bool, many: bool | None, behind: bool) -> Query:
    """Write the query. `one` status or all of them; one school, `many`, or None for all.

    A person has few runs, so that they may be sorted. Of everything else each status is walked by
    itself, as far as the merged beginnings need it; and so is each of many schools, in an index
    alone, until it is known which rows the page shows.
    """
    few = not _FEW.isdisjoint(named)
    where = ["m.tenant = %(tenant)s"] + (["m.status = %(status)s"] if one else [])
    if many is not None:
        where.append(f"m.school_id = {_SCHOOL[many, few]}")
    where += [FILTERS[name] for name in named] + ([_BEHIND] if behind else [])
    apart = not (one or few)
    if not many or few:
        return Query("run_monitor", _walk("m.doc, m.triggered_at, m.key", where, apart=apart))
    return Query(
        "run_monitor",
        "select m.doc, m.triggered_at, m.key from (select few.key, few.triggered_at"
        " from unnest(%(school)s::uuid[]) as p (school) cross join lateral ("
        + _walk("m.triggered_at, m.key", where, apart=apart)
        + ") as few order by few.triggered_at, few.key limit %(limit)s) as page"
        " join {run_monitor} m on m.tenant = %(tenant)s and m.key = page.key" + _ORDER,
    )


def _walk(what: str, where: Sequence[str], *, apart: bool) -> str:
    """Write a walk in the order of an index, or one for each status, merged."""
    found = f"select {what} from {{run_monitor}} m where " + " and ".join(where)
    if not apart:
        return found + _ORDER
    each = (f"({found} and m.status = '{s}'{_SORTED} limit {MOST})" for s in STATUSES)
    return "select m.* from (" + " union all ".join(each) + ") as m" + _ORDER


_SCHOOL: Final = {
    (False, False): "(%(school)s::uuid[])[1]",
    (False, True): "(%(school)s::uuid[])[1]",
    (True, False): "p.school",
    (True, True): "any(%(school)s)",
}

"""Pages of the run monitor: one query for each way to ask, each in the order of an index.

A filter that is not asked for is not in the query. A condition such as "no school was named, or it
is this one" would keep PostgreSQL from walking an index in its order, and a page of a million runs
would cost as much as all of them.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
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
_ORDER: Final = " order by m.triggered_at, m.key"
_LIMIT: Final = " limit %(limit)s"
# As far as one walk may have to go: a usual page or the longest, and the row that tells of more.
# Written into the query: PostgreSQL would think a limit that it is not told to be a tenth of all
# rows, and plan each page anew to know better, which takes as long as the page. For the same reason
# it is not shown how many schools there are before it runs: a select by itself is not looked into.
_USUAL: Final = 51
_MOST: Final = 201


def page(
    asked: Mapping[str, object],
    schools: Sequence[object] | None = None,
    *,
    behind: bool = False,
    limit: int = _MOST,
) -> Query:
    """Return the query of a page for the filters that are not None.

    `schools`: only those, which the query is given as `school`. `behind`: from a place on. `limit`:
    as many rows as the query will be given as its limit, or more.
    """
    named = tuple(name for name in FILTERS if asked.get(name) is not None)
    many = None if schools is None else len(schools) != 1
    far = _USUAL if limit <= _USUAL else _MOST
    return _page(named, one=asked.get("status") is not None, many=many, behind=behind, far=far)


@lru_cache(maxsize=1024)
def _page(named: tuple[str, ...], *, one: bool, many: bool | None, behind: bool, far: int) -> Query:
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
    walk = _walk if one or few else partial(_each_status, far=far)
    if not many or few:
        return Query("run_monitor", walk("m.doc, m.triggered_at, m.key", where) + _LIMIT)
    return Query(
        "run_monitor",
        "select m.doc, m.triggered_at, m.key from (select few.key, few.triggered_at"
        " from unnest((select %(school)s::uuid[])) as p (school) cross join lateral ("
        + walk("m.triggered_at, m.key", where)
        + f" limit {far}) as few order by few.triggered_at, few.key limit {far}) as page"
        " join {run_monitor} m on m.tenant = %(tenant)s and m.key = page.key" + _ORDER + _LIMIT,
    )


def _walk(what: str, where: Sequence[str]) -> str:
    """Write a walk in the order of an index."""
    return f"select {what} from {{run_monitor}} m where " + " and ".join(where) + _ORDER


def _each_status(what: str, where: Sequence[str], far: int) -> str:
    """Write a walk of each status, merged."""
    walks = [_walk(what, [*where, f"m.status = '{status}'"]) for status in STATUSES]
    each = " union all ".join(f"({walk} limit {far})" for walk in walks)
    return f"select m.* from ({each}) as m{_ORDER}"


_SCHOOL: Final = {
    (False, False): "(%(school)s::uuid[])[1]",
    (False, True): "(%(school)s::uuid[])[1]",
    (True, False): "p.school",
    (True, True): "any(%(school)s)",
}

"""Pages of the run monitor: one query for each way to ask, each in the order of an index.

A filter that is not asked for is not in the query. A condition such as "no school was named, or it
is this one" would keep PostgreSQL from walking an index in its order, and a page of a million runs
would cost as much as all of them.
"""

from collections.abc import Mapping
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
_BEHIND: Final = "(m.triggered_at, m.key) > (%(after_at)s, %(after_key)s)"
_ORDER: Final = " order by m.triggered_at, m.key limit %(limit)s"


def page(asked: Mapping[str, object], *, schools: bool, behind: bool) -> Query:
    """Return the query of a page for the filters that are not None.

    `schools`: only those that `school` names; `behind`: from a place on. Without a status every
    status is walked by itself and the beginnings are merged.
    """
    named = tuple(name for name in FILTERS if asked.get(name) is not None)
    return _page(named, one=asked.get("status") is not None, schools=schools, behind=behind)


@lru_cache(maxsize=1024)
def _page(named: tuple[str, ...], *, one: bool, schools: bool, behind: bool) -> Query:
    where = ["m.tenant = %(tenant)s", "m.status = " + ("%(status)s" if one else "s.status")]
    where += ["m.school_id = p.school"] if schools else []
    where += [FILTERS[name] for name in named] + ([_BEHIND] if behind else [])
    walk = " from {run_monitor} m where " + " and ".join(where) + _ORDER
    if one and not schools:
        return Query("run_monitor", "select m.doc, m.triggered_at, m.key" + walk)
    apart = [] if one else [f"unnest(array{list(STATUSES)}) as s (status)"]
    apart += ["unnest(%(school)s::uuid[]) as p (school)"] if schools else []
    return Query(
        "run_monitor",
        "select m.doc, m.triggered_at, m.key from (select few.key, few.triggered_at from "
        + " cross join ".join(apart)
        + f" cross join lateral (select m.key, m.triggered_at{walk}) as few"
        " order by few.triggered_at, few.key limit %(limit)s) as page"
        " join {run_monitor} m on m.tenant = %(tenant)s and m.key = page.key" + _ORDER,
    )

"""Facts about a return that a school owes. What it says of children is made and kept elsewhere."""

from datetime import date

from domain.kernel.facts import Event, fact
from domain.shared.ids import RuleSetId, SchoolId


@fact("owed_return.opened")
class ReturnOpened(Event):
    """The time came in which a return is made. `due_on` is its last day.

    `name`, what it `covers` and the `role` that is asked stand in the rule set; `school_year_from`
    is the nominal first day of the school year.
    """

    school_id: SchoolId
    rule_set_id: RuleSetId
    name: str
    covers: str
    role: str
    cumulative: bool
    school_year_from: date
    opens_on: date
    due_on: date


@fact("owed_return.due_moved")
class ReturnDueMoved(Event):
    """The school year ends on another day than was known, and the last day of the return with it.

    `runs_again` says that it had been told past due, and is not any more.
    """

    due_on: date
    runs_again: bool = False


@fact("owed_return.due_passed")
class ReturnDuePassed(Event):
    """The last day has passed, and nobody has said that the return was made. Said once."""

    due_on: date


@fact("owed_return.submitted")
class ReturnSubmitted(Event):
    """A named person says that the return was made; `reference` is the authority's, if it gave one.

    `late` says that it was made after its last day.
    """

    submitted_on: date
    submitted_by: str
    reference: str = ""
    late: bool = False


ReturnEvent = ReturnOpened | ReturnDueMoved | ReturnDuePassed | ReturnSubmitted

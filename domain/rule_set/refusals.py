"""Why a rule set may say no."""

from domain.kernel.refusals import Conflict, NotFound, NotNow


class RuleSetUnknown(NotFound):
    """There is no such rule set."""

    code = "rule-set-unknown"


class RuleSetExists(Conflict):
    """There is a rule set with this id already: change it, or write another id."""

    code = "rule-set-exists"


class NothingDrafted(NotNow):
    """There is no draft to put into use: write one first."""

    code = "nothing-drafted"

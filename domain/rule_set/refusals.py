"""Why a rule set may say no."""

from domain.kernel.refusals import Conflict, Invalid, NotFound, NotNow


class RuleSetUnknown(NotFound):
    """There is no such rule set."""

    code = "rule-set-unknown"


class RuleSetVersionUnknown(NotFound):
    """The rule set has no such version."""

    code = "rule-set-version-unknown"


class RuleSetExists(Conflict):
    """There is a rule set with this id already: change it, or write another id."""

    code = "rule-set-exists"


class NothingDrafted(NotNow):
    """There is no draft to put into use: write one first."""

    code = "nothing-drafted"


class RuleSetFaulty(Invalid):
    """The rule set cannot be used: each error says where, what, and what would be right."""

    code = "rule-set-faulty"


class RuleSetElsewhere(Invalid):
    """The rule set is another place's: none of the schools concerned lies there."""

    code = "rule-set-elsewhere"


class RuleSetOver(Invalid):
    """The rule set's last day is over: it would decide nothing any more."""

    code = "rule-set-over"


class RuleSetRenamed(Invalid):
    """The id inside a rule set never changes: write a new rule set under the new id."""

    code = "rule-set-renamed"

"""Why a playbook may say no."""

from domain.kernel.refusals import Conflict, Invalid, NotFound, NotNow


class PlaybookFaulty(Invalid):
    """The playbook cannot be used as it is."""

    code = "playbook-faulty"


class PlaybookUnknown(NotFound):
    """There is no such playbook."""

    code = "playbook-unknown"


class PlaybookExists(Conflict):
    """There is a playbook with this id already: change it, or begin another."""

    code = "playbook-exists"


class NoDraft(NotNow):
    """There is no draft to put into use: write one first."""

    code = "playbook-not-drafted"


class TextMissing(NotNow):
    """A step names a text that nobody has approved: nothing could be said by it."""

    code = "playbook-text-missing"


class StepExists(Conflict):
    """A step of the playbook has this id already."""

    code = "playbook-step-exists"


class StepNotThere(NotFound):
    """The playbook has no step of this id."""

    code = "playbook-step-unknown"


class StepRenamed(Invalid):
    """A step keeps its id: remove it, and add another."""

    code = "playbook-step-renamed"


class VersionNotThere(NotFound):
    """The playbook has no version of this number."""

    code = "playbook-version-unknown"


class NotInUse(NotNow):
    """No version of the playbook is in use at this school."""

    code = "playbook-not-in-use"


class NeverInUse(NotNow):
    """This version was never put into use: runs move to one that was."""

    code = "playbook-never-in-use"

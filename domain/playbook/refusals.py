"""Why a playbook may say no."""

from domain.kernel.refusals import Invalid, NotFound


class PlaybookFaulty(Invalid):
    """The playbook cannot be used as it is."""

    code = "playbook-faulty"


class PlaybookUnknown(NotFound):
    """There is no such playbook."""

    code = "playbook-unknown"

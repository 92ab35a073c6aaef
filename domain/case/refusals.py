"""Why a case may say no."""

from domain.kernel.refusals import NotFound


class CaseUnknown(NotFound):
    """There is no such case."""

    code = "case-unknown"

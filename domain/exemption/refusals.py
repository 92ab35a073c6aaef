"""Why an exemption may be refused."""

from domain.kernel.refusals import Invalid, NotFound


class ExemptionEndsBeforeStart(Invalid):
    """The last day of an exemption lies before its first."""

    code = "exemption-ends-before-start"


class ExemptionUnknown(NotFound):
    """This student has no such exemption."""

    code = "exemption-unknown"

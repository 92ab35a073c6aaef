"""What this room refuses. No message holds a value: values are people's names and addresses."""

from enum import StrEnum


class TextProblem(Exception):
    """A text cannot be made from its template."""


class TemplateNotFound(TextProblem):
    """No template has this key, neither in the language asked for nor in English."""

    def __init__(self, key: str, language: str) -> None:
        self.key = key
        self.language = language
        super().__init__(f"no template {key} in {language} or en")


class TemplateForbidden(TextProblem):
    """A template says something that templates may not say, or does not fit its manifest."""

    def __init__(self, template: str, reason: str, line: int = 0) -> None:
        self.template = template
        self.reason = reason
        self.line = line
        where = f"line {line}: " if line else ""
        super().__init__(f"template {template}: {where}{reason}")


class TemplateFieldProblem(TextProblem):
    """One field of one template is wrong; both are named."""

    why = "is wrong"

    def __init__(self, template: str, field: str) -> None:
        self.template = template
        self.field = field
        super().__init__(f"template {template}: field {field} {self.why}")


class TemplateFieldMissing(TemplateFieldProblem):
    """A declared field was not given: "Dear ," must never be printed."""

    why = "is missing"


class TemplateFieldEmpty(TemplateFieldProblem):
    """A declared field was given without content."""

    why = "is empty"


class TemplateFieldUnknown(TemplateFieldProblem):
    """A field was given that the template does not declare."""

    why = "is not declared"


class TemplateFieldUnfit(TemplateFieldProblem):
    """A field has the wrong type, is too long, or holds characters that do not belong there."""

    why = "does not fit its type"


class TextTooLong(TextProblem):
    """The finished text is longer than its kind may be."""

    def __init__(self, template: str, limit: int) -> None:
        self.template = template
        self.limit = limit
        super().__init__(f"template {template}: the text is over {limit} characters")


class Cause(StrEnum):
    """Why a letter was not printed. The written names are kept in facts: never edit one."""

    TOO_LARGE = "too-large"
    TOO_MANY_ELEMENTS = "too-many-elements"
    TOO_MANY_CELLS = "too-many-cells"
    TOO_DEEP = "too-deep"
    UNPRINTABLE = "unprintable"
    OUTSIDE_RESOURCE = "outside-resource"
    OUT_OF_MEMORY = "out-of-memory"
    STALLED = "stalled"
    DIED = "died"
    BROKEN = "broken"


class LetterFailed(Exception):
    """This letter cannot be printed as it stands; others can. Only a change of it helps."""

    def __init__(self, cause: Cause, detail: str = "") -> None:
        self.cause = cause
        self.detail = detail
        super().__init__(f"{cause.value}: {detail}" if detail else cause.value)


class RendererMissing(Exception):
    """Letters cannot be printed on this machine until a system library is installed."""

    def __init__(self, reason: str, remedy: str) -> None:
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{reason}; {remedy}")

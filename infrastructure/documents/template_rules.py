"""What a template may say: fields, a condition on a field, and one filter. Nothing that computes.

The list of allowed syntax is the wall: without loops, calls, attributes and arithmetic a template
ends in time linear in its length. The sandbox behind it is the second net.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from infrastructure.documents.errors import TemplateForbidden

_ALLOWED: Final = (
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.If,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Const,
    nodes.Filter,
)

_COUNTED_WORDS: Final = 2


def counted(number: int, one: str, many: str) -> str:
    """Return `1 school day` or `15 school days`."""
    return f"{number} {one if number == 1 else many}"


def _environment(*, escape: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(autoescape=escape, undefined=StrictUndefined)
    environment.filters = {"counted": counted}
    environment.globals = {}
    environment.tests = {}
    return environment


_HTML: Final = _environment(escape=True)
_PLAIN: Final = _environment(escape=False)


@dataclass(frozen=True, slots=True)
class Use:
    """A place where a field stands; `asked` are the fields that must hold something there."""

    field: str
    line: int
    printed: bool
    asked: frozenset[str]


def compiled(name: str, source: str, *, escape: bool) -> tuple[Template, frozenset[str]]:
    """Return the template and the fields that it uses, or say what it may not say."""
    used = frozenset(use.field for use in uses(name, source))
    return (_HTML if escape else _PLAIN).from_string(source), used


def uses(name: str, source: str) -> tuple[Use, ...]:
    """Return each place where a field is used.

    Raises:
        TemplateForbidden: with the line of what is not allowed.
    """
    try:
        tree = _PLAIN.parse(source)
        return tuple(_uses(name, tree.body, frozenset()))
    except TemplateSyntaxError as error:
        raise TemplateForbidden(name, str(error.message), error.lineno) from error
    except RecursionError as error:
        raise TemplateForbidden(name, "too deeply nested") from error


def is_plain(source: str) -> bool:
    """Say whether a text only fills in fields: no condition, and no words chosen by a number."""
    tree = _PLAIN.parse(source)
    return tree.find(nodes.If) is None and tree.find(nodes.Filter) is None


def _uses(name: str, parts: Iterable[nodes.Node], asked: frozenset[str]) -> Iterator[Use]:
    """Walk every node; yield the fields."""
    for node in parts:
        _refuse(name, node)
        if isinstance(node, nodes.Name):
            yield Use(node.name, node.lineno, printed=True, asked=asked)
        elif isinstance(node, nodes.If):
            for use in _uses(name, [node.test], asked):
                yield replace(use, printed=False)
            yield from _uses(name, node.body, asked | _holding(node.test))
            yield from _uses(name, [*node.elif_, *node.else_], asked)
        else:
            yield from _uses(name, node.iter_child_nodes(), asked)


def _holding(test: nodes.Node) -> frozenset[str]:
    """Return the fields that hold something where a condition is met."""
    match test:
        case nodes.Name(name=field):
            return frozenset({field})
        case nodes.And(left=left, right=right):
            return _holding(left) | _holding(right)
        case _:
            return frozenset()


def _refuse(name: str, node: nodes.Node) -> None:
    if not isinstance(node, _ALLOWED):
        kind = type(node).__name__.lower()
        raise TemplateForbidden(name, f"{kind} is not allowed", node.lineno)
    if isinstance(node, nodes.Filter) and not _plain(node):
        raise TemplateForbidden(name, f"{node.name} wants two plain words", node.lineno)


def _plain(node: nodes.Filter) -> bool:
    words = [arg.value for arg in node.args if isinstance(arg, nodes.Const)]
    spread = node.kwargs or node.dyn_args or node.dyn_kwargs
    return not spread and len(words) == len(node.args) == _COUNTED_WORDS

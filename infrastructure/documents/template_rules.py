"""What a template may say: fields, a condition on a field, and one filter. Nothing that computes.

The list of allowed syntax is the wall: without loops, calls, attributes and arithmetic a template
ends in time linear in its length. The sandbox behind it is the second net.
"""

from collections.abc import Iterator
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


def compiled(name: str, source: str, *, escape: bool) -> tuple[Template, frozenset[str]]:
    """Return the template and the fields that it uses, or say what it may not say."""
    environment = _HTML if escape else _PLAIN
    try:
        tree = environment.parse(source)
        used = frozenset(_fields(name, tree))
        return environment.from_string(source), used
    except TemplateSyntaxError as error:
        raise TemplateForbidden(name, f"line {error.lineno}: {error.message}") from error
    except RecursionError as error:
        raise TemplateForbidden(name, "too deeply nested") from error


def _fields(name: str, tree: nodes.Template) -> Iterator[str]:
    """Walk every node; yield the names of fields."""
    open_nodes: list[nodes.Node] = list(tree.iter_child_nodes())
    while open_nodes:
        node = open_nodes.pop()
        if not isinstance(node, _ALLOWED):
            kind = type(node).__name__.lower()
            raise TemplateForbidden(name, f"line {node.lineno}: {kind} is not allowed")
        if isinstance(node, nodes.Filter) and not _plain(node):
            raise TemplateForbidden(name, f"line {node.lineno}: {node.name} wants two plain words")
        if isinstance(node, nodes.Name):
            yield node.name
        open_nodes.extend(node.iter_child_nodes())


def _plain(node: nodes.Filter) -> bool:
    words = [arg.value for arg in node.args if isinstance(arg, nodes.Const)]
    spread = node.kwargs or node.dyn_args or node.dyn_kwargs
    return not spread and len(words) == len(node.args) == _COUNTED_WORDS

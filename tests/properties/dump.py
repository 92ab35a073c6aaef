"""A state as text that does not depend on the order in which sets and dictionaries grew."""

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec

from domain.kernel.aggregate import Aggregate


def dump(state: Aggregate[Any, Any]) -> str:
    """Return everything that an aggregate remembers."""
    return json.dumps(_plain(vars(state)), sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_plain(inner) for inner in value), key=str)
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if hasattr(value, "__dict__") and not isinstance(value, Enum):
        return _plain(vars(value))
    return msgspec.to_builtins(value)

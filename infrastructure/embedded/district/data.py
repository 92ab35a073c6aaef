"""The made-up names, schools and texts that lie beside the code."""

import json
from functools import cache
from importlib import resources
from typing import Any


@cache
def told(name: str) -> Any:
    """Return what one of the files says."""
    return json.loads((resources.files(__package__) / f"{name}.json").read_bytes())

"""Named places where a test can stop the process at once, as kill -9 would.

`ANSEO_CRASH_AT=send.after_attempt:3` ends the process at the third time that place is reached.
Without the variable a crash point costs one dictionary look-up. Used by the kill tests only.
"""

import os
from typing import Final

CRASH_POINTS: Final = (
    "send.before_attempt",
    "send.after_attempt",
    "send.after_call",
    "send.after_outcome",
    "react.before_commit",
    "react.after_commit",
    "project.before_commit",
    "project.after_commit",
    "tick.before_commit",
    "tick.after_commit",
    "letter.after_render",
    "letter.after_store",
    "relay.after_publish",
    "relay.after_position",
    "import.after_stage",
)

_left: Final[dict[str, int]] = {}
for _wish in filter(None, os.environ.get("ANSEO_CRASH_AT", "").split(",")):
    _name, _, _count = _wish.partition(":")
    if _name not in CRASH_POINTS:
        raise ValueError(f"ANSEO_CRASH_AT names no crash point: {_name}")
    _left[_name] = int(_count or 1)


def crash_point(name: str) -> None:
    """End the process here, when the environment says so."""
    if name in _left:
        _left[name] -= 1
        if _left[name] <= 0:
            os._exit(137)

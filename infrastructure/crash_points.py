"""Named places where a test can stop the process at once, as kill -9 would.

`ANSEO_CRASH_AT=send.after_attempt:3` ends the process at the third time that place is reached;
`*:17` at the seventeenth place of any name, and `*:0` never, but keeps a trail of all of them.
Without the variable a crash point costs two dictionary look-ups. Used by the kill tests only.
"""

import os
from typing import Final

CRASH_POINTS: Final = (
    "store.before_commit",
    "store.after_commit",
    "group.before_commit",
    "group.after_commit",
    "send.before_attempt",
    "send.after_attempt",
    "send.after_call",
    "send.before_look_up",
    "send.after_look_up",
    "send.after_outcome",
    "react.before_commit",
    "react.after_commit",
    "project.before_commit",
    "project.after_commit",
    "rebuild.before_commit",
    "rebuild.after_commit",
    "rebuild.after_index",
    "rebuild.before_swap",
    "rebuild.after_swap",
    "tick.before_commit",
    "tick.after_commit",
    "letter.after_render",
    "letter.after_store",
    "relay.after_publish",
    "relay.after_position",
    "import.after_stage",
    "seal.before_commit",
    "seal.after_commit",
)

ANYWHERE: Final = "*"
trail: Final[list[str]] = []  # the places passed so far, kept while any place may be the last one
_left: Final[dict[str, int]] = {}


def arm(wishes: str) -> None:
    """Let this process end where the wishes say; forget the wishes before."""
    _left.clear()
    trail.clear()
    for wish in filter(None, wishes.split(",")):
        name, _, count = wish.partition(":")
        if name not in {*CRASH_POINTS, ANYWHERE}:
            raise ValueError(f"ANSEO_CRASH_AT names no crash point: {name}")
        _left[name] = int(count or 1)


def crash_point(name: str) -> None:
    """End the process here, when the environment says so."""
    if ANYWHERE in _left:
        trail.append(name)
        _count(ANYWHERE)
    if name in _left:
        _count(name)


def _count(wish: str) -> None:
    _left[wish] -= 1
    if _left[wish] == 0:
        os._exit(137)


arm(os.environ.get("ANSEO_CRASH_AT", ""))

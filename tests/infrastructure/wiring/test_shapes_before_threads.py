"""A sender ended by itself with a segmentation fault: two threads met one shape for the first time.

Found by a chaos run, in which processes start a hundred times. Here many shapes are met at once.
"""

import signal
import subprocess
import sys
from typing import Final

from tests.support.rig import ROOT, clean_environment

MEETING: Final = """
import sys, threading
import msgspec
from infrastructure.wiring.shapes import prepare

PARTS, SHAPES = 20, 300
sys.setswitchinterval(1e-6)
whole = b"{" + b",".join(b'"f%d":{"x":1}' % n for n in range(PARTS)) + b"}"
shapes = []
for n in range(SHAPES):
    field = ("z", dict[str, list[int]], msgspec.field(default_factory=dict))
    parts = [msgspec.defstruct(f"Part{n}_{k}", [("x", int), field]) for k in range(PARTS)]
    fields = [(f"f{k}", part | None, None) for k, part in enumerate(parts)]
    shapes.append(msgspec.defstruct(f"Shape{n}", fields))
if "prepared" in sys.argv:
    prepare()
for shape in shapes:
    together = threading.Barrier(4)
    def meet():
        together.wait()
        msgspec.json.decode(whole, type=shape)
    threads = [threading.Thread(target=meet) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def ending(*arguments: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", MEETING, *arguments],
        cwd=ROOT,
        env=clean_environment(),
        check=False,
    )
    return done.returncode


def test_threads_that_meet_prepared_shapes_at_once_are_well() -> None:
    assert ending("prepared") == 0


def test_the_control_shapes_that_were_not_prepared_end_the_process() -> None:
    """When this no longer fails, msgspec was mended and `prepare` may go."""
    assert ending() == -signal.SIGSEGV

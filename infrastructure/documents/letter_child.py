"""The letter process: `python -m infrastructure.documents.letter_child FOLDER [--keep-account]`.

It reads jobs from its standard input, a socket, and answers there. An error that nobody foresaw
ends it: the press starts another, and no letter inherits a broken state.
"""

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final

from infrastructure.documents import letter_guard
from infrastructure.documents.errors import Cause
from infrastructure.documents.letter_frames import (
    Answer,
    Failed,
    Isolation,
    Job,
    Missing,
    PressReport,
    Printed,
    Ready,
    framed,
    job_decoder,
    read_frame,
)

KEEP_ACCOUNT: Final = "--keep-account"
_CHANNEL: Final = 0
_EXIT_MISSING: Final = 3

Printer = Callable[[Job], Printed | Failed]


def main() -> None:
    """Shut ourselves away, warm up, then print until the press hangs up."""
    sys.excepthook = _say_and_die
    folder = Path(sys.argv[1])
    network = letter_guard.cut_network()
    letter_guard.limit_resources()
    report, press = _made_ready(folder, network, keep=KEEP_ACCOUNT in sys.argv[2:])
    # Collected between letters instead of inside them; what is warm by now is never looked at.
    gc.collect()
    gc.freeze()
    gc.disable()
    _say(Ready(report))
    _serve(press)


def _made_ready(folder: Path, network: str, *, keep: bool) -> tuple[PressReport, Printer]:
    try:
        # Here and nowhere else: a machine without Pango fails at this import.
        from infrastructure.documents import letter_layout  # noqa: PLC0415
    except (OSError, ImportError) as error:
        _say(Missing(str(error).partition("\n")[0][:200]))
        sys.exit(_EXIT_MISSING)
    assets = letter_layout.packaged()
    # The first letter loads what is loaded late, while this account may still read our package.
    letter_layout.LetterLayout(assets).print(letter_layout.WARM_UP)
    account = letter_guard.drop_account(folder, keep=keep)
    press = letter_layout.LetterLayout(assets)
    letter_guard.guard_calls(folder)
    press.print(letter_layout.WARM_UP)
    isolation = Isolation(
        network=network,
        account=account,
        memory_mb=letter_guard.MEMORY_MB,
        cpu_seconds_per_letter=letter_guard.CPU_SECONDS,
        guarded_calls=True,
    )
    return letter_layout.described(assets, isolation), press.print


def _serve(press: Printer) -> None:
    while (frame := read_frame(_read)) is not None:
        letter_guard.limit_next_letter()
        _say(press(job_decoder.decode(frame)))
        gc.collect()


def _read(size: int) -> bytes:
    return os.read(_CHANNEL, size)


def _say(answer: Answer) -> None:
    data = memoryview(framed(answer))
    while data:
        data = data[os.write(_CHANNEL, data) :]


def _say_and_die(
    kind: type[BaseException], _error: BaseException, _trace: TracebackType | None
) -> None:
    """Tell the kind of the error, never its text: that could quote the letter."""
    cause = Cause.BROKEN
    if issubclass(kind, MemoryError):
        cause = Cause.OUT_OF_MEMORY
    elif issubclass(kind, RecursionError):
        cause = Cause.TOO_DEEP
    _say(Failed(cause, kind.__name__, dying=True))


if __name__ == "__main__":
    main()

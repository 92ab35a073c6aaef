"""One letter process as its press sees it: start, ask with a time limit, end."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

import msgspec

from infrastructure.documents.errors import Cause, LetterFailed, RendererMissing
from infrastructure.documents.letter_child import KEEP_ACCOUNT
from infrastructure.documents.letter_frames import (
    Answer,
    Failed,
    Job,
    Missing,
    PressReport,
    Printed,
    Ready,
    answer_decoder,
    framed,
    read_frame,
)

CHILD: Final = (sys.executable, "-m", "infrastructure.documents.letter_child")
_PACKAGES: Final = Path(__file__).parents[2]
_START_SECONDS: Final = 60.0
_END_SECONDS: Final = 5.0
_APT: Final = (
    "apt-get install --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)
_REMEDY: Final = {
    "linux": f"install it with: {_APT}",
    "darwin": "install it with: brew install pango",
}

_LOOK: Final = "print a letter with `python -m weasyprint` to see what is wrong"


class LetterWorker:
    """A child process that prints. Whatever goes wrong with it, it is ended and replaced."""

    def __init__(self, command: Sequence[str], *, keep_account: bool = False) -> None:
        self.printed = 0
        self.keeps_account = keep_account
        self._folder = tempfile.TemporaryDirectory(
            prefix="anseo-letters-", ignore_cleanup_errors=True
        )
        self._channel, theirs = socket.socketpair()
        flags = (KEEP_ACCOUNT,) if keep_account else ()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [*command, self._folder.name, *flags],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self._folder.name,
                env=_environment(Path(self._folder.name)),
            )

    @classmethod
    def ready(cls, command: Sequence[str]) -> tuple[Self, PressReport]:
        """Start one and wait until it is warm; as root again when `nobody` cannot lay out."""
        worker = cls(command)
        try:
            return worker, worker.wait_ready()
        except LetterFailed:
            worker = cls(command, keep_account=True)
        try:
            return worker, worker.wait_ready()
        except LetterFailed as error:
            raise RendererMissing(f"the letter process does not start: {error}", _LOOK) from error

    def wait_ready(self) -> PressReport:
        """Return what the child says about itself when it is warm."""
        match self._answer(time.monotonic() + _START_SECONDS):
            case Ready(report):
                return report
            case Missing(reason):
                self.end()
                raise RendererMissing(reason, _REMEDY.get(sys.platform, "install Pango"))
            case Failed(cause, detail):
                self.end()
                raise LetterFailed(cause, detail)
            case Printed():
                self.end()
                raise LetterFailed(Cause.BROKEN, "the letter process spoke out of turn")

    def ask(self, job: Job, patience: float) -> Printed | Failed:
        """Print one letter; a child that gives no proper answer in time is ended."""
        deadline = time.monotonic() + patience
        try:
            self._channel.settimeout(patience)
            self._channel.sendall(framed(job))
        except TimeoutError:
            self.end()
            return Failed(Cause.STALLED, f"over {patience:g} s")
        except OSError:
            return Failed(Cause.DIED, self.end())
        answer = self._answer(deadline)
        match answer:
            case Printed():
                self.printed += 1
                return answer
            case Failed(dying=dying):
                if dying:
                    self.end()
                return answer
            case Ready() | Missing():
                self.end()
                return Failed(Cause.BROKEN, "the letter process spoke out of turn")

    @property
    def alive(self) -> bool:
        """Say whether it can still be asked."""
        return self._process.returncode is None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def end(self) -> str:
        """End the child, however it feels about that; say how it ended."""
        self._channel.close()
        if self._process.poll() is None:
            self._process.kill()
        code = self._process.wait(_END_SECONDS)
        self._folder.cleanup()
        return f"signal {-code}" if code < 0 else f"exit {code}"

    def _answer(self, deadline: float) -> Answer:
        def read(size: int) -> bytes:
            self._channel.settimeout(max(0.001, deadline - time.monotonic()))
            return self._channel.recv(size)

        try:
            frame = read_frame(read)
            if frame is not None:
                return answer_decoder.decode(frame)
        except TimeoutError:
            self.end()
            return Failed(Cause.STALLED, "no answer in time")
        except (OSError, msgspec.MsgspecError):
            pass
        return Failed(Cause.DIED, self.end())


def _environment(folder: Path) -> dict[str, str]:
    """Return the child's whole environment: none of ours, so no password reaches it.

    Its font configuration names no font of the machine: letters look the same everywhere. The
    fixed epoch keeps fontTools from writing the time into fonts where HarfBuzz cannot cut them.
    """
    config = folder / "fonts.conf"
    config.write_text(
        f'<?xml version="1.0"?><fontconfig><cachedir>{folder}/cache</cachedir></fontconfig>',
        encoding="utf-8",
    )
    return {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "FONTCONFIG_FILE": str(config),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join((str(_PACKAGES), *filter(os.path.isabs, sys.path))),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SOURCE_DATE_EPOCH": "0",
        "DYLD_FALLBACK_LIBRARY_PATH": "/opt/homebrew/lib:/usr/local/lib:/usr/lib",
    }

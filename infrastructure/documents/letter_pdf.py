"""The letter press: HTML in, PDF/UA out, through child processes that cannot reach anything."""

import queue
import re
from collections.abc import Sequence
from datetime import date
from types import TracebackType
from typing import Final, Self

from infrastructure.documents.errors import Cause, LetterFailed, RendererMissing
from infrastructure.documents.letter_frames import Failed, Isolation, Job, PressReport, Printed
from infrastructure.documents.letter_worker import CHILD, LetterWorker

LARGEST_BYTES: Final = 256 * 1024
LONGEST_TITLE: Final = 200
PATIENCE_SECONDS: Final = 20.0
RECYCLE_AFTER: Final = 500
_WARM_NEXT_FROM: Final = 0.9
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class LetterPress:
    """Prints letters. Threads share it: as many letters at a time as it has workers.

    Workers start with the first letter and live until `recycle_after` letters or a failure.
    """

    def __init__(
        self,
        workers: int = 1,
        *,
        patience: float = PATIENCE_SECONDS,
        recycle_after: int = RECYCLE_AFTER,
        command: Sequence[str] = CHILD,
    ) -> None:
        self._patience = patience
        self._workers = workers
        self._seats: queue.LifoQueue[_Seat] = queue.LifoQueue()
        for _ in range(workers):
            self._seats.put(_Seat(command, recycle_after))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def render(self, html: str, title: str, language: str, on: date) -> bytes:
        """Return the letter as PDF/UA: the same bytes for the same arguments and edition.

        Raises `LetterFailed` when this letter cannot be printed and `RendererMissing` when none
        can. The title ends up in the file's metadata: it names no person.
        """
        job = _job(html, title, language, on)
        seat = self._seats.get()
        try:
            answer = seat.print(job, self._patience)
        finally:
            self._seats.put(seat)
        if isinstance(answer, Failed):
            raise LetterFailed(answer.cause, answer.detail)
        return answer.pdf

    def report(self) -> PressReport:
        """Return what prints the letters here; starts a worker when none runs."""
        seat = self._seats.get()
        try:
            return seat.report()
        finally:
            self._seats.put(seat)

    def isolation(self) -> Isolation:
        """Return how far the workers are shut away on this machine."""
        return self.report().isolation

    def close(self) -> None:
        """End the workers when their letters are done. A later letter would start new ones."""
        seats = [self._seats.get() for _ in range(self._workers)]
        for seat in seats:
            seat.clear()
            self._seats.put(seat)


class _Seat:
    """The place of one worker; near the end of its time the next one warms up beside it."""

    def __init__(self, command: Sequence[str], recycle_after: int) -> None:
        self._command = command
        self._recycle_after = recycle_after
        self._worker: LetterWorker | None = None
        self._next: LetterWorker | None = None
        self._report: PressReport | None = None

    def print(self, job: Job, patience: float) -> Printed | Failed:
        answer = self._seated()[0].ask(job, patience)
        self._look_ahead()
        return answer

    def report(self) -> PressReport:
        return self._seated()[1]

    def clear(self) -> None:
        for worker in (self._worker, self._next):
            if worker is not None:
                worker.end()
        self._worker = self._next = self._report = None

    def _seated(self) -> tuple[LetterWorker, PressReport]:
        if self._worker is not None and not self._worker.alive:
            self._worker.end()
            self._worker = None
        if self._worker is None or self._report is None:
            self._worker, self._report = self._warm()
        return self._worker, self._report

    def _warm(self) -> tuple[LetterWorker, PressReport]:
        """Take the one that warmed up meanwhile, when there is one."""
        waiting, self._next = self._next, None
        if waiting is not None:
            try:
                return waiting, waiting.wait_ready()
            except (LetterFailed, RendererMissing):
                pass  # an ordinary start follows, and says what is wrong if it lasts
        return LetterWorker.ready(self._command)

    def _look_ahead(self) -> None:
        worker = self._worker
        if worker is None or not worker.alive:
            return
        if worker.printed >= self._recycle_after:
            worker.end()
        elif self._next is None and worker.printed >= self._recycle_after * _WARM_NEXT_FROM:
            self._next = LetterWorker(self._command, keep_account=worker.keeps_account)


def _job(html: str, title: str, language: str, on: date) -> Job:
    if not _LANGUAGE.fullmatch(language):
        raise ValueError("the language of a letter is a tag such as en or ga")
    try:
        size = len(html.encode())
        title.encode()
    except UnicodeEncodeError:
        raise LetterFailed(Cause.UNPRINTABLE, "half a character") from None
    if size > LARGEST_BYTES or len(title) > LONGEST_TITLE:
        raise LetterFailed(Cause.TOO_LARGE, f"over {LARGEST_BYTES} bytes or its title over limit")
    return Job(html=html, title=title, language=language, on=on)

"""Bombs, stalls and kills: every letter gets an answer, and the next one is printed."""

import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter

import pytest

from infrastructure.documents.errors import Cause, LetterFailed, RendererMissing
from infrastructure.documents.letter_guard import MEMORY_MB
from infrastructure.documents.letter_pdf import LARGEST_BYTES, LetterPress
from infrastructure.documents.letter_worker import LetterWorker
from tests.infrastructure.documents.letter_samples import ON, words

STALLING = '<div style="display:flex">' * 30 + "x"


@pytest.fixture(scope="module")
def hasty() -> Iterator[LetterPress]:
    with LetterPress(patience=2) as press:
        press.report()
        yield press


def worker_of(press: LetterPress) -> LetterWorker:
    worker = press._seats.queue[0]._worker
    assert worker is not None
    return worker


def fails(press: LetterPress, html: str) -> LetterFailed:
    with pytest.raises(LetterFailed) as caught:
        press.render(html, "t", "en", ON)
    return caught.value


def prints(press: LetterPress) -> bool:
    return words(press.render("<p>Slán", "t", "en", ON)) == "Slán"


REFUSED = {
    "nine thousand cells": ("<table>" + ("<tr>" + "<td>x" * 30) * 300, Cause.TOO_MANY_ELEMENTS),
    "too many cells": ("<table>" + ("<tr>" + "<td>x" * 30) * 60, Cause.TOO_MANY_CELLS),
    "too many rows": ("<table>" + "<tr><td>x" * 500, Cause.TOO_MANY_CELLS),
    "three thousand divs": ("<div>" * 3000 + "x", Cause.TOO_DEEP),
    "three thousand bolds": ("<b>" * 3000 + "x", Cause.TOO_DEEP),
    "nested tables": ("<table><tr><td>" * 12 + "x", Cause.TOO_DEEP),
    "a cell as wide as a street": ("<table><tr><td colspan=100000000>x", Cause.TOO_MANY_CELLS),
    "a cell as tall as a tower": ("<table><tr><td rowspan=60000>x", Cause.TOO_MANY_CELLS),
    "a column span": ("<table><col span=9999><tr><td>x", Cause.TOO_MANY_CELLS),
    "a span of a million digits": (f"<table><td colspan={'9' * 200_000}>x", Cause.TOO_MANY_CELLS),
    "ten thousand paragraphs": ("<p>x" * 10_000, Cause.TOO_MANY_ELEMENTS),
    "half a character": ("<p>\ud800", Cause.UNPRINTABLE),
}
HEAVY = {
    "a grid of a billion rows": '<div style="display:grid"><p style="grid-row:1000000000">x',
    "leaders without end": '<style>p::after{content:leader(".")}</style>' + "<p>x" * 3000,
    "flexes in flexes": STALLING,
    "pages of one pixel": "<style>@page{size:1px 1px;margin:0}</style><p>" + "word " * 20_000,
    "a footnote each word": "<style>span{float:footnote}</style>" + "<span>x</span>" * 3000,
    "unclosed rules": "<style>" + "a{" * 50_000 + "</style>x",
    "text from nowhere": f'<style>p::before{{content:"{"y" * 100_000}"}}</style>' + "<p>x" * 2000,
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_bomb_that_can_be_counted_is_refused_at_once(hasty: LetterPress, name: str) -> None:
    html, cause = REFUSED[name]
    assert prints(hasty)
    worker = worker_of(hasty)
    assert fails(hasty, html).cause is cause
    assert worker_of(hasty) is worker
    assert worker.alive


@pytest.mark.parametrize("name", sorted(HEAVY))
def test_a_bomb_that_cannot_be_counted_ends_in_time(hasty: LetterPress, name: str) -> None:
    started = perf_counter()
    failed = fails(hasty, HEAVY[name])
    assert failed.cause in {Cause.STALLED, Cause.OUT_OF_MEMORY, Cause.BROKEN, Cause.DIED}
    assert perf_counter() - started < 15
    assert prints(hasty)


def test_a_letter_over_its_size_never_reaches_a_worker() -> None:
    with LetterPress(command=("/nowhere",)) as press:
        assert fails(press, "x" * (LARGEST_BYTES + 1)).cause is Cause.TOO_LARGE
        with pytest.raises(LetterFailed):
            press.render("<p>x", "t" * 201, "en", ON)


def test_a_letter_of_many_pages_is_still_printed(press: LetterPress) -> None:
    html = "<p>" + "word " * 8_000
    assert words(press.render(html, "t", "en", ON)).count("word") == 8_000


def test_a_failure_never_quotes_the_letter(hasty: LetterPress) -> None:
    for html, _ in REFUSED.values():
        failed = fails(hasty, html.replace("x", "Aoife"))
        assert "Aoife" not in str(failed)
    for html in ("<style>" + "a{" * 50_000 + "Aoife", HEAVY["a grid of a billion rows"] + "Aoife"):
        assert "Aoife" not in str(fails(hasty, html))


def test_a_worker_killed_between_letters_is_replaced_unnoticed(hasty: LetterPress) -> None:
    assert prints(hasty)
    worker = worker_of(hasty)
    os.kill(worker.pid, signal.SIGKILL)
    worker._process.wait()
    assert prints(hasty)
    assert worker_of(hasty).pid != worker.pid


def test_a_worker_killed_in_the_middle_fails_that_letter_only(hasty: LetterPress) -> None:
    assert prints(hasty)
    worker = worker_of(hasty)
    before = processor_ticks(worker.pid)
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(fails, hasty, STALLING)
        while processor_ticks(worker.pid) < before + 20:
            os.sched_yield()
        os.kill(worker.pid, signal.SIGKILL)
        failed = answer.result()
    assert (failed.cause, failed.detail) == (Cause.DIED, "signal 9")
    assert prints(hasty)


def processor_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_a_worker_that_stops_answering_is_ended(hasty: LetterPress) -> None:
    assert prints(hasty)
    worker = worker_of(hasty)
    os.kill(worker.pid, signal.SIGSTOP)
    assert fails(hasty, "<p>x").cause is Cause.STALLED
    assert not worker.alive
    assert not Path(worker._folder.name).exists()
    assert prints(hasty)


def test_workers_are_replaced_after_their_share_without_a_gap() -> None:
    with LetterPress(recycle_after=10) as press:
        pids = []
        for _ in range(25):
            assert prints(press)
            pids.append(worker_of(press).pid)
    assert len(set(pids)) == 3
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [10, 10, 5]


def test_closing_ends_every_process_and_removes_its_folder() -> None:
    press = LetterPress(recycle_after=10)
    for _ in range(9):
        prints(press)
    seat = press._seats.queue[0]
    workers = [one for one in (seat._worker, seat._next) if one is not None]
    press.close()
    assert len(workers) == 2
    assert not any(one.alive for one in workers)
    assert not any(Path(one._folder.name).exists() for one in workers)
    assert prints(press)  # a closed press opens again
    press.close()


def test_a_machine_without_pango_gets_a_typed_answer_with_the_remedy() -> None:
    no_pango = (
        "import cffi\n"
        "def gone(*names): raise OSError(\"cannot load library 'libgobject-2.0-0': gone\")\n"
        "cffi.FFI.dlopen = lambda self, *names: gone()\n"
        "from infrastructure.documents.letter_child import main; main()"
    )
    with LetterPress(command=(sys.executable, "-c", no_pango)) as press:
        for ask in (press.report, press.isolation, lambda: prints(press)):
            with pytest.raises(RendererMissing) as caught:
                ask()
            assert "libgobject-2.0-0" in caught.value.reason
    if sys.platform == "linux":
        assert caught.value.remedy == (
            "install it with: apt-get install --no-install-recommends"
            " libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        )


def test_a_child_that_never_starts_is_a_missing_renderer_not_a_bad_letter() -> None:
    silent = (sys.executable, "-c", "raise SystemExit(9)")
    with (
        LetterPress(command=silent) as press,
        pytest.raises(RendererMissing, match="exit 9"),
    ):
        press.render("<p>x", "t", "en", ON)


def test_where_nobody_cannot_lay_out_the_account_is_kept_and_the_report_says_so() -> None:
    """A virtual environment under /root can be read by root alone."""
    only_as_we_are = (
        "import sys\n"
        "if '--keep-account' not in sys.argv: raise SystemExit(1)\n"
        "from infrastructure.documents.letter_child import main; main()"
    )
    with LetterPress(command=(sys.executable, "-c", only_as_we_are)) as press:
        account = press.isolation().account
        assert prints(press)
    assert account == (
        "root: letters could not be laid out without it" if os.geteuid() == 0 else "own account"
    )


def test_the_report_tells_the_truth_about_the_running_process(hasty: LetterPress) -> None:
    isolation = hasty.isolation()
    status = Path(f"/proc/{worker_of(hasty).pid}/status").read_text()
    uid = int(status.partition("Uid:")[2].split()[0])
    limits = Path(f"/proc/{worker_of(hasty).pid}/limits").read_text()
    assert (isolation.account == "nobody") == (os.geteuid() == 0 != uid)
    assert isolation.memory_mb == MEMORY_MB
    assert str(MEMORY_MB * 1024 * 1024) in limits.partition("Max address space")[2].split()[:1]
    assert "NoNewPrivs:\t1" in status
    assert isolation.guarded_calls

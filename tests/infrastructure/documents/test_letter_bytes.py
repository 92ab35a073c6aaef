"""The same letter has the same bytes: today, tomorrow, in another process."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from infrastructure.documents.letter_pdf import LetterPress
from infrastructure.documents.letter_worker import CHILD
from infrastructure.documents.texts import Texts
from tests.infrastructure.documents.letter_samples import FIELDS, LETTERS, ON

WITHOUT_SUBSETTER = (
    sys.executable,
    "-c",
    (
        "import weasyprint.text.ffi as ffi, weasyprint.pdf.fonts as fonts;"
        "ffi.harfbuzz_subset = fonts.harfbuzz_subset = None;"
        "from infrastructure.documents.letter_child import main; main()"
    ),
)


def letters(texts: Texts) -> Iterator[tuple[str, str]]:
    for key in LETTERS:
        done = texts.render(texts.find(key, "en"), FIELDS[key])
        yield done.html or "", done.subject


@pytest.mark.parametrize("command", [CHILD, WITHOUT_SUBSETTER], ids=["as-installed", "slow"])
def test_two_processes_print_the_same_bytes(texts: Texts, command: tuple[str, ...]) -> None:
    """The slow way wrote the time of day into every font until its clock was fixed."""
    with LetterPress(command=command) as one, LetterPress(command=command) as other:
        assert one.report() == other.report()
        for html, title in letters(texts):
            first = one.render(html, title, "en", ON)
            assert one.render(html, title, "en", ON) == first
            assert other.render(html, title, "en", ON) == first


def test_without_the_subsetting_library_the_press_says_that_it_is_slow() -> None:
    with LetterPress(command=WITHOUT_SUBSETTER) as slow, LetterPress() as usual:
        assert not slow.report().harfbuzz_subset
        assert "libharfbuzz-subset0" in slow.report().warnings[0]
        if usual.report().harfbuzz_subset:
            assert slow.report().edition != usual.report().edition
            assert usual.report().warnings == ()


def test_letters_printed_before_change_nothing_in_the_next(
    texts: Texts, press: LetterPress
) -> None:
    """A letter that brought its own fonts and styles once changed those of the next."""
    ((html, title), *_) = letters(texts)
    first = press.render(html, title, "en", ON)
    for rule in (
        "@font-face{font-family:Letter;src:url(asset:NotoSerif-Bold.ttf)}",
        '@counter-style decimal{system:cyclic;symbols:"x"}',
        "@page{size:A5;margin:0} *{color:red!important}",
        "@layer a{p{color:red}} @color-profile device-cmyk{}",
    ):
        press.render(f"<style>{rule}</style><p>other 1", "t", "en", ON)
    assert press.render(html, title, "en", ON) == first


def test_what_is_different_has_different_bytes(press: LetterPress) -> None:
    jobs = [
        ("<p>a", "t", "en", ON),
        ("<p>b", "t", "en", ON),
        ("<p>a", "u", "en", ON),
        ("<p>a", "t", "ga", ON),
        ("<p>a", "t", "en", date(2025, 11, 15)),
    ]
    assert len({press.render(*job) for job in jobs}) == len(jobs)


def test_workers_side_by_side_print_the_same_bytes(texts: Texts, press: LetterPress) -> None:
    jobs = list(letters(texts)) * 8
    wanted = [press.render(html, title, "en", ON) for html, title in jobs]
    with LetterPress(workers=2) as both, ThreadPoolExecutor(6) as threads:
        done = threads.map(lambda job: both.render(job[0], job[1], "en", ON), jobs)
        assert list(done) == wanted

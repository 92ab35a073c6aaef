"""HTML to PDF/UA. Imported by the letter process only: it loads Pango and may be killed."""

import hashlib
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Final

import weasyprint
from fontTools.ttLib import TTFont
from weasyprint.text import ffi
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse, URLFetchingError

from infrastructure.documents.errors import Cause
from infrastructure.documents.letter_checks import refusal
from infrastructure.documents.letter_frames import (
    Failed,
    Isolation,
    Job,
    PressReport,
    Printed,
)

ASSETS: Final = Path(__file__).parent / "assets"
_STYLE: Final = "letter.css"
_BODY_FONT: Final = "NotoSans-Regular.ttf"
_FONTS: Final = (_BODY_FONT, "NotoSans-Bold.ttf", "NotoSerif-Bold.ttf")
_SLOW: Final = "libharfbuzz-subset0 is not installed: letters take about four times as long"
_VARIANT: Final = "pdf/ua-1"
# Relative addresses become absolute under a name that cannot exist, so that they are refused too.
_NOWHERE: Final = "https://letter.invalid/"
_WHITE_SPACE: Final = frozenset(map(ord, "\t\n\f\r "))

WARM_UP: Final = Job(
    html='<p class="school-name">Scoil</p><h1>a</h1><p><strong>á</strong> é</p>',
    title="a",
    language="en",
    on=date(2000, 1, 1),
)


def packaged() -> dict[str, bytes]:
    """Return style and fonts by name, read once; nothing is read from disk for a letter."""
    return {name: (ASSETS / name).read_bytes() for name in (_STYLE, *_FONTS)}


def described(assets: dict[str, bytes], isolation: Isolation) -> PressReport:
    """Return what prints the letters here."""
    number = int(ffi.pango.pango_version())
    pango = f"{number // 10000}.{number // 100 % 100}.{number % 100}"
    subsetter = ffi.harfbuzz_subset is not None
    digest = hashlib.sha256(f"{weasyprint.__version__} {pango} {subsetter}".encode())
    for name in sorted(assets):
        digest.update(hashlib.sha256(assets[name]).digest())
    return PressReport(
        weasyprint=weasyprint.__version__,
        pango=pango,
        harfbuzz_subset=subsetter,
        edition=digest.hexdigest()[:16],
        isolation=isolation,
        warnings=() if subsetter else (_SLOW,),
    )


class PackagedOnly(URLFetcher):  # type: ignore[misc]  # weasyprint ships no types
    """Answers names of packaged assets from memory and refuses everything else."""

    def __init__(self, assets: dict[str, bytes]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self._assets = assets
        self.refused: list[str] = []

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:  # noqa: ARG002
        """Return a packaged asset."""
        scheme, _, name = url.partition(":")
        if scheme == "asset" and name in self._assets:
            return URLFetcherResponse(url, self._assets[name])
        self.refused.append(scheme.lower()[:10])
        raise ValueError("a letter may not fetch anything")


class SealedFonts(FontConfiguration):  # type: ignore[misc]  # weasyprint ships no types
    """One set of fonts for all letters; once sealed, no letter can bring its own to the next."""

    sealed = False

    def add_font_face(self, rule_descriptors: object, url_fetcher: object) -> None:
        """Add a font of ours; ignore a letter's."""
        if not self.sealed:
            super().add_font_face(rule_descriptors, url_fetcher)


class LetterLayout:
    """Lays out letters one after another with style and fonts read once."""

    def __init__(self, assets: dict[str, bytes]) -> None:
        self._fetcher = PackagedOnly(assets)
        self._fonts = SealedFonts()
        self._style = weasyprint.CSS(
            string=assets[_STYLE].decode(), font_config=self._fonts, url_fetcher=self._fetcher
        )
        self._fonts.sealed = True
        with TTFont(BytesIO(assets[_BODY_FONT])) as font:
            self._printable = frozenset(font.getBestCmap()) | _WHITE_SPACE

    def print(self, job: Job) -> Printed | Failed:
        """Return the letter's bytes: the same for the same job, today and in ten years."""
        self._fetcher.refused.clear()
        html = weasyprint.HTML(string=job.html, url_fetcher=self._fetcher, base_url=_NOWHERE)
        answer = refusal(html.etree_element, self._printable)
        if answer is not None:
            return answer
        try:
            pdf = self._laid_out(html, job)
        except URLFetchingError:
            pdf = (
                b""  # most refusals are swallowed by WeasyPrint, a few are not: one answer for all
            )
        if self._fetcher.refused:
            return Failed(Cause.OUTSIDE_RESOURCE, " ".join(sorted(set(self._fetcher.refused))))
        return Printed(pdf)

    def _laid_out(self, html: weasyprint.HTML, job: Job) -> bytes:
        html.etree_element.set("lang", job.language)
        document = html.render(
            font_config=self._fonts, stylesheets=[self._style], pdf_variant=_VARIANT
        )
        if document.metadata.attachments:
            self._fetcher.refused.append("attachment")
        self._describe(document.metadata, job)
        pdf: bytes = document.write_pdf(pdf_variant=_VARIANT, pdf_identifier=_identifier(job))
        return pdf

    @staticmethod
    def _describe(metadata: weasyprint.document.DocumentMetadata, job: Job) -> None:
        """Set what the press knows; drop what the letter says of itself, attachments too."""
        midnight = f"{job.on.isoformat()}T00:00:00Z"
        metadata.title, metadata.lang = job.title, job.language
        metadata.created = metadata.modified = midnight
        metadata.authors, metadata.keywords, metadata.description = [], [], None
        metadata.generator, metadata.custom, metadata.attachments = None, {}, []


def _identifier(job: Job) -> bytes:
    """Return an id made from the letter itself: a random one would change the bytes each time."""
    parts = (job.html, job.title, job.language, job.on.isoformat())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32].encode()

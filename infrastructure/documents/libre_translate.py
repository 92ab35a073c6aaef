"""An engine that speaks as LibreTranslate does: POST /translate, JSON both ways.

The protocol is that of https://docs.libretranslate.com (`q`, `source`, `target`, `format`,
`api_key`; the answer is `translatedText`). A house can run one of its own, so that a school's
words need not leave it.
"""

from typing import Final

import msgspec

from infrastructure.documents.translating import TranslatorAway
from infrastructure.http.guarded import Answer, GuardedHttp, Lost, NotSent

_BUSY: Final = (429, 503)


class _Said(msgspec.Struct):
    translatedText: str  # noqa: N815  the protocol's own name


class LibreTranslate:
    """Safe for use by many threads. It tries once: a person asked, and can ask again."""

    name: Final = "LIBRE_TRANSLATE"

    def __init__(self, http: GuardedHttp, api_key: str | None = None) -> None:
        self._http = http
        self._key = {} if api_key is None else {"api_key": api_key}

    def translate(self, text: str, source: str, target: str, *, html: bool) -> str:
        """Return a text in another language.

        Raises:
            TranslatorAway: when no whole answer came back.
        """
        shape = "html" if html else "text"
        asked = {"q": text, "source": source, "target": target, "format": shape, **self._key}
        match self._http.post_json("/translate", msgspec.json.encode(asked)):
            case Answer(status=200, body=body):
                return _read(body)
            case Answer(status=status):
                raise TranslatorAway("BUSY" if status in _BUSY else f"REFUSED_{status}")
            case NotSent():
                raise TranslatorAway("NOT_REACHED")
            case Lost():
                raise TranslatorAway("CONNECTION_LOST")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _read(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Said).translatedText
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TranslatorAway("UNREADABLE_ANSWER") from error

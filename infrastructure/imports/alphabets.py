"""The alphabets of files that schools export."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE


def decoded(data: bytes) -> str | None:
    """Return the text of a file, or None where it is none: a workbook, a web page, a picture.

    UTF-16 with its mark, as spreadsheets write "Unicode text"; UTF-8 with or without its mark; else
    Windows-1252, in which Excel writes Irish fadas. A file that is valid UTF-8 by accident and
    Windows-1252 by intent does not happen with real letters.
    """
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return _as(data, "utf-16")
    if b"\0" in data or data.startswith(b"PK") or data.lstrip().startswith(b"<"):
        return None
    return _as(data, "utf-8-sig") or _as(data, "cp1252")


def _as(data: bytes, alphabet: str) -> str | None:
    try:
        text = data.decode(alphabet)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text

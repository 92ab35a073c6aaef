"""One family, one school, and ways to look into a PDF."""

from datetime import date
from io import BytesIO
from typing import Any

from pypdf import PdfReader

Fields = dict[str, str | int]

ON = date(2025, 11, 14)
DATES = "2025-09-03,2025-09-04,2025-10-02,2025-11-13"

MESSAGE: Fields = {
    "school_name": "Scoil Mhuire",
    "school_phone": "01 234 5678",
    "student_first_name": "Aoife",
    "days_missed": 15,
}
EMAIL: Fields = {
    **MESSAGE,
    "guardian_name": "Nóra Ní Bhriain",
    "counted_from": "2025-08-28",
    "counted_to": "2025-11-13",
    "contact_name": "Máire Ní Cheallaigh",
    "contact_phone": "01 234 5679",
    "principal_name": "Eoin Ó Súilleabháin",
}
LETTER: Fields = {
    **EMAIL,
    "school_address": "Bóthar na Trá\nBaile Átha Cliath 22",
    "guardian_address": "14 Sráid an Chlóchair\nCluain Dolcáin",
    "letter_on": "2025-11-14",
    "letter_reference": "L-7Q4M-2K9D",
    "student_name": "Aoife Ní Bhriain",
}
FIELDS: dict[str, Fields] = {
    "LETTER_1_ATTENDANCE": {**LETTER, "absence_dates": DATES},
    "LETTER_2_ATTENDANCE": {**LETTER, "absence_dates": DATES, "first_letter_on": "2025-10-20"},
    "MEETING_INVITATION": {
        **LETTER,
        "meeting_on": "2025-12-02",
        "meeting_time": "2.30 pm",
        "meeting_place": "Room 4",
        "meeting_with": "Máire Ní Cheallaigh",
    },
    "ATTENDANCE_SMS": MESSAGE,
    "ATTENDANCE_EMAIL": EMAIL,
}
LETTERS = ("LETTER_1_ATTENDANCE", "LETTER_2_ATTENDANCE", "MEETING_INVITATION")


def read(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def words(pdf: bytes) -> str:
    """The text of all pages with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in read(pdf).pages).split())


def catalogue(pdf: bytes) -> Any:
    """The PDF's own table of what it is."""
    return read(pdf).root_object


def about(pdf: bytes) -> str:
    """Everything that the file says about itself."""
    xmp: bytes = catalogue(pdf)["/Metadata"].get_object().get_data()
    return str(dict(read(pdf).metadata or {})) + xmp.decode()

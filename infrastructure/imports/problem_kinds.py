"""Kinds of problems of an import, under stable codes, in words that people can act on."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple


class Severity(StrEnum):
    """What a problem does to the import."""

    STOPS = "stops"  # nothing of the file can be trusted
    SET_ASIDE = "set-aside"  # the row cannot be used: the rest only where the user asks for it
    NOTE = "note"  # the row is used; somebody should know


class Kind(NamedTuple):
    """A kind of problem, in words that a school secretary can act on."""

    severity: Severity
    reason: str
    what_to_do: str


_STOPS, _ASIDE, _NOTE = Severity
_EXPORT = "Export the file again and import the new one."

KINDS: Final[Mapping[str, Kind]] = {
    "file-missing": Kind(_STOPS, "The file is not there.", "Check the path, or export it."),
    "file-unreadable": Kind(
        _STOPS,
        "The file cannot be read.",
        "Check that it is a file, no folder, and its permissions.",
    ),
    "file-empty": Kind(_STOPS, "The file has no rows.", _EXPORT),
    "file-not-xml": Kind(_STOPS, "The file is not XML.", _EXPORT),
    "file-not-csv": Kind(
        _STOPS, "The file is not text with columns.", "Save it as CSV (UTF-8), not as a workbook."
    ),
    "file-truncated": Kind(_STOPS, "The file ends in the middle.", _EXPORT),
    "file-broken": Kind(_STOPS, "The file breaks the rules of its format.", _EXPORT),
    "file-forbidden": Kind(
        _STOPS, "The file declares entities, which no export does.", "Ask who made this file."
    ),
    "wrong-interchange": Kind(
        _STOPS, "The file holds another kind of data than its name says.", _EXPORT
    ),
    "missing-column": Kind(
        _STOPS, "A column is missing.", "Add the column, or name it in the column profile."
    ),
    "column-twice": Kind(
        _STOPS,
        "Two columns have the same name, and nobody can say which of them counts.",
        "Rename or remove one of them.",
    ),
    "dates-ambiguous": Kind(
        _STOPS,
        "The dates of the file can be read as days first and as months first.",
        "Say which: date_format DMY or MDY in the column profile.",
    ),
    "dates-mixed": Kind(
        _STOPS,
        "No one form fits all the dates of the file.",
        "Export the file again with dates as 2025-09-01.",
    ),
    "no-day-columns": Kind(
        _STOPS,
        "No column of the header is a day.",
        "Export the register with dates over its columns, or choose another shape.",
    ),
    "too-few-rows": Kind(
        _STOPS,
        "The file has far fewer marks than the register knows already.",
        "Check that the export is complete; if it is, insist and say why (--accept-fewer REASON).",
    ),
    "too-few-pupils": Kind(
        _STOPS,
        "The source has far fewer pupils than the register knows already.",
        "Check the source; if it is right, insist and say why (--accept-fewer REASON).",
    ),
    "counts-disagree": Kind(
        _STOPS,
        "The source says how many records it has, and gave another number of them.",
        "Sync again later; if it stays so, ask the source's support.",
    ),
    "source-away": Kind(
        _STOPS, "The source does not answer, also after several attempts.", "Sync again later."
    ),
    "source-denied": Kind(
        _STOPS,
        "The source does not let us in.",
        "Check the token, and that the school still approves the access.",
    ),
    "source-unknown": Kind(
        _STOPS, "The source does not know what was asked for.", "Check the school's id."
    ),
    "source-moved": Kind(
        _STOPS, "The school's data lie on another host.", "Name that host in WONDE_URL."
    ),
    "page-unreadable": Kind(
        _STOPS,
        "The source sent something that is no page of data: cut off, or a web page.",
        "Sync again later; if it stays so, ask the source's support.",
    ),
    "paging-broken": Kind(
        _STOPS, "The pages of the source do not lead to an end.", "Ask the source's support."
    ),
    "paging-elsewhere": Kind(
        _STOPS,
        "A page leads to another place, where our token must not go.",
        "Ask the source's support.",
    ),
    "unknown-school": Kind(
        _ASIDE, "No such school is known.", "Import the school first, or correct the id."
    ),
    "unknown-student": Kind(
        _ASIDE, "No such student is known.", "Import the student first, or correct the id."
    ),
    "unknown-guardian": Kind(
        _ASIDE, "No such guardian is in the file.", "Export contacts and links together."
    ),
    "unknown-code": Kind(
        _ASIDE,
        "The code table of the school's place and the school's own codes do not have it.",
        "Correct it, or say what it stands for (anseo import codes) and import the file again.",
    ),
    "changed-by-spreadsheet": Kind(
        _ASIDE,
        "A spreadsheet has made a date or a number of what stood in the cell.",
        "Export it again and import it without opening it in a spreadsheet.",
    ),
    "zeros-lost": Kind(
        _ASIDE,
        "A student is known whose id has zeros in front: a spreadsheet has taken them away.",
        "Export it again and import it without opening it in a spreadsheet.",
    ),
    "two-meanings": Kind(
        _ASIDE,
        "The cell may be one code, or a morning's and an afternoon's.",
        "Export a column for each session.",
    ),
    "week-odd": Kind(
        _ASIDE,
        "The marks of a week are 10 or 14 letters under its Monday.",
        "Correct the cell or the header.",
    ),
    "sums-odd": Kind(
        _ASIDE,
        "Attended, authorised and unauthorised do not come to the possible sessions.",
        "Correct the sums, or export them again.",
    ),
    "missing-field": Kind(_ASIDE, "A value that must be there is missing.", "Fill it in."),
    "bad-date": Kind(
        _ASIDE,
        "The date is not written as the column profile says.",
        "Correct it, or choose the profile with the right date form.",
    ),
    "bad-value": Kind(_ASIDE, "A value is not one of those allowed.", "Correct it."),
    "bad-number": Kind(_ASIDE, "A value is not a whole number.", "Correct it."),
    "uneven-row": Kind(
        _ASIDE, "The row has more or fewer cells than the header.", "Check quotes and separators."
    ),
    "future-day": Kind(_ASIDE, "The mark is about a day to come.", "Correct the date."),
    "closed-day": Kind(
        _ASIDE, "The school was closed on that day.", "Correct the date or the school calendar."
    ),
    "outside-term": Kind(
        _ASIDE, "The day lies in no term of the school.", "Correct the date or the terms."
    ),
    "two-marks-one-day": Kind(
        _ASIDE, "Another mark says something else about the same time.", "Correct one of the two."
    ),
    "lesson-marks": Kind(
        _NOTE,
        "Marks of lessons are there and not used: how a day follows from them is not said.",
        "Nothing where the day has a mark of its own; else export marks of days or sessions.",
    ),
    "lessons-only": Kind(
        _STOPS,
        "The school's system has marks of lessons and none of mornings and afternoons. How a day"
        " follows from its lessons is a setting of the school's own system, and is not guessed.",
        "Let the school's system write session marks (AM, PM), or import its register as CSV.",
    ),
    "missing-duration": Kind(
        _ASIDE, "An absence without its duration cannot be counted.", "Fill in the duration."
    ),
    "odd-duration": Kind(
        _ASIDE, "The duration is neither half a day nor a day.", "Correct the duration."
    ),
    "bad-record": Kind(
        _ASIDE,
        "The record does not have the shape that it should have.",
        "Correct it at the source.",
    ),
    "two-versions": Kind(
        _ASIDE,
        "The same person or thing stands in the file twice, differently.",
        "Remove one of the two.",
    ),
    "repeated-row": Kind(_NOTE, "The row says again what another said.", "Nothing."),
    "total-row": Kind(_NOTE, "A row of sums was passed over.", "Nothing."),
    "totals-count-nothing": Kind(
        _NOTE,
        "Sums are shown, and no rule counts them: rules need the days.",
        "Import the marks where a ladder is to be followed.",
    ),
    "late-without-duration": Kind(
        _NOTE,
        "A late arrival without a duration is kept as present, late.",
        "Nothing: absence is not changed by it.",
    ),
    "minutes-unknown": Kind(
        _NOTE,
        "Late or away for a part of the day, nobody knows how long: it may be truancy or not.",
        "Export the minutes away, or correct each by hand.",
    ),
    "excuse-unknown": Kind(
        _NOTE,
        "Late or away for a part of the day; the code does not say whether excused: not counted.",
        "Map the school's codes to those that say it, or correct each by hand.",
    ),
    "changed-meanwhile": Kind(
        _NOTE, "The record changed while it was read; the newer version counts.", "Nothing."
    ),
    "fewer-accepted": Kind(
        _NOTE, "Fewer than before, and a person has said that this is right.", "Nothing."
    ),
    "gone-from-source": Kind(
        _NOTE,
        "The source names these pupils no more, and no leaving date: they have left by now.",
        "Enter the leaving date in the school's own system.",
    ),
    "deleted-unknown": Kind(
        _NOTE,
        "The source deleted records that we cannot find any more.",
        "Compare everything once (--full).",
    ),
    "rights-unknown": Kind(
        _NOTE,
        "Nobody has said whether these contacts have parental responsibility: none is told.",
        "Fill it in at the school's own system.",
    ),
    "terms-of-all": Kind(
        _NOTE,
        "The roster does not say whose terms these are: they are taken as every school's.",
        "Import a calendar for each school that has terms of its own.",
    ),
    "left-without-date": Kind(
        _NOTE,
        "Nobody has said since when these pupils are gone: it is the day on which we noticed.",
        "Give them a leaving date at the school's own system.",
    ),
    "not-admitted": Kind(
        _NOTE,
        "These pupils are still to come, and nobody has said from which day: they are on no roll.",
        "Give them an admission date at the school's own system.",
    ),
    "no-enrolment": Kind(
        _NOTE,
        "No file says since when students are at their school: each counts from the year's start.",
        "Export StudentEnrollment.xml too.",
    ),
    "preregistered": Kind(
        _NOTE, "Preregistered students are on no roll yet.", "Import again when they have come."
    ),
    "enrolled-again": Kind(
        _NOTE,
        "A student has more than one enrolment: the latest counts.",
        "Check those who have come back or are at two schools.",
    ),
    "grade-of-entry": Kind(
        _NOTE,
        "The enrolment began in an earlier school year; the grade that it names was that year's.",
        "Nothing where no rule asks for year groups; else export this year's enrolments.",
    ),
    "no-school": Kind(
        _NOTE, "No file says at which school these students are.", "Import their enrolment."
    ),
    "two-schools": Kind(
        _NOTE, "A student has marks at two schools.", "Check where the student is enrolled."
    ),
    "contacts-missing": Kind(
        _NOTE, "There is no file of contacts: nobody can be reached.", "Export the contacts too."
    ),
    "contact-restricted": Kind(
        _NOTE,
        "The contact has a restriction in the source: no contact until a person decides.",
        "Read the restriction in the source system.",
    ),
    "no-mobile-number": Kind(
        _NOTE, "These guardians have no number that takes texts.", "Ask the families."
    ),
    "phone-unusable": Kind(_NOTE, "The telephone number cannot be dialled.", "Ask the family."),
    "phone-landline": Kind(
        _NOTE, "The telephone number is a landline: no texts go there.", "Ask for a mobile number."
    ),
    "phone-doubtful": Kind(
        _NOTE, "The numbering plan does not know these numbers.", "Check a few of them."
    ),
    "email-unusable": Kind(_NOTE, "The e-mail address is not one.", "Ask the family."),
    "event-passed-over": Kind(
        _NOTE,
        "Events that do not say plainly that school is closed or in term were not read.",
        "Give closures a category such as HOLIDAY or TRAINING_DAY, or add them by CSV.",
    ),
    "event-repeats": Kind(
        _ASIDE, "The event repeats by a rule, which is not read.", "Write each of its days."
    ),
    "file-not-calendar": Kind(
        _STOPS, "The file is not an iCalendar file.", "Export the calendar as .ics, or use CSV."
    ),
    "no-mark": Kind(
        _NOTE,
        "Marks that nobody took: they are neither present nor absent.",
        "Take the register, and export the file again.",
    ),
    "marks-keep-their-meaning": Kind(
        _NOTE,
        "Marks that were imported before keep the meaning that they were imported with.",
        "Import their files again where the new meaning is the right one.",
    ),
    "comments-not-kept": Kind(
        _NOTE, "Comments are free text about a child and are not imported.", "Nothing."
    ),
    "corrected-by-hand": Kind(
        _NOTE,
        "The source still says what somebody has corrected here: the correction stands.",
        "Correct it in the school's own system too.",
    ),
    "correction-stands": Kind(
        _NOTE,
        "The source says something new about what somebody has corrected here by hand."
        " The correction stands.",
        "Look which is right. Correct it by hand again where the source is.",
    ),
    "calendar-unknown": Kind(
        _NOTE, "The school's terms are not known: weekdays count as open.", "Import the calendar."
    ),
}

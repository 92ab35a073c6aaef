"""The kinds of merge field, and how each is checked and written."""

import unicodedata
from datetime import date
from itertools import groupby
from typing import Final

from domain.template.fields import FieldKind

_TEXT_LIMIT: Final = 200
_LINES_LIMIT: Final = 1000
_DATES_LIMIT: Final = 400
_NUMBER_LIMIT: Final = 100_000
# Marks that turn the direction of what follows: a name with one could reorder a whole sentence.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# fmt: off
_MONTHS: Final = {
    "en": ("January", "February", "March", "April", "May", "June", "July",
           "August", "September", "October", "November", "December"),
    "ga": ("Eanáir", "Feabhra", "Márta", "Aibreán", "Bealtaine", "Meitheamh", "Iúil",
           "Lúnasa", "Meán Fómhair", "Deireadh Fómhair", "Samhain", "Nollaig"),
    # As they follow a number: in Polish and Ukrainian that is another form than on a calendar.
    "pl": ("stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca",
           "sierpnia", "września", "października", "listopada", "grudnia"),
    "uk": ("січня", "лютого", "березня", "квітня", "травня", "червня", "липня",
           "серпня", "вересня", "жовтня", "листопада", "грудня"),
    "ro": ("ianuarie", "februarie", "martie", "aprilie", "mai", "iunie", "iulie",
           "august", "septembrie", "octombrie", "noiembrie", "decembrie"),
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet",
           "août", "septembre", "octobre", "novembre", "décembre"),
    "es": ("de enero", "de febrero", "de marzo", "de abril", "de mayo", "de junio", "de julio",
           "de agosto", "de septiembre", "de octubre", "de noviembre", "de diciembre"),
    "pt": ("de janeiro", "de fevereiro", "de março", "de abril", "de maio", "de junho",
           "de julho", "de agosto", "de setembro", "de outubro", "de novembro", "de dezembro"),
}
_WEEKDAYS: Final = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ga": ("Dé Luain", "Dé Máirt", "Dé Céadaoin", "Déardaoin", "Dé hAoine", "Dé Sathairn",
           "Dé Domhnaigh"),
    "pl": ("poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela"),
    "uk": ("понеділок", "вівторок", "середа", "четвер", "п’ятниця", "субота", "неділя"),  # noqa: RUF001  Ukrainian
    "ro": ("luni", "marți", "miercuri", "joi", "vineri", "sâmbătă", "duminică"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "pt": ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira",
           "sábado", "domingo"),
}
_AND: Final = {"en": "and", "ga": "agus", "pl": "i", "uk": "і", "ro": "și", "fr": "et",  # noqa: RUF001  Ukrainian
               "es": "y", "pt": "e"}
_OF_YEAR: Final = {"es": "de ", "pt": "de "}
# fmt: on
LANGUAGES: Final = frozenset(_MONTHS)


class Unfit(ValueError):
    """A value does not fit its kind."""


def written(kind: FieldKind, value: str | int, language: str) -> str | int:
    """Return the value as it is printed; dates come as ISO text, many dates with commas between."""
    if kind is FieldKind.NUMBER:
        return _number(value)
    if not isinstance(value, str):
        raise Unfit
    match kind:
        case FieldKind.TEXT:
            return _clean(value, _TEXT_LIMIT, keep="")
        case FieldKind.LINES:
            return _clean(value.replace("\r\n", "\n"), _LINES_LIMIT, keep="\n")
        case FieldKind.DATE:
            return _long_date(_day(value), language)
        case FieldKind.WEEKDAY:
            day = _day(value)
            return f"{_WEEKDAYS[language][day.weekday()]} {_long_date(day, language)}"
        case FieldKind.DATES:
            return _dates(value, language)


def _number(value: str | int) -> int:
    # bool is an int to Python, but "missed True school days" is not a sentence.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _NUMBER_LIMIT:
        raise Unfit
    return int(value)


def _clean(value: str, limit: int, *, keep: str) -> str:
    text = unicodedata.normalize("NFC", str(value)).strip()
    if len(text) > limit or any(_unfit(char) for char in text if char not in keep):
        raise Unfit
    return text


def _unfit(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} or char in _TURNING


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise Unfit from error


def _long_date(day: date, language: str) -> str:
    of_year = _OF_YEAR.get(language, "")
    return f"{day.day} {_MONTHS[language][day.month - 1]} {of_year}{day.year}"


def _dates(value: str, language: str) -> str:
    """Return `3 and 4 September; 12 October`: as short as a letter can say it."""
    days = sorted({_day(part.strip()) for part in value.split(",")})
    if len(days) > _DATES_LIMIT:
        raise Unfit
    months = groupby(days, key=lambda day: (day.year, day.month))
    return "; ".join(
        f"{_listed([str(day.day) for day in group], language)} {_MONTHS[language][month - 1]}"
        for (_, month), group in months
    )


def _listed(parts: list[str], language: str) -> str:
    if len(parts) == 1:
        return parts[0]
    return f"{', '.join(parts[:-1])} {_AND[language]} {parts[-1]}"

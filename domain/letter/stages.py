"""Which stages ask for a letter, and by which text."""

from typing import Final

TEMPLATES: Final = {
    "LETTER_1": "LETTER_1_ATTENDANCE",
    "LETTER_2": "LETTER_2_ATTENDANCE",
}

"""One press and one set of texts for the whole folder: a worker takes a second to warm up."""

from collections.abc import Iterator

import pytest

from infrastructure.documents.letter_pdf import LetterPress
from infrastructure.documents.texts import Texts


@pytest.fixture(scope="session")
def texts() -> Texts:
    return Texts.load()


@pytest.fixture(scope="session")
def press() -> Iterator[LetterPress]:
    with LetterPress(patience=10) as one:
        yield one

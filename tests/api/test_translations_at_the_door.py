"""A text is translated by software, reviewed by a named person, approved, and only then sent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response

from api.bodies.templates import TemplateWhole
from domain.shared.ids import TenantId
from domain.shared.texts import TextKind
from infrastructure.runtime.words import Chosen
from infrastructure.store.database import Database
from tests.support.engines import BUSY, HONEST, Engine, translating
from tests.support.front import SCHOOL, STRANGERS, TENANT, Front, front_on

pytestmark = pytest.mark.postgres
TEMPLATES = "/api/templates"
DUTY: dict[str, Any] = {
    "key": "DUTY_SMS",
    "kind": "SMS",
    "language": "en",
    "body": "{{ student_first_name }} must be at school by law. Ring {{ school_phone }}.",
    "merge_fields": {"student_first_name": "text", "school_phone": "text"},
    "legal_effect": True,
    "jurisdiction": "IE",
    "valid_until": "2026-08-31",
}


@pytest.fixture
def engine() -> Iterator[Engine]:
    with translating() as engine:
        yield engine


@pytest.fixture
def front(database: Database, tmp_path: Path, engine: Engine) -> Iterator[Front]:
    with front_on(database, tmp_path, TRANSLATE_URL=engine.url) as front:
        yield front


def seen(front: Front, path: str, version: int, subject: str) -> Response:
    headers = {
        **front.token(subject=subject),
        "Idempotency-Key": str(uuid4()),
        "If-Match": f'"{version}"',
    }
    return front.client.post(path, headers=headers)


def approved(front: Front) -> str:
    path = str(front.post(TEMPLATES, DUTY).headers["location"])
    assert seen(front, f"{path}/approve", 1, "1").status_code == 200
    front.settle()
    return path


def in_polish(front: Front) -> Chosen:
    front.settle()
    with front.house.database.worker() as conn:
        words = front.house.composer.words
        return words.choose(conn, TenantId(TENANT), SCHOOL, "DUTY_SMS", TextKind.SMS, "pl")


def test_a_legal_text_goes_out_in_a_reviewed_translation_only(front: Front) -> None:
    """Trap 39: until a named person has reviewed it, families get the source itself."""
    source = approved(front)
    answer = front.post(f"{source}/translate", {"language": "pl"})
    assert answer.status_code == 201, answer.text
    path = str(answer.headers["location"])
    unreviewed = seen(front, f"{path}/approve", 1, "1")
    assert unreviewed.json()["code"] == "template-translation-unreviewed"
    assert in_polish(front).template.language == "en"
    own = seen(front, f"{path}/review", 1, "7")
    assert own.json()["code"] == "template-own-words"
    assert seen(front, f"{path}/review", 1, "3").status_code == 200
    assert in_polish(front).template.language == "en"
    assert seen(front, f"{path}/approve", 2, "1").status_code == 200
    found = in_polish(front)
    assert (found.template.language, found.source and found.source.language) == ("pl", "en")
    told = TemplateWhole.model_validate(front.get(path).json())
    assert (told.reviewed_by, told.approved_by) == ("staff:3", "staff:1")
    assert told.wording.translation_of is not None
    assert told.wording.translation_of.engine == "LIBRE_TRANSLATE"


def test_a_source_that_changes_takes_its_legal_translation_back(front: Front) -> None:
    source = approved(front)
    path = str(front.post(f"{source}/translate", {"language": "pl"}).headers["location"])
    seen(front, f"{path}/review", 1, "3")
    seen(front, f"{path}/approve", 2, "1")
    assert in_polish(front).template.language == "pl"
    assert front.put(source, {**DUTY, "body": "The law has changed."}, version=2).is_success
    seen(front, f"{source}/approve", 3, "1")
    assert in_polish(front).template.language == "en"


def test_the_same_words_are_asked_for_once(front: Front, engine: Engine) -> None:
    """Kept by tenant, source, languages and engine; another tenant asks for itself."""
    source = approved(front)
    for _ in range(2):
        assert front.post(f"{source}/translate", {"language": "pl"}).status_code == 201
    assert len(engine.asked) == 1
    assert "{{" not in engine.asked[0]["q"]
    with front.house.database.tenant(STRANGERS) as conn:
        assert conn.execute("select count(*) from translation").fetchone() == (0,)
    with front.house.database.tenant(TENANT) as conn:
        assert conn.execute("select count(*) from translation").fetchone() == (1,)


def test_an_engine_that_says_nothing_stores_nothing(front: Front, engine: Engine) -> None:
    source = approved(front)
    engine.manner = BUSY
    silent = front.post(f"{source}/translate", {"language": "pl"})
    assert (silent.status_code, silent.json()["code"]) == (409, "template-translator-silent")
    engine.manner = HONEST
    assert front.post(f"{source}/translate", {"language": "pl"}).status_code == 201
    same = front.post(f"{source}/translate", {"language": "en"})
    assert same.json()["code"] == "template-faulty"


def test_only_approved_words_are_translated(front: Front, engine: Engine) -> None:
    path = str(front.post(TEMPLATES, DUTY).headers["location"])
    refused = front.post(f"{path}/translate", {"language": "pl"})
    assert refused.json()["code"] == "template-not-approved"
    assert engine.asked == []


def test_without_an_engine_a_person_is_asked_to_translate(
    database: Database, tmp_path: Path
) -> None:
    with front_on(database, tmp_path) as front:
        refused = front.post(f"{approved(front)}/translate", {"language": "pl"})
        assert refused.json()["code"] == "template-translator-missing"

"""Which words are sent: the school's own, the tenant's, the shipped ones; in which language."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from domain.message.aggregate import State
from domain.message.commands import RequestMessage
from domain.register_batch.commands import RecordBatch
from domain.shared.contact import Channel, Purpose
from domain.shared.ids import BatchId, MessageId, SchoolId, TenantId, derived_id
from domain.shared.texts import LockScope, TextKind, TranslationOf, Wording
from domain.template.commands import (
    ApproveTemplate,
    DraftTemplate,
    RetireTemplate,
    ReviewTranslation,
    template_id,
)
from infrastructure.documents.errors import TemplateNotFound
from infrastructure.runtime.composing import Composed
from infrastructure.runtime.leaving import Leaving
from infrastructure.runtime.words import Chosen, keys_of
from infrastructure.store.database import Database
from tests.support.examples import WORDING, but
from tests.support.front import NOON, NUMBER, OTHER_SCHOOL, SCHOOL, TENANT, Family, Front, front_on

pytestmark = pytest.mark.postgres
OWNER = TenantId(TENANT)
SID = "HX" + "0a" * 16


@pytest.fixture
def front(database: Database, tmp_path: Path) -> Iterator[Front]:
    with front_on(database, tmp_path) as front:
        yield front


def approved(front: Front, wording: Wording, school: SchoolId | None = None) -> Wording:
    this = template_id(OWNER, wording.key, wording.kind, wording.language, school)
    front.tell(DraftTemplate(template_id=this, wording=wording, school_id=school), by="staff:7")
    if wording.translation_of is not None:
        front.tell(ReviewTranslation(template_id=this), by="staff:1")
    front.tell(ApproveTemplate(template_id=this), by="staff:1")
    front.settle()
    return wording


def words(body: str = "Ours: {{ student_first_name }}.", **changes: Any) -> Wording:
    fields = {"student_first_name": "text"}
    return msgspec.structs.replace(WORDING, body=body, merge_fields=fields, **changes)


def chosen(
    front: Front,
    key: str = "ATTENDANCE_SMS",
    kind: TextKind = TextKind.SMS,
    language: str = "en",
    school: SchoolId = SCHOOL,
) -> Chosen:
    with front.house.database.worker() as conn:
        return front.house.composer.words.choose(conn, OWNER, school, key, kind, language)


def body(found: Chosen) -> str:
    return found.template.wording.body if found.template.own else "shipped"


def test_shipped_words_are_said_until_somebody_approves_others(front: Front) -> None:
    """003-082: tenant first, then what is shipped, then the language to fall back to."""
    assert body(chosen(front)) == "shipped"
    tenants = approved(front, words("The tenant's."))
    assert body(chosen(front)) == tenants.body
    own = approved(front, words("The school's."), SCHOOL)
    assert body(chosen(front)) == own.body
    assert body(chosen(front, school=OTHER_SCHOOL)) == tenants.body
    this = template_id(OWNER, own.key, own.kind, own.language, SCHOOL)
    front.tell(RetireTemplate(template_id=this), by="staff:1")
    front.settle()
    assert body(chosen(front)) == tenants.body


def test_the_familys_language_comes_first_then_the_declared_one(front: Front) -> None:
    """000-020: the guardian's language is honoured; what has no Polish is said in English."""
    approved(front, words("English."))
    assert body(chosen(front, language="pl")) == "English."
    approved(front, words("Po polsku.", language="pl"))
    assert body(chosen(front, language="pl-PL")) == "Po polsku."
    assert chosen(front, language="ga").template.language == "ga"


def test_a_lock_that_comes_later_silences_a_schools_own_words(front: Front) -> None:
    """001-125: DISTRICT_ONLY holds from its approval on, whatever schools had before."""
    approved(front, words("The school's."), SCHOOL)
    approved(front, words("The tenant's.", lock=LockScope.DISTRICT_ONLY))
    assert body(chosen(front)) == "The tenant's."


def test_words_whose_law_is_over_are_not_said_any_more(front: Front) -> None:
    """Trap 52: on the day after the last one the words below stand in."""
    approved(front, words("Until tomorrow.", jurisdiction="IE", valid_until=NOON.date()))
    assert body(chosen(front)) == "Until tomorrow."
    front.clock(NOON.replace(day=NOON.day + 1))
    assert body(chosen(front)) == "shipped"


def legal(text: str, **changes: Any) -> Wording:
    law = {"legal_effect": True, "jurisdiction": "IE", "valid_until": date(2026, 8, 31)}
    return words(text, key="DUTY_SMS", **law, **changes)


def test_a_legal_translation_is_said_only_as_long_as_its_source_says_the_same(
    front: Front,
) -> None:
    """Trap 39: source and translation are kept together; a stale one gives way to its source."""
    source = approved(front, legal("You must."))
    of = TranslationOf(language="en", source_hash=source.sha256, engine="LIBRE")
    approved(front, legal("Musisz.", language="pl", translation_of=of))
    found = chosen(front, "DUTY_SMS", language="pl")
    assert body(found) == "Musisz."
    assert found.source is not None
    assert found.printed_beside is found.source
    this = template_id(OWNER, source.key, source.kind, source.language, None)
    front.tell(RetireTemplate(template_id=this), by="staff:1")
    front.settle()
    with pytest.raises(TemplateNotFound):
        chosen(front, "DUTY_SMS", language="pl")


def test_shipped_words_do_not_stand_in_for_a_tenants_legal_text(front: Front) -> None:
    """An Irish speaker gets the tenant's own English law, not the product's friendly Irish."""
    of_law = {"legal_effect": True, "jurisdiction": "IE", "valid_until": date(2026, 8, 31)}
    approved(front, words("You must.", **of_law))
    assert body(chosen(front, language="ga")) == "You must."


def test_words_that_this_release_cannot_fill_give_way(front: Front) -> None:
    """Approved by a release that allowed more: the words below stand in, and the log says so."""
    approved(front, words("{{ 1 + 1 }}"))
    assert body(chosen(front)) == "shipped"


def test_a_key_said_another_way_is_found_by_its_last_word(front: Front) -> None:
    assert keys_of("ATTENDANCE_SMS", TextKind.EMAIL) == ("ATTENDANCE_SMS", "ATTENDANCE_EMAIL")
    assert keys_of("CHAT_IN_APP", TextKind.SMS) == ("CHAT_IN_APP", "CHAT_SMS")
    assert keys_of("ATTENDANCE_SMS", TextKind.SMS) == ("ATTENDANCE_SMS",)
    assert keys_of("LETTER_1_ATTENDANCE", TextKind.SMS) == ("LETTER_1_ATTENDANCE",)
    assert chosen(front, kind=TextKind.EMAIL).template.key == "ATTENDANCE_EMAIL"
    assert chosen(front, kind=TextKind.WHATSAPP).template.key == "ATTENDANCE_SMS"
    assert chosen(front, kind=TextKind.IN_APP).template.key == "ATTENDANCE_SMS"


@pytest.mark.parametrize("kind", [TextKind.SMS, TextKind.EMAIL, TextKind.WHATSAPP])
def test_no_message_is_made_of_a_letter(front: Front, kind: TextKind) -> None:
    """A letter is paper: as a message it would be an empty one."""
    with pytest.raises(TemplateNotFound):
        chosen(front, kind=kind, key="LETTER_1_ATTENDANCE")


def asked_for(family: Family, channel: Channel, key: str) -> RequestMessage:
    return RequestMessage(
        message_id=MessageId(derived_id("message", channel, family.run)),
        key=f"playbook:{family.run}:sms:{family.guardian}",
        channel=channel,
        purpose=Purpose.STATUTORY_NOTICE,
        template_key=key,
        school_id=SCHOOL,
        student_id=family.student,
        guardian_id=family.guardian,
        run_id=family.run,
        step_id="sms",
        intervention_id=family.intervention,
        case_id=family.case,
    )


def opened(front: Front, language: str = "en") -> Family:
    family, batch = Family(), BatchId(uuid4())
    with front.house.database.worker() as conn:
        conn.execute(
            "insert into staged_batch (tenant, batch, content, source, content_hash)"
            " values (%s, %s, 'schools', 'test', '')",
            (TENANT, batch),
        )
        conn.execute(
            "insert into school (tenant, school, batch, source, source_id, name, jurisdiction,"
            " zone, code_table, denominator) values (%s, %s, %s, 'test', 'S', 'Lakeside', 'IE',"
            " 'Europe/Dublin', 'ie-default-1', 'MARKS')",
            (TENANT, SCHOOL, batch),
        )
        for kind, person in (("student", family.student), ("guardian", family.guardian)):
            said = {"given": "Seán", "family": "Canary", "phone": NUMBER, "language": language}
            front.house.vault.put(conn, OWNER, person, kind, {person: said})
    front.tell(but(RecordBatch, batch_id=batch, content="schools"))
    front.start_run(family)
    return family


def composed(front: Front, family: Family, channel: Channel, key: str) -> Composed:
    wish = asked_for(family, channel, key)
    fresh: dict[str, Any] = {
        "version": 1,
        "state": State.REQUESTED,
        "generation": 0,
        "attempt": 0,
        "tries": 0,
        "doubtful": False,
        "refs": frozenset(),
        "first_channel": True,
    }
    told = {f.name: getattr(wish, f.name) for f in fields(Leaving) if hasattr(wish, f.name)}
    with front.house.database.worker() as conn:
        return front.house.composer.message(conn, OWNER, Leaving(**{**fresh, **told}))


def test_a_message_keeps_its_words_and_their_version_at_every_attempt(front: Front) -> None:
    """Trap 39, and 001-132: version and hash are frozen with the words, not read anew."""
    family = opened(front, "pl")
    source = approved(front, words("Seen: {{ student_first_name }}."))
    of = TranslationOf(language="en", source_hash=source.sha256)
    polish = words("Widziano: {{ student_first_name }}.", language="pl", translation_of=of)
    approved(front, polish)
    first = composed(front, family, Channel.SMS, "ATTENDANCE_SMS")
    assert first.outgoing is not None
    assert first.outgoing.text == "Widziano: Seán."
    assert (first.template.sha256, first.template.language) == (polish.sha256, "pl")
    approved(front, words("Later."), SCHOOL)
    again = composed(front, family, Channel.SMS, "ATTENDANCE_SMS")
    assert again.template == first.template
    assert again.outgoing == first.outgoing
    with front.house.database.worker() as conn:
        message = asked_for(family, Channel.SMS, "ATTENDANCE_SMS").message_id
        kept = front.house.vault.get_many(conn, OWNER, [message])[message]
    assert kept["source"]["text"] == "Seen: Seán."
    assert kept["source"]["sha256"] == source.sha256


def test_a_whatsapp_text_of_a_schools_own_brings_its_own_template(front: Front) -> None:
    """Traps 40 and 44: values in the order of the declaration, none of them empty."""
    family = opened(front)
    own = words(key="ATTENDANCE_WHATSAPP", kind=TextKind.WHATSAPP, content_sid=SID)
    approved(front, own)
    made = composed(front, family, Channel.WHATSAPP, "ATTENDANCE_WHATSAPP").outgoing
    assert made is not None
    assert made.content is not None
    assert (made.content.sid, made.content.variables) == (SID, (("1", "Seán"),))

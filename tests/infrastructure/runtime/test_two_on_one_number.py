"""Two guardians on one phone or mailbox: one message that names both, and nothing else of them."""

from datetime import date, time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.contact_choice.commands import SetPreferences
from domain.shared.contact import Channel
from infrastructure.register import reads as register
from infrastructure.register.rows import GuardianLinkRow
from infrastructure.runtime.composing import Composed
from infrastructure.runtime.leaving import leaving
from infrastructure.runtime.one_voice import same_mailbox
from infrastructure.store.database import Database
from infrastructure.vault.unsubscribe_links import opened
from projections.messages import MessageRow
from tests.infrastructure.runtime.test_sending import messages_of
from tests.journeys.test_absence_to_letter import approve, five_days_absent, queue_of, taken
from tests.support.examples import but
from tests.support.town import GUARDIANS, TENANT, Town, town_on

pytestmark = pytest.mark.postgres
SHARED = GUARDIANS.replace("0850001002,g2@example.org,ga", "0850001001,G1@example.org,en")


def retold(town: Town, guardians: str) -> None:
    path = town.folder / "guardians-again.csv"
    path.write_text(guardians, encoding="utf-8")
    report = town.importer.csv("guardians", path, "S1", today=date(2025, 9, 1))
    assert report.imported, report


def a_week_later(town: Town) -> list[dict[str, Any]]:
    """Let the text of the first day and the e-mail of the seventh go out."""
    days = five_days_absent(town)
    approve(town, queue_of(town)[0])
    for day in town.days(days[-1], 10)[1:]:
        town.at(day, time(9, 1))
        town.marks(day, {})
    return taken(town)


def test_two_guardians_on_one_number_hear_one_message_that_names_both(
    database: Database, tmp_path: Path
) -> None:
    """Traps 41, 42: one text and one e-mail, no address in either, and the other step says why."""
    with town_on(database, tmp_path) as town:
        retold(town, SHARED)
        sent = a_week_later(town)
        assert sorted(entry["provider"] for entry in sent) == ["sms", "smtp"]
        assert sorted((str(m.channel), m.status, m.reason) for m in messages_of(town)) == [
            ("EMAIL", "ACCEPTED", None),
            ("EMAIL", "SKIPPED", "SAME_ADDRESS"),
            ("SMS", "ACCEPTED", None),
            ("SMS", "SKIPPED", "SAME_ADDRESS"),
        ]
        assert names_in(town) == {"Máire Uí Bhriain and Liam Ó Briain"}
        readers = (message.guardian_id for message in messages_of(town))
        with town.house.database.worker() as conn:
            vault, mother = town.house.vault, first(town, Channel.EMAIL).guardian_id
            assert set(same_mailbox(conn, vault, TENANT, mother)) == set(readers)


def test_a_nudge_by_email_brings_the_one_click_and_the_guardians_own_language(
    database: Database, tmp_path: Path
) -> None:
    """Trap 47 and section 7.6: a link of their own, the same at every attempt, in no notice."""
    with town_on(database, tmp_path) as town:
        mother = {link.guardian for link in links(town) if link.priority == 1}
        for one in mother:
            no_quiet = {"quiet_from": None, "quiet_until": None}  # the town looks at nine only
            asked = but(SetPreferences, language="ga", off=(), channels=(), **no_quiet)
            wish = msgspec.structs.replace(asked, guardian_id=one)
            town.house.ledger.execute(wish, tenant=TENANT, by="staff:office")
        a_week_later(town)
        outgoing = {m.guardian_id: composed(town, m) for m in by(town, Channel.EMAIL)}
        for guardian, made in outgoing.items():
            assert made.outgoing is not None
            (_, link), click = made.outgoing.headers
            assert click == ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
            token = link.removeprefix("<").removesuffix(">").rpartition("/u/")[2]
            with town.house.database.worker() as conn:
                whose = opened(conn, town.house.vault, token)
            assert whose == (TENANT, guardian, Channel.EMAIL)
        assert {made.template.language for made in outgoing.values()} == {"ga"}
        texts = [composed(town, m).outgoing for m in by(town, Channel.SMS)]
        assert [text.headers for text in texts if text is not None] == [(), ()]


def by(town: Town, channel: Channel) -> list[MessageRow]:
    return [one for one in messages_of(town) if one.channel is channel]


def first(town: Town, channel: Channel) -> MessageRow:
    return next(one for one in by(town, channel) if one.status == "ACCEPTED")


def composed(town: Town, message: MessageRow) -> Composed:
    with town.house.database.worker() as conn:
        row = leaving(town.house.ledger, conn, [message.message_id])[message.message_id]
        return town.house.composer.message(conn, TENANT, row)


def names_in(town: Town) -> set[str]:
    made = composed(town, first(town, Channel.EMAIL)).outgoing
    assert made is not None
    greeting = made.text.splitlines()[0]
    assert "0850001002" not in made.text
    return {greeting.removeprefix("Dear ").removesuffix(",")}


def links(town: Town) -> list[GuardianLinkRow]:
    with town.house.database.worker() as conn:
        roll = register.students(conn, TENANT)
        found = register.guardians_of(conn, TENANT, [one.student for one in roll])
    return [link for one in found.values() for link in one]

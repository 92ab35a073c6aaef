"""Puts words to a message or a letter: people from the vault, numbers from facts, texts by key."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.contact_choice.aggregate import ContactChoice
from domain.contact_choice.commands import contact_choice_id
from domain.shared.contact import Channel, Purpose
from domain.shared.ids import MessageId, RunId, TenantId
from domain.shared.numbers import DecidingNumbers
from domain.shared.recipients import Unreachable
from domain.shared.texts import KIND_OF, TextKind
from infrastructure.channels.content import ContentIds
from infrastructure.channels.phones import textable
from infrastructure.channels.protocol import Content, Outgoing
from infrastructure.documents.errors import TextProblem
from infrastructure.documents.texts import Rendered, TemplateVersion
from infrastructure.runtime.gathered import Gathered, school_name
from infrastructure.runtime.leaving import Leaving
from infrastructure.runtime.one_voice import Voice, voice_of
from infrastructure.runtime.reaching import reach_of
from infrastructure.runtime.words import Chosen, Words
from infrastructure.settings import Settings
from infrastructure.store import reads
from infrastructure.store.database import Connection
from infrastructure.store.ledger import Ledger
from infrastructure.vault.entry import Entry
from infrastructure.vault.unsubscribe_links import unsubscribe_token
from infrastructure.vault.vault import Vault
from projections import interventions, messages
from projections.interventions import InterventionRow
from projections.letter_work import LetterWorkRow
from projections.messages import MessageRow

MESSAGE: str = "message"
_AND: Final = {"en": " and ", "ga": " agus "}
BY_NUMBER: Final = frozenset({Channel.SMS, Channel.WHATSAPP})


class Said(msgspec.Struct, frozen=True):
    """Which text said it: frozen with the words, so that every attempt names the same one."""

    key: str
    version: int
    sha256: str
    language: str


@dataclass(frozen=True, slots=True)
class Composed:
    """A message ready to go; `outgoing` is absent where the guardian has no such address."""

    outgoing: Outgoing | None
    template: Said
    language: str
    free_text: bool = False
    """WhatsApp would be given our own words: only for a day after the guardian's last message."""
    last_inbound_at: datetime | None = None
    unreachable: Unreachable | None = None
    """Why there is no address; absent: none is known, or there is one."""
    beside: tuple[MessageId, ...] = ()
    """Messages of the same step to others on this address: one of them is enough."""


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes texts. The words of a message are frozen in the vault before its first attempt."""

    vault: Vault
    words: Words
    ledger: Ledger
    settings: Settings
    contents: ContentIds

    def message(self, conn: Connection, tenant: TenantId, row: Leaving) -> Composed:
        """Return a message, the same words at every attempt."""
        lot = self._gathered(conn, tenant, [row])
        composed = self._message(lot, row)
        lot.keep()
        return composed

    def messages(
        self, conn: Connection, tenant: TenantId, rows: Sequence[Leaving]
    ) -> dict[MessageId, Composed]:
        """Return those of some messages that can be written; `message` says why one cannot.

        Raises:
            SubjectErased: when somebody is erased at this moment; nothing was written then.
        """
        lot = self._gathered(conn, tenant, rows)
        done = {}
        for row in rows:
            with suppress(LookupError, TextProblem):
                done[row.message_id] = self._message(lot, row)
        lot.keep()
        return done

    def _gathered(self, conn: Connection, tenant: TenantId, rows: Sequence[Leaving]) -> Gathered:
        return Gathered(conn, tenant, self.vault, self.ledger, self.words, rows)

    def _message(self, lot: Gathered, row: Leaving) -> Composed:
        known, guardian = lot.known, row.guardian_id
        who = known.get(guardian, {})
        language = _language(lot.choice(guardian), who)
        address = _address(row.channel, who, guardian)
        child = known.get(row.student_id)
        frozen = known.get(row.words_id)
        if frozen is None or "template" not in frozen:
            kind = KIND_OF[row.channel]
            chosen = lot.chosen(row.school_id, row.template_key, kind, language)
            said = _said(chosen.template)
        else:
            said = Said(**frozen["template"])
        if address is None or child is None:
            why = reach_of(guardian, who).unreachable.get(row.channel)
            return Composed(None, said, language, unreachable=why)
        voice = Voice((guardian,))
        if row.attempt == 0:  # once it was attempted it speaks for all of them
            voice = voice_of(lot, row)
        if frozen is None:
            # Of the others who are spoken to nothing but their names is said.
            named = [known[one] for one in voice.guardians if one in known]
            fresh = self._frozen(lot, row, chosen, (child, *named))
            frozen = fresh | self._siblings(lot, row, chosen, str(fresh["text"]), named)
            _note(lot, row, address, voice, frozen)
        headers = self._headers(lot, row)
        outgoing = self._outgoing(lot.tenant, row, address, frozen, headers)
        composed = Composed(outgoing, said, language, beside=voice.beside)
        if row.channel is not Channel.WHATSAPP or outgoing.content is not None:
            return composed
        asked = {"tenant": lot.tenant, "guardian": guardian, "channel": str(row.channel)}
        answered = reads.documents(lot.conn, messages.LATEST_FROM, MessageRow, asked)
        heard = answered[0].replied_at if answered else None
        return replace(composed, free_text=True, last_inbound_at=heard)

    def _headers(self, lot: Gathered, row: Leaving) -> tuple[tuple[str, str], ...]:
        """Return the headers of a one-click unsubscribe (RFC 8058): of nudges, not of notices."""
        if row.channel is not Channel.EMAIL or row.purpose is not Purpose.NUDGE:
            return ()
        token = unsubscribe_token(lot.conn, self.vault, lot.tenant, row.guardian_id)
        return (
            ("List-Unsubscribe", f"<{self.settings.base_url.rstrip('/')}/u/{token}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        )

    def _frozen(
        self, lot: Gathered, row: Leaving, chosen: Chosen, people: tuple[Mapping[str, Any], ...]
    ) -> dict[str, Any]:
        """Return the words of a message, with the text that said them and its source."""
        fields = self._filled(lot, row, row.run_id, chosen, people)
        template, source = chosen.template, chosen.source
        declared = _declared(template, fields)
        rendered = self.words.texts.render(template, declared)
        frozen = {
            "subject": rendered.subject or None,
            "text": rendered.text or "",
            "template": msgspec.structs.asdict(_said(template)),
        }
        if source is not None:
            beside = self.words.texts.render(source, _declared(source, fields))
            said = msgspec.structs.asdict(_said(source)) | {
                "subject": beside.subject,
                "text": beside.text,
            }
            frozen["source"] = said
        return frozen | self._content(lot.tenant, row, template, declared)

    def _filled(
        self,
        lot: Gathered,
        row: Leaving,
        run: RunId,
        chosen: Chosen,
        people: tuple[Mapping[str, Any], ...],
    ) -> dict[str, str | int]:
        """Return what the texts about one child may fill in: that child's own figures."""
        child, *named = people
        school = lot.school_name(row.school_id)
        fields = self.fields(school, _baseline(lot, run), child, named[0])
        if len(named) > 1:
            # Who shares a phone need not share a home: nobody's address stands in it (trap 42).
            both = _AND.get(chosen.template.language, " & ").join(map(_full_name, named))
            fields |= {"guardian_name": both, "guardian_address": ""}
        return fields

    def _siblings(
        self,
        lot: Gathered,
        row: Leaving,
        chosen: Chosen,
        first: str,
        named: Sequence[Mapping[str, Any]],
    ) -> dict[str, Any]:
        """Return the words with those about siblings behind them: each child has its own figures.

        A sibling who was erased meanwhile is not spoken of.
        """
        texts = [first]
        for one in row.also:
            if one.student_id in lot.known:
                people = (lot.known[one.student_id], *named)
                fields = self._filled(lot, row, one.step.run_id, chosen, people)
                declared = _declared(chosen.template, fields)
                texts.append(self.words.texts.render(chosen.template, declared).text or "")
        return {"text": "\n\n".join(texts)}

    def _content(
        self,
        tenant: TenantId,
        row: Leaving,
        template: TemplateVersion,
        fields: Mapping[str, str | int],
    ) -> dict[str, object]:
        """Return the approved text of a WhatsApp message, if there is one that can be filled."""
        if row.channel is not Channel.WHATSAPP:
            return {}
        sid = template.wording.content_sid
        if not template.own:  # a school's gaps are its own: no other text's id fits them
            sid = self.contents.content_sid(tenant, template.key, template.language)
        values = [str(value) for value in self.words.texts.printed(template, fields).values()]
        # A gap left empty would be filled with the provider's own sample: another child's name.
        return {"content_sid": sid, "variables": values} if sid and all(values) else {}

    def _outgoing(
        self,
        tenant: TenantId,
        row: Leaving,
        address: str,
        frozen: Mapping[str, Any],
        headers: tuple[tuple[str, str], ...],
    ) -> Outgoing:
        callback = f"{self.settings.base_url}/api/webhooks/twilio/status/{tenant}/{row.message_id}"
        if row.generation:  # what a callback is about where its reference is not known yet
            callback += f"?generation={row.generation}"
        sid = frozen.get("content_sid")
        values = enumerate(frozen.get("variables") or (), start=1)
        content = Content(sid, tuple((str(n), value) for n, value in values)) if sid else None
        return Outgoing(
            key=row.key,
            provider_key=row.provider_key,
            to=address,
            sender=_sender(row.channel, self.settings),
            text=str(frozen["text"]),
            subject=frozen["subject"],
            callback_url=callback if row.channel in BY_NUMBER else None,
            content=content,
            headers=headers,
            marks=(
                ("anseo_tenant", str(tenant)),
                ("anseo_message", str(row.message_id)),
                ("anseo_generation", str(row.generation)),
            ),
        )

    def letter(self, conn: Connection, tenant: TenantId, row: LetterWorkRow) -> Rendered:
        """Return the HTML of a letter.

        Raises:
            LookupError: when student or guardian has been erased.
        """
        known = self.vault.get_many(conn, tenant, [row.student_id, row.guardian_id])
        if len(known) < 2:  # noqa: PLR2004  both or no letter
            raise LookupError(f"letter {row.letter_id}: a person of it is not in the vault")
        child, who = known[row.student_id], known[row.guardian_id]
        choice = self.ledger.load(conn, ContactChoice, contact_choice_id(row.guardian_id))
        language = _language(choice, who)
        school, key = row.school_id, row.template_key
        chosen = self.words.choose(conn, tenant, school, key, TextKind.LETTER, language)
        name = school_name(conn, tenant, school)
        fields = self.fields(name, row.numbers[-1], child, who) | {
            "letter_on": row.requested_on.isoformat(),
            "letter_reference": str(row.letter_id)[-12:],
            "first_letter_on": self._first_letter(conn, tenant, row).isoformat(),
        }
        texts, template, source = self.words.texts, chosen.template, chosen.printed_beside
        declared = _declared(template, fields)
        if source is None:
            return texts.render(template, declared)
        body = source.body.render(texts.printed(source, _declared(source, fields)))
        return texts.render(template, declared, (source.language, body))

    def _first_letter(self, conn: Connection, tenant: TenantId, row: LetterWorkRow) -> date:
        asked = {"tenant": tenant, "student": row.student_id}
        for found in reads.documents(conn, interventions.OF_STUDENT, InterventionRow, asked):
            for stage in found.stages:
                if stage.stage == "LETTER_1" and stage.entered_on is not None:
                    return stage.entered_on
        return row.requested_on

    def fields(
        self,
        school: str,
        numbers: DecidingNumbers,
        child: Mapping[str, Any],
        who: Mapping[str, Any],
    ) -> dict[str, str | int]:
        """Return everything that texts about a child to a guardian may fill in."""
        settings = self.settings
        return {
            "school_name": school,
            "school_phone": settings.school_phone,
            "principal_name": settings.principal_name,
            "contact_name": settings.contact_name,
            "contact_phone": settings.school_phone,
            "guardian_name": _full_name(who),
            "guardian_address": "\n".join(who.get("address") or ()),
            "student_name": f"{child['given']} {child['family']}",
            "student_first_name": str(child["given"]),
            "days_missed": numbers.absent_sessions // numbers.sessions_per_day,
            "counted_from": numbers.window_from.isoformat(),
            "counted_to": numbers.window_to.isoformat(),
        }


def _full_name(who: Mapping[str, Any]) -> str:
    return f"{who['given']} {who['family']}"


def _said(template: TemplateVersion) -> Said:
    return Said(template.key, template.version, template.sha256, template.language)


def _language(choice: ContactChoice, who: Mapping[str, Any]) -> str:
    """Return the language that the guardian asked for, or that the school's records say."""
    return str(choice.preferences.language or who.get("language") or "en")


def _baseline(lot: Gathered, run: RunId) -> DecidingNumbers:
    started = lot.started(run)
    if started is None:
        raise LookupError(f"run {run} never began")
    return started.baseline[-1]


def _note(
    lot: Gathered, row: Leaving, address: str, voice: Voice, frozen: Mapping[str, Any]
) -> None:
    """Keep the words for every attempt, under the keys of all whom they are about."""
    number = address if row.channel in BY_NUMBER else None  # whoever answers will be known
    about = {row.student_id, *(one.student_id for one in row.also), *voice.guardians}
    parts: dict[UUID, dict[str, object]] = {one: {} for one in about}
    lot.note(Entry(row.words_id, MESSAGE, parts, frozen), number, voice.guardians)


def _address(channel: Channel, who: Mapping[str, Any], guardian: UUID) -> str | None:
    if channel in BY_NUMBER:
        return textable(str(who.get("phone") or ""))
    if channel is Channel.IN_APP:
        return str(guardian) if who else None
    value = who.get("email") if channel is Channel.EMAIL else None
    return str(value) if value else None


def _sender(channel: Channel, settings: Settings) -> str:
    match channel:
        case Channel.SMS:
            return settings.sms_sender
        case Channel.WHATSAPP:
            return settings.whatsapp_sender or settings.sms_sender
        case _:
            return settings.mail_sender


def _declared(template: TemplateVersion, fields: Mapping[str, str | int]) -> dict[str, str | int]:
    """Give a template the fields that it declares; empty optional ones are left out."""
    return {
        name: fields[name]
        for name in template.merge_fields
        if name in fields and (fields[name] != "" or name not in template.optional)
    }

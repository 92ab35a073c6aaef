"""The stand-in SMS gateway: Twilio's Messages resource, near enough to be mistaken for it.

Numbers that misbehave on purpose, for demonstrations: `+15005550001` (invalid), `…0002` (cannot be
reached), `…0004` (opted out), `…0009` (not a mobile); and any number that ends in 30003, 30005,
30006 or 30007 is accepted and then not delivered for that reason.
"""

import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from urllib.parse import urlencode

from infrastructure.clock import machine_now
from infrastructure.embedded.sandbox_http import Raw, Reply, Request, json_reply
from infrastructure.embedded.sandbox_log import TakenLog

_E164 = re.compile(r"(whatsapp:)?\+[1-9]\d{6,14}")
_REFUSED_NUMBERS = {
    "+15005550001": (21211, "Invalid 'To' phone number"),
    "+15005550002": (21612, "The 'To' number cannot be reached from this sender"),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}
_UNDELIVERED_ENDINGS = ("30003", "30005", "30006", "30007")
_LONGEST_BODY = 1600
_WINDOW = timedelta(hours=24)
_LARGEST_PAGE = 1000
STOP_WORDS = frozenset(
    {"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"}
)
START_WORDS = frozenset({"START", "YES", "UNSTOP"})


@dataclass(slots=True)
class Text:
    """One text that the gateway has taken."""

    number: int
    sid: str
    to: str
    sender: str
    body: str
    callback_url: str | None
    created_at: datetime
    status: str = "queued"
    sent_at: datetime | None = None
    error_code: int | None = None
    content_sid: str | None = None

    def as_json(self, account: str) -> dict[str, object]:
        """Describe it as the provider's API does."""
        by_service = self.sender.startswith("MG")
        return {
            "sid": self.sid,
            "account_sid": account,
            "api_version": "2010-04-01",
            "to": self.to,
            "from": None if by_service else self.sender,
            "messaging_service_sid": self.sender if by_service else None,
            "body": self.body,
            "status": self.status,
            "direction": "outbound-api",
            "num_segments": "1",
            "num_media": "0",
            "date_created": format_datetime(self.created_at),
            "date_updated": format_datetime(self.sent_at or self.created_at),
            "date_sent": None if self.sent_at is None else format_datetime(self.sent_at),
            "error_code": self.error_code,
            "error_message": None,
            "price": None,
            "uri": f"/2010-04-01/Accounts/{account}/Messages/{self.sid}.json",
        }


@dataclass(slots=True)
class _Shelf:
    """Everything taken so far, in the order of taking."""

    by_number: dict[str, list[Text]] = field(default_factory=dict)
    by_sid: dict[str, Text] = field(default_factory=dict)
    by_key: dict[str, tuple[dict[str, str], Text]] = field(default_factory=dict)


class SmsDesk:
    """Takes texts, remembers them and lists them."""

    def __init__(
        self,
        log: TakenLog,
        *,
        account: str,
        token: str,
        idempotent: bool,
        on_taken: Callable[[Text], None],
    ) -> None:
        self.account = account
        self.opted_out: set[str] = set()
        self.inbound: dict[str, datetime] = {}  # when each number last wrote
        self.contents: dict[str, str] = {}  # approved texts by their ContentSid
        self._token = token
        self._log = log
        self._idempotent = idempotent
        self._on_taken = on_taken
        self._shelf = _Shelf()
        self._path = f"/2010-04-01/Accounts/{account}/Messages.json"

    async def answer(self, request: Request) -> Reply | Raw:
        """Answer one API call; what faulty providers override."""
        if not request.is_from(self.account, self._token):
            return _error(HTTPStatus.UNAUTHORIZED, 20003, "Authenticate")
        if request.path != self._path:
            return _error(HTTPStatus.NOT_FOUND, 20404, "The requested resource was not found")
        if request.method == "POST":
            return self._take(request)
        if request.method == "GET":
            return self._page(dict(request.query))
        return _error(HTTPStatus.METHOD_NOT_ALLOWED, 20004, "Method not allowed")

    def text_for(self, sid_or_number: str) -> Text | None:
        """Return this text, or the newest text to this number."""
        listed = self._shelf.by_number.get(sid_or_number)
        return listed[-1] if listed else self._shelf.by_sid.get(sid_or_number)

    def heard(self, number: str, words: str) -> str | None:
        """Keep the opt-out list, as the provider does by itself; return the kind of key word."""
        self.inbound[number] = machine_now()
        word = words.strip().upper()
        if word in STOP_WORDS:
            self.opted_out.add(number)
            return "STOP"
        if word in START_WORDS:
            self.opted_out.discard(number)
            return "START"
        return None

    def _take(self, request: Request) -> Reply:
        form = request.form
        key = request.headers.get("idempotency-key") if self._idempotent else None
        if key is not None and key in self._shelf.by_key:
            before, text = self._shelf.by_key[key]
            if before != form:
                return _error(HTTPStatus.UNPROCESSABLE_ENTITY, 20422, "Key used for another body")
            return json_reply(HTTPStatus.CREATED, text.as_json(self.account))
        refusal = self._refusal(form)
        if refusal is not None:
            return _error(HTTPStatus.BAD_REQUEST, *refusal)
        text = self._new(form)
        self._log.append("sms", text.sid, text.to, text.body, idempotency_key=key)
        if key is not None:
            self._shelf.by_key[key] = (form, text)
        self._on_taken(text)
        return json_reply(HTTPStatus.CREATED, text.as_json(self.account))

    def _refusal(self, form: dict[str, str]) -> tuple[int, str] | None:
        to, body = form.get("To", ""), form.get("Body", "")
        if to in _REFUSED_NUMBERS:
            return _REFUSED_NUMBERS[to]
        if not _E164.fullmatch(to):
            return 21211, "Invalid 'To' phone number"
        if to in self.opted_out:
            return 21610, "Attempt to send to unsubscribed recipient"
        if self._is_late(form):
            return 63016, "Outside the allowed window: free-form text needs an approved template"
        if not (body or form.get("ContentSid")):
            return 21602, "Message body is required"
        if len(body) > _LONGEST_BODY:
            return 21617, "The concatenated message body exceeds the 1600 character limit"
        if not (form.get("From") or form.get("MessagingServiceSid")):
            return 21603, "A 'From' phone number is required"
        return None

    def _is_late(self, form: dict[str, str]) -> bool:
        """Say whether words of our own go by WhatsApp outside the day after the family's last."""
        to = form.get("To", "")
        if not to.startswith("whatsapp:") or form.get("ContentSid"):
            return False
        heard = self.inbound.get(to)
        return heard is None or machine_now() - heard >= _WINDOW

    def _filled(self, content: str, form: dict[str, str]) -> str:
        """Return what an approved text says: as registered here, or its values in a row."""
        values: dict[str, str] = json.loads(form.get("ContentVariables") or "{}")
        text = self.contents.get(content)
        if text is None:
            return " ".join(values.values())
        for name, value in values.items():
            text = text.replace("{{" + name + "}}", value)
        return text

    def _new(self, form: dict[str, str]) -> Text:
        content = form.get("ContentSid")
        text = Text(
            number=len(self._shelf.by_sid) + 1,
            sid="SM" + secrets.token_hex(16),
            to=form["To"],
            sender=form.get("MessagingServiceSid") or form["From"],
            body=form["Body"] if content is None else self._filled(content, form),
            callback_url=form.get("StatusCallback"),
            created_at=machine_now().replace(microsecond=0),
            content_sid=content,
        )
        self._shelf.by_sid[text.sid] = text
        self._shelf.by_number.setdefault(text.to, []).append(text)
        return text

    def _page(self, query: dict[str, str]) -> Reply:
        try:
            size = min(max(int(query.get("PageSize", "50")), 1), _LARGEST_PAGE)
            page = int(query.get("Page", "0"))
            # New texts come in front while somebody turns pages; the token says where to go on.
            before = int(query["PageToken"].removeprefix("PASM")) if "PageToken" in query else None
            found = self._matching(query, before)
            listed = [text for _, text in zip(range(size + 1), found, strict=False)]
        except ValueError:
            return _error(HTTPStatus.BAD_REQUEST, 20001, "Invalid filter")
        shown = listed[:size]
        following = None
        if len(listed) > size:
            again = {**query, "Page": str(page + 1), "PageToken": f"PASM{shown[-1].number}"}
            following = f"{self._path}?{urlencode(again)}"
        return json_reply(
            HTTPStatus.OK,
            {
                "messages": [text.as_json(self.account) for text in shown],
                "page": page,
                "page_size": size,
                "start": page * size,
                "end": page * size + max(len(shown) - 1, 0),
                "next_page_uri": following,
                "uri": f"{self._path}?{urlencode(query)}",
            },
        )

    def _matching(self, query: dict[str, str], before: int | None) -> Iterator[Text]:
        to = query.get("To")
        texts = self._shelf.by_sid.values() if to is None else self._shelf.by_number.get(to, [])
        for text in reversed(list(texts)):
            unturned = before is None or text.number < before
            right_sender = query.get("From") in {None, text.sender}
            if unturned and right_sender and _sent_then(text, query):
                yield text


def undelivered_code(to: str) -> int | None:
    """Return why a text to this number will not arrive, if it will not."""
    return next((int(ending) for ending in _UNDELIVERED_ENDINGS if to.endswith(ending)), None)


def _sent_then(text: Text, query: dict[str, str]) -> bool:
    """Apply the filters by date sent. A queued text has no such date and matches none of them."""
    wanted = {name: value for name, value in query.items() if name.startswith("DateSent")}
    if not wanted:
        return True
    if text.sent_at is None:
        return False
    for name, value in wanted.items():
        whole_day = len(value) == len("2026-01-31")
        sent: date | datetime = text.sent_at.date() if whole_day else text.sent_at
        asked = date.fromisoformat(value) if whole_day else datetime.fromisoformat(value)
        if isinstance(asked, datetime) and asked.tzinfo is None:
            asked = asked.replace(tzinfo=UTC)
        right = {"DateSent>": sent >= asked, "DateSent<": sent <= asked}.get(name, sent == asked)
        if not right:
            return False
    return True


def _error(status: int, code: int, message: str) -> Reply:
    more = f"https://www.twilio.com/docs/errors/{code}"
    value = {"code": code, "message": message, "more_info": more, "status": status}
    return json_reply(status, value)

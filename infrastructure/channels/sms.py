"""Text messages through Twilio's HTTP API, or any gateway that speaks it."""

import re
from collections.abc import Container, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec

from domain.message.statuses import FAILURES, DeliveryStatus, status_named
from domain.shared.contact import Channel
from infrastructure.channels.http_answers import decided, decoded, time_of
from infrastructure.channels.protocol import (
    Accepted,
    Cause,
    Finding,
    NotFound,
    Outcome,
    Outgoing,
    Rejected,
    RetryCause,
    RetryRule,
    Unknown,
)
from infrastructure.channels.sms_codes import WINDOW_CLOSED, meaning_of
from infrastructure.http.guarded import Answer, GuardedHttp, Lost, NotSent

_REFERENCE = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
_PAGE_SIZE = 100
_MOST_PAGES = 50
_LARGEST_PAGE = 2 * 1024 * 1024
_CLOCK_SKEW = timedelta(minutes=2)  # their clock against ours, and their times are whole seconds


class _Taken(msgspec.Struct):
    sid: str
    status: str | None = None
    error_code: int | None = None


class _Refused(msgspec.Struct):
    code: int | None = None


class Listed(msgspec.Struct):
    """One text as the gateway lists it."""

    sid: str
    to: str
    body: str
    date_created: str
    direction: str = "outbound-api"
    status: str | None = None


class _Page(msgspec.Struct):
    messages: list[Listed]
    next_page_uri: str | None = None


class SmsAdapter:
    """One account at one gateway. The retry rule is a property of the gateway, so a setting."""

    channel: Channel = Channel.SMS

    def __init__(
        self,
        http: GuardedHttp,
        *,
        account: str,
        retry_rule: RetryRule,
        name: str = "twilio",
        keys_kept_for: timedelta = timedelta(hours=24),
    ) -> None:
        self.name = name
        self.retry_rule = retry_rule
        self.keys_kept_for = keys_kept_for
        self._http = http
        self._path = f"/2010-04-01/Accounts/{account}/Messages.json"

    @property
    def settles_after(self) -> timedelta:
        """Twice our own limit: a gateway works on for a while after we have hung up."""
        return timedelta(seconds=2 * self._http.longest_call)

    def send(self, outgoing: Outgoing) -> Outcome:
        """Make one attempt."""
        by_service = _SERVICE.fullmatch(outgoing.sender)
        sender = outgoing.sender if by_service else self.written(outgoing.sender)
        fields = [
            ("To", self.written(outgoing.to)),
            ("MessagingServiceSid" if by_service else "From", sender),
            *self.words(outgoing),
        ]
        if outgoing.callback_url is not None:
            fields.append(("StatusCallback", outgoing.callback_url))
        headers = {}
        if self.retry_rule is RetryRule.IDEMPOTENCY_KEY:
            headers["Idempotency-Key"] = outgoing.provider_key
        return _settled(self._http.post_form(self._path, fields, headers))

    def written(self, number: str) -> str:
        """Return a number as the gateway writes it for this channel."""
        return number

    def words(self, outgoing: Outgoing) -> list[tuple[str, str]]:
        """Return the fields that say what is to be said."""
        return [("Body", outgoing.text)]

    def same(self, listed: Listed, outgoing: Outgoing) -> bool | None:
        """Say whether a listed text is this one; None where nobody can tell."""
        return plain(listed.body) == plain(outgoing.text)

    def look_up(
        self, outgoing: Outgoing, since: datetime, taken: Container[str] = frozenset()
    ) -> Finding:
        """Search all texts to this number for the same words since the first attempt.

        The gateway's own filter by DateSent is not used on purpose: a message that is accepted
        and still queued has no such date, so the filter hides exactly the one we ask about, and
        the answer "not found" would send it twice.
        """
        earliest = since - _CLOCK_SKEW
        found: list[tuple[datetime, Listed]] = []
        doubtful = False
        for page in self._pages(self.written(outgoing.to)):
            if isinstance(page, Unknown):
                return page
            for listed in page.messages:
                created = time_of(listed.date_created)
                if created is None:
                    return Unknown(Cause.UNREADABLE_ANSWER)
                if created < earliest or not self._ours(listed, outgoing, taken):
                    continue
                same = self.same(listed, outgoing)
                doubtful = doubtful or same is None
                if same:
                    found.append((created, listed))
        if not found:
            return Unknown(Cause.CANNOT_ASK) if doubtful else NotFound()
        first = min(found, key=lambda one: (one[0], one[1].sid))[1]
        if not _REFERENCE.fullmatch(first.sid):
            return Unknown(Cause.UNREADABLE_ANSWER)
        return Accepted(first.sid, status_named(first.status) or DeliveryStatus.ACCEPTED)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ours(self, listed: Listed, outgoing: Outgoing, taken: Container[str]) -> bool:
        to_them = listed.to == self.written(outgoing.to) and listed.direction != "inbound"
        return to_them and listed.sid not in taken

    def _pages(self, to: str) -> Iterator[_Page | Unknown]:
        """Read to the last page: the order of unsent messages is not documented."""
        path: str | None = f"{self._path}?{urlencode({'To': to, 'PageSize': _PAGE_SIZE})}"
        for _ in range(_MOST_PAGES):
            # A page that names a next page elsewhere is lying; so is everything else on it.
            if path is None or not path.startswith(f"{self._path}?") or not path.isascii():
                yield Unknown(Cause.UNREADABLE_ANSWER)
                return
            page = _page(self._http.get(path, largest_answer=_LARGEST_PAGE))
            yield page
            if isinstance(page, Unknown) or page.next_page_uri is None:
                return
            path = page.next_page_uri
        yield Unknown(Cause.TOO_MANY_PAGES)


def _settled(answer: Answer | NotSent | Lost) -> Outcome:
    """Say what is certain, and nothing more."""
    said = decided(answer)
    if not isinstance(said, Answer):
        return said
    return _taken(said) if 200 <= said.status < 300 else _refused(said)  # noqa: PLR2004


def _taken(answer: Answer) -> Outcome:
    said = decoded(answer.body, _Taken)
    if said is None or not _REFERENCE.fullmatch(said.sid):
        return Unknown(Cause.UNREADABLE_ANSWER, str(answer.status))
    status = status_named(said.status) or DeliveryStatus.ACCEPTED
    if status in FAILURES:
        code = None if said.error_code is None else str(said.error_code)
        return Rejected(Cause.REFUSED, code, meaning_of(said.error_code))
    return Accepted(said.sid, status)


def _refused(answer: Answer) -> Outcome:
    said = decoded(answer.body, _Refused)
    if said is None or said.code is None:
        return Rejected(Cause.REFUSED, str(answer.status), RetryCause.STOP)
    retry = meaning_of(said.code)
    cause = Cause.BAD_ADDRESS if retry is RetryCause.FIX_CONTACT else Cause.REFUSED
    if said.code == WINDOW_CLOSED:
        cause = Cause.WINDOW_CLOSED
    return Rejected(cause, str(said.code), retry)


def _page(answer: Answer | NotSent | Lost) -> _Page | Unknown:
    if isinstance(answer, NotSent):
        return Unknown(Cause.NOT_REACHED)
    if isinstance(answer, Lost):
        return Unknown(Cause.TIMED_OUT if answer.timed_out else Cause.CONNECTION_LOST)
    if answer.status != 200:  # noqa: PLR2004
        return Unknown(Cause.SERVER_ERROR, str(answer.status))
    return decoded(answer.body, _Page) or Unknown(Cause.UNREADABLE_ANSWER)


def plain(text: str) -> str:
    """Compare words, not line ends: gateways trim and rewrite those."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())

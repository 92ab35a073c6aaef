"""A server that speaks as Wonde does, and one that goes wrong as servers do.

It pages by cursor and by offset, counts, filters by `updated_after`, tells deletions, and takes the
token as bearer or as the user of basic authentication. Faults are told to it by the test: it says
no, stalls nobody, cuts pages in half, repeats them, leads elsewhere, ends too early and miscounts.
`between_pages` is called after each page: what it changes is what a school does during a sync.
"""

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

TOKEN: Final = "the-school-s-token"
SCHOOL: Final = "A1930499544"
BEGAN: Final = datetime(2025, 9, 1, 6, 0, tzinfo=UTC)
DAYS: Final = tuple(date(2025, 9, day) for day in (1, 2, 3, 4, 5))
Record = dict[str, Any]


class Wrong(StrEnum):
    """What one answer of the server does wrong."""

    BUSY = "answers 429 with Retry-After"
    BROKEN = "answers 500"
    DENIED = "answers 401"
    CUT = "hangs up in the middle of the answer"
    HALF = "sends half of the JSON with the right length"
    WEB_PAGE = "sends an HTML page with status 200"
    NOTHING = "sends an empty list without paging"
    ENDS = "says that this was the last page, in the middle"
    NO_NEXT = "says that there is more, and not where"
    ELSEWHERE = "names another host for the next page"
    LOOPS = "names the same page as the next one"
    REPEATS = "sends the last page once more before it goes on"


def stamp(moment: datetime | date, zone: str = "UTC") -> Record:
    """Write a moment as Wonde does."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001  a wall clock
    return {"date": f"{moment:%Y-%m-%d %H:%M:%S.%f}", "timezone_type": 3, "timezone": zone}


@dataclass
class WondeWorld:
    """What one school's system holds, and when each record last changed."""

    records: dict[str, dict[str, Record]] = field(default_factory=dict)
    school: Record = field(default_factory=dict)
    now: datetime = BEGAN
    counts: dict[str, int] = field(default_factory=dict)  # said in place of the truth

    def put(self, resource: str, record: Record) -> None:
        """Write a record, changed now."""
        changed = {**record, "updated_at": stamp(self.now)}
        self.records.setdefault(resource, {})[record["id"]] = changed

    def change(self, resource: str, record_id: str, **fields: Any) -> None:
        """Change fields of a record."""
        self.put(resource, {**self.records[resource][record_id], **fields})

    def delete(self, resource: str, record_id: str) -> None:
        """Delete a record, and tell it as Wonde tells deletions."""
        del self.records[resource][record_id]
        kind = "attendance" if resource == "attendance/session" else resource.rstrip("s")
        self.put("deletions", {"id": record_id, "type": kind})

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


def made_up_school(pupils: int = 5, days: tuple[date, ...] = DAYS) -> WondeWorld:
    """A school of so many pupils, each with a mother and a father, all marks present but a few."""
    world = WondeWorld()
    world.school = {
        "id": SCHOOL,
        "name": "Hilltop Primary",
        "timezone": "Europe/London",
        "region": {"code": "GBR"},
    }
    for code_id, code in (("K1", "/"), ("K2", "\\"), ("K3", "I"), ("K4", "O"), ("K5", "L")):
        world.put("attendance-codes", {"id": code_id, "code": code, "description": "", "type": ""})
    for number in range(pupils):
        world.put("students", pupil(number))
        for day in days:
            for session, code in (("AM", "K1"), ("PM", "K2")):
                world.put("attendance/session", mark(number, day, session, code))
    return world


def pupil(number: int, **fields: Any) -> Record:
    """A pupil with a mother who has parental responsibility, and a father of whom nobody said."""
    return {
        "id": f"A{number:04}",
        "forename": f"Seán{number}",
        "surname": "Byrne",
        "date_of_birth": stamp(date(2016, 3, 1)),
        "education_details": {
            "data": {"admission_date": stamp(date(2025, 9, 1)), "leaving_date": None}
        },
        "year": {"data": {"code": "4", "name": "Year 4"}},
        "contacts": {"data": [parent(number, "M", rights=True), parent(number, "F", rights=None)]},
        **fields,
    }


def parent(number: int, kind: str, *, rights: bool | None, priority: int | None = 1) -> Record:
    """A contact; every flag may be null."""
    return {
        "id": f"C{number:04}{kind}",
        "forename": kind,
        "surname": "Byrne",
        "contact_details": {
            "data": {
                "phones": {"phone": None, "mobile": "07700 900123", "primary": None},
                "emails": {"email": f"{kind.lower()}{number}@example.org", "primary": None},
            }
        },
        "relationship": {
            "data": {
                "relationship": "Parent",
                "parental_responsibility": rights,
                "priority": priority,
                "lives_with_pupil": True if kind == "M" else None,
                "court_order": None,
            }
        },
    }


def mark(number: int, day: date, session: str, code: str | None, **fields: Any) -> Record:
    """A mark of a morning or an afternoon."""
    return {
        "id": f"S{number:04}{day:%m%d}{session}",
        "date": stamp(day, "Europe/London"),
        "session": session,
        "attendance_code": code,
        "comment": None,
        "minutes_late": None,
        "student": f"A{number:04}",
        **fields,
    }


class WondeServer:
    """The server, its faults, and what was asked of it."""

    def __init__(self, world: WondeWorld, per_page: int) -> None:
        self.world = world
        self.per_page = per_page  # a real one gives up to 200; few make many pages
        self.faults: dict[str, list[Wrong | None]] = {}
        self.between_pages: Callable[[str, int], None] | None = None
        self.asked: list[str] = []
        self.url = ""
        self._lock = Lock()
        self._pages: Counter[str] = Counter()
        self._repeat: dict[str, bytes] = {}

    def goes_wrong(self, resource: str, *how: Wrong | None) -> None:
        """Let the next answers about a resource go wrong in this order; None is a good one."""
        self.faults.setdefault(resource, []).extend(how)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request; one at a time, so that a test knows what came first."""
        with self._lock:
            parts = urlsplit(handler.path)
            self.asked.append(handler.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            resource = parts.path.removeprefix(f"/v1.0/schools/{SCHOOL}").strip("/")
            faults = self.faults.get(resource) or [None]
            fault = faults.pop(0)
            if not _knows(handler.headers.get("Authorization", "")) or fault is Wrong.DENIED:
                send(handler, 401, b'{"error":"invalid_token"}')
                return
            if parts.path.startswith(f"/v1.0/schools/{SCHOOL}"):
                self._send(handler, resource, asked, fault)
            else:
                send(handler, 404, b'{"error":"school_not_found"}')

    def _send(
        self,
        handler: BaseHTTPRequestHandler,
        resource: str,
        asked: dict[str, str],
        fault: Wrong | None,
    ) -> None:
        if fault is Wrong.BUSY:
            send(handler, 429, b"{}", {"Retry-After": "7"})
        elif fault is Wrong.BROKEN:
            send(handler, 500, b"oops")
        elif fault is Wrong.WEB_PAGE:
            send(handler, 200, b"<html><body>Down for maintenance</body></html>")
        elif fault is Wrong.NOTHING:
            send(handler, 200, b'{"data":[]}')
        else:
            whole = json.dumps(self._body(resource, asked, fault)).encode()
            if fault is Wrong.HALF:
                send(handler, 200, whole[: len(whole) // 2])
            elif fault is Wrong.CUT:
                send(handler, 200, whole[: len(whole) // 2], length=len(whole))
            else:
                send(handler, 200, whole)

    def _body(self, resource: str, asked: dict[str, str], fault: Wrong | None) -> Record:
        if resource == "":
            return {"data": self.world.school}
        if resource == "counts":
            true = len(self.world.records.get("students", {}))
            number = self.world.counts.get("students", true)
            return {"data": {"students": {"data": {"count": number}}}}
        return self._page(resource, asked, fault)

    def _page(self, resource: str, asked: dict[str, str], fault: Wrong | None) -> Record:
        after = asked.get("updated_after")
        rows = [
            record
            for _, record in sorted(self.world.records.get(resource, {}).items())
            if after is None or record["updated_at"]["date"] >= after
        ]
        size = min(self.per_page, int(asked.get("per_page", 15)))
        if asked.get("cursor"):
            behind = _cursor(asked["cursor"])
            left = [row for row in rows if row["id"] > behind]
            page, more = left[:size], len(left) > size
            following = {**asked, "cursor": _token(page[-1]["id"])} if more else None
        else:
            number = int(asked.get("page", 1))
            page, more = rows[size * (number - 1) : size * number], len(rows) > size * number
            following = {**asked, "page": str(number + 1)} if more else None
        self._pages[resource] += 1
        if self.between_pages is not None:
            self.between_pages(resource, self._pages[resource])
        url = f"{self.url}/v1.0/schools/{SCHOOL}/{resource}"
        ahead = None if following is None else f"{url}?{urlencode(following)}"
        if fault is Wrong.REPEATS and ahead:
            page = [*page, *page]
        lies = {
            Wrong.ENDS: (False, None),
            Wrong.NO_NEXT: (True, None),
            Wrong.ELSEWHERE: (True, f"https://example.org/v1.0/schools/{SCHOOL}/{resource}?c=1"),
            Wrong.LOOPS: (True, f"{url}/?{urlencode(asked)}"),
        }
        more, ahead = lies.get(fault, (more, ahead)) if fault else (more, ahead)
        paging = {"next": ahead, "previous": None, "more": more, "per_page": size}
        return {"data": page, "meta": {"pagination": paging, "includes": []}}


def send(
    handler: BaseHTTPRequestHandler,
    status: int,
    body: bytes,
    headers: dict[str, str] | None = None,
    length: int | None = None,
) -> None:
    """Write an answer; a length that is not the body's is a connection that is cut."""
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)
    handler.close_connection = length is not None


def _knows(authorization: str) -> bool:
    kind, _, said = authorization.partition(" ")
    if kind == "Basic":
        return base64.b64decode(said).decode() == f"{TOKEN}:"
    return kind == "Bearer" and said == TOKEN


def _token(record_id: str) -> str:
    return base64.urlsafe_b64encode(record_id.encode()).decode()


def _cursor(written: str) -> str:
    return "" if written == "true" else base64.urlsafe_b64decode(written).decode()


@contextmanager
def serving(world: WondeWorld, per_page: int = 3) -> Iterator[WondeServer]:
    """Run the server on a port of its own."""
    ours = WondeServer(world, per_page)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            ours.answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        ours.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield ours
        finally:
            server.shutdown()
            thread.join()

"""Stand-in providers on loopback: a real SMS gateway and a real mail server that deliver nothing.

They are honest. Providers that lie, stall and repeat themselves are made from these in the tests.
What they took is in the log file; the list that the gateway's API shows lives as long as the
process.

    python -m infrastructure.embedded.sandbox --sms-port 8025 --smtp-port 2525 --log taken.jsonl
"""

import argparse
import asyncio
import json
import socket
import sys
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self, TypeVar

from infrastructure.embedded.sandbox_callbacks import Callbacks, Families
from infrastructure.embedded.sandbox_http import Poster, Raw, Reply, Request, json_reply, serve
from infrastructure.embedded.sandbox_log import TakenLog
from infrastructure.embedded.sandbox_mail import MailDesk
from infrastructure.embedded.sandbox_post import Mail, MailEvents, PostOffice
from infrastructure.embedded.sandbox_sms import SmsDesk, Text

_MOST_ENTRIES = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """How the stand-ins behave. Port 0 takes a free one."""

    host: str = "127.0.0.1"
    sms_port: int = 0
    smtp_port: int = 0
    account: str = "ACsandbox"
    token: str = "sandbox-token"  # noqa: S105
    idempotent: bool = False  # honour Idempotency-Key, as some gateways do
    callbacks: bool = False  # move texts on, and post it to their StatusCallback
    inbound_url: str | None = None
    mail_login: tuple[str, str] | None = None
    mail_key: str = "sandbox-key"  # of the e-mail API
    events_url: str | None = None  # where events about e-mails are posted


class SandboxProviders:
    """Both servers on one event loop, in a thread of their own or as a process of their own."""

    def __init__(self, log_path: Path, options: SandboxOptions | None = None) -> None:
        self.options = options or SandboxOptions()
        self.log_path = log_path
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._open = False

    def make_sms(self, log: TakenLog) -> SmsDesk:
        """Build the gateway; faulty providers override this."""
        return SmsDesk(
            log,
            account=self.options.account,
            token=self.options.token,
            idempotent=self.options.idempotent,
            on_taken=self._on_taken,
        )

    def make_mail(self, log: TakenLog) -> MailDesk:
        """Build the mail server; faulty providers override this."""
        return MailDesk(log, login=self.options.mail_login)

    def make_post_office(self, log: TakenLog) -> PostOffice:
        """Build the e-mail API; faulty providers override this."""
        return PostOffice(log, key=self.options.mail_key, on_taken=self._on_posted)

    def make_events(self, poster: Poster) -> MailEvents:
        """Build the voice of the e-mail API; faulty providers override this."""
        return MailEvents(poster, self.options.events_url)

    def make_callbacks(self, poster: Poster) -> Callbacks:
        """Build the voice of the gateway; faulty providers override this."""
        return Callbacks(poster, account=self.options.account)

    @property
    def sms_url(self) -> str:
        """The base address of the SMS API."""
        return f"http://{self.options.host}:{self.sms_port}"

    def start(self) -> Self:
        """Serve from a thread of this process."""
        self.open()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def run(self) -> None:
        """Serve from this thread until interrupted."""
        with suppress(KeyboardInterrupt):
            self._loop.run_forever()
        self._close()

    def open(self) -> None:
        """Take the ports; from here on clients may connect."""
        host = self.options.host
        sms = socket.create_server((host, self.options.sms_port), backlog=256)
        mail = socket.create_server((host, self.options.smtp_port), backlog=256)
        self.sms_port: int = sms.getsockname()[1]
        self.smtp_port: int = mail.getsockname()[1]
        self._log = TakenLog(self.log_path)
        self._poster = Poster(self.options.token)
        self._sms = self.make_sms(self._log)
        self._mail = self.make_mail(self._log)
        self._callbacks = self.make_callbacks(self._poster)
        self._post_office = self.make_post_office(self._log)
        self.events = self.make_events(self._poster)
        self._loop.run_until_complete(self._listen(sms, mail))
        self._open = True

    def stop(self) -> None:
        """Hang up on everybody."""
        if self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._thread = None
        self._close()

    def reply(self, to_sid_or_number: str, text: str) -> str:
        """Write back in a family's name; returns when our webhook has answered."""
        return self._wait_for(self._families().reply(to_sid_or_number, text))[0]

    def wait_for_callbacks(self) -> None:
        """Return when every callback so far is answered or given up."""
        self._wait_for(self._callbacks.settled())
        self._wait_for(self.events.settled())

    def __enter__(self) -> Self:
        return self if self._open else self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    async def _listen(self, sms: socket.socket, mail: socket.socket) -> None:
        # Ends quietly when we hang up: asyncio reports a cancelled conversation as an error.
        async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(asyncio.CancelledError):
                await serve(reader, writer, self._answer)

        async def smtp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(asyncio.CancelledError):
                await self._mail.converse(reader, writer)

        self._servers = (
            await asyncio.start_server(http, sock=sms),
            await asyncio.start_server(smtp, sock=mail, limit=1024 * 1024),
        )

    async def _answer(self, request: Request) -> Reply | Raw:
        if request.path.startswith("/v3/"):
            return await self._post_office.answer(request)
        if not request.path.startswith("/sandbox/"):
            return await self._sms.answer(request)
        if not request.is_from(self.options.account, self.options.token):
            return json_reply(HTTPStatus.UNAUTHORIZED, {"error": "authenticate"})
        match request.method, request.path:
            case "GET", "/sandbox/log":
                return self._shown(dict(request.query))
            case "POST", "/sandbox/reply":
                return await self._reply(request)
            case _:
                return json_reply(HTTPStatus.NOT_FOUND, {"error": "not found"})

    def _shown(self, query: dict[str, str]) -> Reply:
        after = query.get("after", "0")
        start = int(after) if after.isdecimal() else 0
        entries = self._log.entries[start : start + _MOST_ENTRIES]
        value = {
            "entries": entries,
            "next": start + len(entries),
            "callbacks_abandoned": self._callbacks.abandoned,
        }
        return json_reply(HTTPStatus.OK, value)

    async def _reply(self, request: Request) -> Reply:
        form = request.form
        if self.options.inbound_url is None or not form.get("To") or "Body" not in form:
            wanted = "To and Body, and a sandbox that was started with an inbound address"
            return json_reply(HTTPStatus.BAD_REQUEST, {"error": wanted})
        sid, answer = await self._families().reply(form["To"], form["Body"])
        return json_reply(HTTPStatus.OK, {"sid": sid, "webhook_status": answer})

    def _families(self) -> Families:
        if self.options.inbound_url is None:
            raise ValueError("the sandbox was started without an inbound address")
        return Families(self._callbacks, self._sms, self.options.inbound_url)

    def _on_taken(self, text: Text) -> None:
        if self.options.callbacks:
            self._callbacks.follow(text)

    def _on_posted(self, mail: Mail) -> None:
        self.events.follow(mail)

    def _wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _close(self) -> None:
        self._loop.run_until_complete(self._hang_up())
        self._loop.close()
        self._log.close()
        self._open = False

    async def _hang_up(self) -> None:
        for server in self._servers:
            server.close()
        self._poster.close()
        # A connection that was accepted a moment ago begins its conversation only in a later turn
        # of the loop, and closed transports close their sockets in the turn after: hence a few.
        for _ in range(5):
            await asyncio.sleep(0)
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)


def arguments() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(description="Stand-in SMS gateway and mail server.")
    parser.add_argument("--log", type=Path, required=True, help="what was taken, as JSON lines")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--sms-port", type=int, default=0)
    parser.add_argument("--smtp-port", type=int, default=0)
    parser.add_argument("--account", default="ACsandbox")
    parser.add_argument("--token", default="sandbox-token")
    parser.add_argument("--idempotent", action="store_true", help="honour Idempotency-Key")
    parser.add_argument("--callbacks", action="store_true", help="post status callbacks")
    parser.add_argument("--inbound-url", help="where replies of families are posted")
    return parser


def options_of(given: argparse.Namespace) -> SandboxOptions:
    """Read the options that the command line gave."""
    return SandboxOptions(
        host=given.host,
        sms_port=given.sms_port,
        smtp_port=given.smtp_port,
        account=given.account,
        token=given.token,
        idempotent=given.idempotent,
        callbacks=given.callbacks,
        inbound_url=given.inbound_url,
    )


def announce_and_run(providers: SandboxProviders) -> None:
    """Serve, and say where on the first line of the output."""
    providers.open()
    where = {
        "sms_url": providers.sms_url,
        "sms_port": providers.sms_port,
        "smtp_port": providers.smtp_port,
    }
    sys.stdout.write(json.dumps(where) + "\n")
    sys.stdout.flush()
    providers.run()


def main() -> None:
    """Run as a process of its own."""
    given = arguments().parse_args()
    announce_and_run(SandboxProviders(given.log, options_of(given)))


if __name__ == "__main__":
    main()

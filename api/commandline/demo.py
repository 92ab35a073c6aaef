"""`anseo demo`: a made-up district lives through one term in a minute, then the API serves."""

import json
import os
import socket
import sys
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import typer

from api.commandline import printing
from api.commandline.opening import chosen_settings, fail, free, servers, tenant_id
from api.commandline.running import child_environment
from api.commandline.supervisor import Supervisor
from domain.shared.ids import TenantId
from infrastructure.embedded.broker import EmbeddedBroker
from infrastructure.embedded.district.district import Content, District, make_district
from infrastructure.embedded.servers import EmbeddedServers
from infrastructure.embedded.system_packages import findings, probe
from infrastructure.relay.reference_consumer import count_published
from infrastructure.runtime.barrier import Barrier
from infrastructure.runtime.evaluating import Evaluator
from infrastructure.runtime.role import wait_until
from infrastructure.seal.store import FOLLOWER as SEAL
from infrastructure.seal.verifying import Verification
from infrastructure.settings import Settings
from infrastructure.store.recorder import newest
from infrastructure.wiring import workers
from infrastructure.wiring.demonstration import Providers, Term
from infrastructure.wiring.house import House
from infrastructure.wiring.reckoning import Figure, Outside, reckon, summary
from processmanagers.all import PROCESS_MANAGERS

SEED: Final = 20250901
TENANT: Final = "demo"
_DONE: Final = "demo-term-done"
_START_SECONDS: Final = 60
_OF_THE_FILES: Final = frozenset({"students", "marks"})


def demo(
    once: Annotated[bool, typer.Option(help="Run the term, print the figures, and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    seed: Annotated[int, typer.Option(help="The number that makes the district.")] = SEED,
) -> None:
    """Run a made-up district through one term, check every figure twice, then serve the API."""
    settings = chosen_settings()
    lacking = [found.do for found in findings(probe()) if "letters" in found.name and found.do]
    if lacking:
        fail(f"letters cannot be printed here yet: {lacking[0]}")
    began = time.monotonic()
    with ExitStack() as stack:
        running = stack.enter_context(servers(settings, kafka=True))
        show = Show(settings, running, seed)
        house, supervisor = stack.enter_context(show.staged())
        done = settings.home / _DONE
        lived = done.exists()
        if not lived:
            show.run_term(house, supervisor)
            done.write_text(str(seed))
        answer, figures = show.reckon(house)
        if as_json:
            printing.as_json(answer | {"seconds": round(time.monotonic() - began, 1)})
        else:
            show.tell(answer, figures, time.monotonic() - began)
        # Who came back may have imported and corrected since: that is what the demo is for.
        own = _OF_THE_FILES if lived else frozenset[str]()
        wrong = [one for one in figures if not one.agrees and one.name not in own]
        if wrong:
            fail("figures differ: " + "; ".join(f"{f.name} {f.value} != {f.other}" for f in wrong))
        if not once:
            show.await_api(supervisor)
            show.invite(house)
            supervisor.wait()


class Show:
    """The demo's processes, and what they are asked."""

    def __init__(self, settings: Settings, running: EmbeddedServers, seed: int) -> None:
        self._home = settings.home
        self._running = running
        self._log = settings.home / "providers.jsonl"
        ports = _ports(settings.home, settings.port)
        environment = child_environment(settings, running)
        environment |= {
            "SMS_URL": f"http://127.0.0.1:{ports['sms']}",
            "SMTP_PORT": str(ports["smtp"]),
            "ANSEO_PORT": str(ports["api"]),
            "ANSEO_POLL_MS": "20",
            "ANSEO_SENDER_THREADS": "2",
            "ANSEO_LETTER_PRESSES": "2",
            "PYTHONUNBUFFERED": "1",
        }
        os.environ.update(environment)
        self._environment = environment
        self._ports = ports
        self.settings = Settings()
        self._district: District = make_district(seed)
        self._tenant: TenantId = tenant_id(TENANT)

    @contextmanager
    def staged(self) -> Iterator[tuple[House, Supervisor]]:
        """Start the stand-in providers and every role."""
        logs = self._home / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        with (
            House(self.settings, self._running.database_url) as house,
            Supervisor(self._environment, logs) as supervisor,
        ):
            supervisor.start_command("providers", self._providers_command())
            supervisor.start("api", ["run", "api"])
            # In this process their commits wake each other at once, which a moved clock lives on.
            crew = workers.Crew(house, workers.ROLES)
            crew.start()
            yield house, supervisor
            crew.stop()

    def _providers_command(self) -> list[str]:
        inbound = f"{self.settings.base_url}/api/webhooks/twilio/inbound/{self._tenant}"
        return [
            sys.executable,
            "-m",
            "infrastructure.embedded.sandbox",
            "--log",
            str(self._log),
            "--sms-port",
            str(self._ports["sms"]),
            "--smtp-port",
            str(self._ports["smtp"]),
            "--inbound-url",
            inbound,
        ]

    def await_api(self, supervisor: Supervisor) -> None:
        """Wait until the API answers; end with a hint where it never does."""

        def answers() -> bool:
            supervisor.watch()
            try:
                with urllib.request.urlopen(f"{self.settings.base_url}/livez", timeout=1):  # noqa: S310  our own address
                    return True
            except OSError:
                return False

        if not wait_until(answers, _START_SECONDS, 0.1):
            fail(f"the API did not start; see {self._home / 'logs'}")

    def run_term(self, house: House, supervisor: Supervisor) -> None:
        """Run the term with a progress bar."""
        evaluator = Evaluator(house.database, house.ledger, house.settings.evaluate_at)
        barrier = Barrier(house.database, PROCESS_MANAGERS, evaluator, house.bell)
        providers = Providers(self._taken, self._reply)
        folder = self._home / "district"
        term = Term(house, self._tenant, self._district, barrier, providers, folder)
        term.found()
        self.await_api(supervisor)  # it came up while the district was imported
        with printing.progress() as bar:
            task = bar.add_task("One term", total=len(self._district.term_days))
            for _ in term.days():
                supervisor.watch()
                bar.advance(task)

    def _taken(self) -> list[dict[str, Any]]:
        if not self._log.exists():
            return []
        return [json.loads(line) for line in self._log.read_bytes().splitlines()]

    def _reply(self, to: str, text: str) -> None:
        token = self.settings.sms_token.get_secret_value()
        secret = b64encode(f"{self.settings.sms_account}:{token}".encode()).decode()
        request = urllib.request.Request(  # noqa: S310  our own stand-in
            f"{self.settings.sms_url}/sandbox/reply",
            data=urlencode({"To": to, "Body": text}).encode(),
            headers={"Authorization": f"Basic {secret}"},
        )
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310  our own stand-in
            pass

    def reckon(self, house: House) -> tuple[dict[str, Any], list[Figure]]:
        """Count everything twice, once outside our database."""
        records = self._kafka_records(house)
        outside = Outside(
            students=len(self._district.pupils),
            marks=_lines_delivered(self._district),
            texts_and_mails=len(self._taken()),
            pdf_files=house.artifacts.count(self._tenant),
            kafka_records=records,
        )
        figures = [*reckon(house, self._tenant, outside), self._sealed(house)]
        return summary(house, self._tenant, figures), figures

    def _sealed(self, house: House) -> Figure:
        """Verify every fact against its seal, and count them beside the ledger's own count."""

        def caught_up() -> bool:
            with house.database.worker() as conn:
                return (house.ledger.recorder.position_of(conn, SEAL) or 0) >= newest(conn)

        if not wait_until(caught_up, _START_SECONDS, 0.05):
            fail("the seal did not catch up with the ledger")
        keys, anchors = workers.seal_keys_of(self.settings), workers.anchors_of(self.settings)
        report = Verification(house.database.worker, keys, anchors).run()
        if not report.ok:
            fail("the seal differs: " + "; ".join(finding.said for finding in report.findings))
        with house.database.worker() as conn:
            row = conn.execute("select count(*) from ledger").fetchone()
        return Figure("facts sealed", report.facts, row[0] if row else 0, "facts in the ledger")

    def _kafka_records(self, house: House) -> int | None:
        bootstrap = self._running.kafka_bootstrap
        if bootstrap is None:
            return None

        broker = EmbeddedBroker(self._home).cluster_id() if self.settings.kafka_forgets else None

        def caught_up() -> bool:
            with house.database.worker() as conn:
                row = conn.execute("select cluster_id from relay_state").fetchone()
                position = house.ledger.recorder.position_of(conn, "relay") or 0
                last = newest(conn)
            # A position that was reached with the broker of an earlier start says nothing.
            same = broker is None or (row is not None and row[0] == broker)
            return same and position >= last

        if not wait_until(caught_up, _START_SECONDS, 0.05):
            fail("the relay did not catch up with the ledger")
        return count_published(bootstrap, self.settings.kafka_topic_prefix)

    def tell(self, answer: dict[str, Any], figures: list[Figure], seconds: float) -> None:
        """Say what happened."""
        sheet = answer["balance"]
        printing.line(
            f"One term of {answer['students']} pupils with {answer['marks']} marks"
            f" in {seconds:.0f} s (seed {SEED}):"
        )
        printing.line(
            f"  {answer['instances']} pupils on the ladder, {answer['letters']} letters printed,"
            f" {answer['runs']} runs, {answer['messages']} messages accepted by the stand-ins"
        )
        printing.line(
            f"  due steps {sheet['due']} = {sheet['sent']} sent + {sheet['skipped']} skipped"
            f" + {sheet['failed']} failed + {sheet['pending']} pending"
        )
        printing.line(f"  {answer['queue_rows']} things wait for a person in the queue")
        for figure in figures:
            verdict = "agrees with" if figure.agrees else "DIFFERS FROM"
            printing.line(
                f"  {figure.name}: {figure.value} {verdict} {figure.other} ({figure.counted_in})"
            )

    def invite(self, house: House) -> None:
        """Say where to look, with a token that works."""
        from api.tokens import mint  # noqa: PLC0415  only here

        token = mint(house, self._tenant, "principal", ["principal", "admin"], None, 12)
        url = self.settings.base_url
        printing.line()
        printing.line(f"API:    {url}/api/docs")
        printing.line(f"Token:  {token}")
        printing.line(
            f"Try:    curl -H 'Authorization: Bearer TOKEN' {url}/api/interventions/queue"
        )
        printing.line(f"Data:   {self._home.resolve()}")
        if self._running.kafka_bootstrap is None:
            printing.line("Not durable: no Kafka broker runs here; the relay is parked.")
        else:
            printing.line(
                f"Kafka:  {self._running.kafka_bootstrap} keeps its records in memory only:"
                " they are published again at the next start."
            )
        printing.line("Ctrl-C stops it; the data stay.")


def _lines_delivered(district: District) -> int:
    files = (
        delivery.data
        for day in district.term_days
        for delivery in district.deliveries(day)
        if delivery.content is Content.MARKS
    )
    return sum(len(data.splitlines()) - 1 for data in files)


def _ports(home: Path, api: int) -> dict[str, int]:
    """Keep the stand-ins' ports with the data, so that a second start finds them again."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / "ports.json"
    if path.exists():
        ports: dict[str, int] = json.loads(path.read_text())
        if all(free(port) for port in ports.values()):
            return ports
    wanted = {"sms": 0, "smtp": 0, "api": api if free(api) else 0}
    with ExitStack() as stack:
        for name, port in wanted.items():
            if not port:
                sock = stack.enter_context(socket.socket())
                sock.bind(("127.0.0.1", 0))
                wanted[name] = sock.getsockname()[1]
    path.write_text(json.dumps(wanted))
    return wanted

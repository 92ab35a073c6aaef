"""Many families hear on the same mornings, while every role is struck down again and again.

Nothing but the sending is wanted here in great numbers, so runs are started by hand, without the
marks, rules and letters that lead to them; from the due step on everything goes the real way.
"""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Final

from domain.kernel.refusals import Refusal
from domain.playbook_run.commands import StartRun
from domain.shared.contact import Channel, Purpose
from domain.shared.ids import CaseId, InterventionId, PlaybookId, derived_id, run_id
from domain.shared.playbooks import MessageStep, OffsetUnit, OnStage, Playbook
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.register import reads as register
from infrastructure.runtime.role import wait_until
from infrastructure.store.ledger import Intent
from tests.chaos.sizes import Flood
from tests.chaos.staging import POINTS
from tests.chaos.village import TENANT, Owed, Village
from tests.support.examples import NUMBERS
from tests.support.rig import Rig, patiently

DAYS: Final = 5
MORNING: Final = time(9, 5)
STAGE: Final = "LETTER_1"
BATCH: Final = 100
# How often each role is struck: senders are where it hurts, and the only ones with two of a kind.
WEIGHTS: Final[Mapping[str, int]] = {
    "send": 12,
    "project": 3,
    "react": 3,
    "tick": 1,
    "evaluate": 1,
}
_TEMPLATES: Final = {Channel.SMS: "ATTENDANCE_SMS", Channel.EMAIL: "ATTENDANCE_EMAIL"}


def playbook() -> Playbook:
    """Return a text and a mail on each of some mornings: the same words every time."""
    steps = [
        MessageStep(
            step_id=f"{channel.lower()}-{day}",
            order=2 * day + (channel is Channel.EMAIL),
            offset=day,
            unit=OffsetUnit.SCHOOL_DAYS,
            channel=channel,
            template_key=_TEMPLATES[channel],
        )
        for day in range(1, DAYS + 1)
        for channel in (Channel.SMS, Channel.EMAIL)
    ]
    return Playbook(
        playbook_id=PlaybookId(derived_id("flood")),
        version=1,
        name="Flood",
        trigger=OnStage(stage=STAGE),
        purpose=Purpose.NUDGE,
        steps=tuple(steps),
        stop_conditions=(),
    )


def start_runs(village: Village) -> None:
    """Start a run for each guardian who may hear of a home's first child."""
    house, played = village.house, playbook()
    first = village.district.term_days[0]
    now = datetime.combine(first, MORNING, UTC)
    village.move_clock(first, MORNING)
    wishes: list[Intent] = []
    with house.database.worker() as conn:
        pupils = register.students(conn, TENANT)
        links = register.guardians_of(conn, TENANT, [pupil.student for pupil in pupils])
        for pupil in pupils:
            if not village.is_first_of_home(pupil.source_id):
                continue
            assert pupil.school is not None
            village.approved.append(pupil.source_id)
            heard = [one for one in links[pupil.student] if one.may_receive_info]
            for guardian in [one.guardian for one in heard if one.no_contact_reason is None]:
                matter = InterventionId(derived_id("flood", pupil.student))
                command = StartRun(
                    run_id=run_id(TENANT, matter, STAGE, first, played.playbook_id, guardian),
                    school_id=pupil.school,
                    playbook=played,
                    intervention_id=matter,
                    case_id=CaseId(derived_id("flood case", pupil.student)),
                    student_id=pupil.student,
                    guardian_id=guardian,
                    stage=STAGE,
                    triggered_at=now,
                    baseline=(NUMBERS,),
                )
                key = derived_id("flood", command.stream)
                wishes.append(Intent(TENANT, command, "process:flood", key))
    for number in range(0, len(wishes), BATCH):
        outcomes = patiently(lambda n=number: house.ledger.execute_many(wishes[n : n + BATCH]))  # type: ignore[misc]  # bound per batch
        assert not [o for o in outcomes if isinstance(o, Refusal)], outcomes


def owed(village: Village) -> Owed:
    """Return what families are owed: every step of every run."""
    once = village.owed()
    return Owed(
        texts=Counter({number: DAYS * times for number, times in once.texts.items()}),
        mails=Counter({address: DAYS * times for address, times in once.mails.items()}),
        letters=0,
    )


class Storm:
    """Blows in an order of the seed's own: kills, pauses, stops of PostgreSQL; so many a day."""

    def __init__(self, rig: Rig, server: EmbeddedPostgres, wanted: Flood, seed: int) -> None:
        self._rig = rig
        self._server = server
        self._wanted = wanted
        self._dice = random.Random(seed)
        self._left: deque[Callable[[], None]] = deque()
        self.counts: Counter[str] = Counter()

    def gather(self, days: int) -> None:
        """Make ready one day's share of the blows."""
        roles = [role for role, times in WEIGHTS.items() for _ in range(times)]
        blows: list[Callable[[], None]] = []
        blows += [self._kill(self._dice.choice(roles)) for _ in self._share("kills", days)]
        blows += [self._pause] * len(self._share("pauses", days))
        blows += [self._stop] * len(self._share("stops", days))
        self._dice.shuffle(blows)
        self._left = deque(blows)

    @property
    def left(self) -> int:
        """Return how many blows are ready."""
        return len(self._left)

    def strike(self) -> None:
        """Strike once."""
        self._left.popleft()()

    def _share(self, what: str, days: int) -> range:
        return range(-(-getattr(self._wanted, what) // days))

    def _kill(self, role: str) -> Callable[[], None]:
        def kill() -> None:
            name = self._dice.choice(self._rig.names(role))
            if POINTS[role] and self._dice.random() < 0.5:
                point = self._rig.deal(role, POINTS[role])
                self._rig.arm(name, f"{point}:{self._dice.randint(1, POINTS[role][point])}")
            self._rig.kill(name)
            self.counts[f"kill {role}"] += 1

        return kill

    def _pause(self) -> None:
        """Hold somebody still; a sender for long, because another one goes on with its work."""
        role = self._dice.choice(["send", *WEIGHTS])
        longest = self._wanted.longest_pause if role == "send" else 4.0
        self._rig.pause(self._dice.choice(self._rig.names(role)), self._dice.uniform(1, longest))
        self.counts[f"pause {role}"] += 1

    def _stop(self) -> None:
        with self._rig.store_away():
            self._server.stop("immediate")
            self._server.ensure()
        self.counts["stop"] += 1


def mornings(village: Village, storm: Storm, log: Path) -> Iterator[int]:
    """Live through the mornings on which something is due, in a storm.

    Blows are spread over what is sent, not over time: whoever was killed has to come up and work
    before the next one falls, however slow the machine is.
    """
    days = village.district.term_days[1 : DAYS + 1]
    once = village.owed()
    each = once.texts.total() + once.mails.total()
    for number, day in enumerate(days):
        patiently(lambda d=day: village.move_clock(d, MORNING))  # type: ignore[misc]  # bound per day
        storm.gather(len(days))
        before, blows = taken(log), storm.left
        for blow in range(blows):
            due = before + blow * each // (blows + 2)  # a few that nobody knows of never come
            assert wait_until(lambda n=due: taken(log) >= n, village.patience, 0.05)  # type: ignore[misc]  # called at once
            storm.strike()
        village.barrier.wait(village.patience)
        yield number


def taken(log: Path) -> int:
    """Count what the stand-ins have taken."""
    return log.read_bytes().count(b"\n") if log.exists() else 0

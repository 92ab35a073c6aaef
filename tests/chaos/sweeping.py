"""Crash at the k-th place, for every k: snapshots of one town, lives that end, and what is left.

A scene is run once undisturbed, which gives the places that it passes and the end that is right.
Then for each k the same scene begins anew, ends at its k-th place, is begun again until nothing
moves, and must have come to the same end.
"""

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg
from psycopg import conninfo, sql

from infrastructure.embedded.sandbox import SandboxOptions, SandboxProviders
from infrastructure.embedded.sandbox_log import Taken, read_taken
from infrastructure.store.recorder import COLUMNS, open_row
from projections.all import READ_MODELS
from projections.kit import Row
from tests.chaos.evidence import Message, messages_in, sent
from tests.chaos.sizes import RELEASE
from tests.support.lives import CRASHED, Life, Warm

SIDE_BY_SIDE: Final = 2
# What may differ between two runs that came to the same end: who counted tries, and references.
OF_THE_RUN: Final = ("attempt", "provider_ref")
ATTEMPT: Final = "message.attempted"
Story = dict[UUID, list[str]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A moment of the town, who works from there on, and what nobody of them does."""

    name: str
    snapshot: str
    crew: tuple[str, ...]
    left_alone: tuple[str, ...] = ("evaluations",)
    settings: Mapping[str, str] = field(default_factory=dict)
    idempotent: bool = False
    first: str = ""  # where a life has ended already, so that the next one has to recover


@dataclass(frozen=True, slots=True)
class Ending:
    """How a scene ended: what the ledger says, what families got, and what is wrong in itself."""

    story: Story
    unknown: frozenset[UUID]  # streams that end otherwise because nobody can know
    got: Counter[tuple[str, str]]
    faults: tuple[str, ...]
    trail: tuple[str, ...]
    lives: int


class Stage:
    """The server, the snapshots and the warm parents."""

    def __init__(self, server: str, folder: Path, homes: Path) -> None:
        self._server = server
        self._folder = folder
        self._homes = homes
        self._warm: SimpleQueue[Warm] = SimpleQueue()

    @contextmanager
    def open(self) -> Iterator["Stage"]:
        """Start the warm parents."""
        with ExitStack() as stack:
            for number in range(SIDE_BY_SIDE):
                log = self._folder / f"lives-{number}.log"
                self._warm.put(stack.enter_context(Warm(log)))
            yield self

    def run(self, scene: Scene, name: str, *ends: str) -> Ending:
        """Play a scene from its snapshot: lives that end there, and then one that does not."""
        folder = self._folder / f"{scene.name}-{name}"
        shutil.copytree(self._homes / scene.snapshot, folder / "home")
        options = SandboxOptions(idempotent=scene.idempotent)
        warm = self._warm.get()
        try:
            with (
                self._copy(scene.snapshot, f"sweep_{scene.name}_{name}") as url,
                SandboxProviders(folder / "taken.jsonl", options) as providers,
            ):
                before = {m.stream for m in _messages(url) if m.end != "OPEN"}
                lives, trail = _lives(warm, scene, url, folder, providers, ends)
                now = [m for m in _messages(url) if m.stream not in before]
                return _ending(url, now, read_taken(folder / "taken.jsonl"), trail, lives)
        finally:
            self._warm.put(warm)
            shutil.rmtree(folder)

    @contextmanager
    def _copy(self, snapshot: str, name: str) -> Iterator[str]:
        copied, of = sql.Identifier(name), sql.Identifier(snapshot)
        with psycopg.connect(self._server, autocommit=True) as conn:
            conn.execute(sql.SQL("create database {} template {}").format(copied, of))
        try:
            yield conninfo.make_conninfo(self._server, dbname=name)
        finally:
            with psycopg.connect(self._server, autocommit=True) as conn:
                conn.execute(sql.SQL("drop database {} with (force)").format(copied))


def _lives(
    warm: Warm,
    scene: Scene,
    url: str,
    folder: Path,
    providers: SandboxProviders,
    ends: Sequence[str],
) -> tuple[int, tuple[str, ...]]:
    settings = {
        "ANSEO_HOME": str(folder / "home"),
        "SMS_URL": providers.sms_url,
        "SMTP_PORT": str(providers.smtp_port),
        "ANSEO_SENDER_THREADS": "1",
        "ANSEO_LEASE_SECONDS": "0.3",
        "ANSEO_PROVIDER_TIMEOUT_SECONDS": "0.4",
        **scene.settings,
    }
    for number, crash_at in enumerate([*ends, "*:0"], start=1):
        end = warm.live(Life(url, settings, scene.crew, scene.left_alone, crash_at))
        if end.status == 0:
            return number, end.trail
        assert end.status == CRASHED, f"{scene.name} {ends}: a life ended with {end.status}"
    raise AssertionError("a life without an end ended")


def _messages(url: str) -> list[Message]:
    with psycopg.connect(url) as conn:
        return messages_in(conn)


def _ending(
    url: str,
    messages: Sequence[Message],
    taken: Sequence[Taken],
    trail: tuple[str, ...],
    lives: int,
) -> Ending:
    found = sent(messages, taken)
    lost = [m for m in messages if m.end == "UNKNOWN"]
    unknown = {m.stream for m in lost} | {UUID(m.key.split(":")[1]) for m in lost}
    with psycopg.connect(url) as conn:
        parked = conn.execute("select follower, error from parked_fact").fetchall()
        faults = [*found.faults, *(f"parked: {row}" for row in parked), *_not_as_folded(conn)]
        story = _story(conn)
    got = Counter((one.to, one.body_sha256) for one in taken)
    return Ending(story, frozenset(unknown), got, tuple(faults), trail, lives)


def _story(conn: psycopg.Connection[Any]) -> Story:
    """Return the facts of each stream in their order, without ids and times of the run's own."""
    story: Story = {}
    rows = conn.execute("select stream, name, fact from ledger_json order by stream, version")
    for stream, name, fact in rows:
        if name != ATTEMPT:
            told = {k: v for k, v in fact.items() if k not in OF_THE_RUN}
            story.setdefault(stream, []).append(f"{name} {json.dumps(told, sort_keys=True)}")
    return story


def _not_as_folded(conn: psycopg.Connection[Any]) -> Iterator[str]:
    """Fold the whole log here, fact by fact, and name the read models whose rows differ."""
    rows = conn.execute(f"select {COLUMNS} from ledger order by notification_id").fetchall()
    facts = [open_row(row) for row in rows]
    for model in READ_MODELS:
        folded: dict[tuple[UUID, str], Row | None] = {}
        for fact in facts:
            for key in model.keys(fact):
                place = (UUID(str(fact.tenant)), key)
                folded[place] = model.evolve(folded.get(place), fact, key)
        wanted = {place: row for place, row in folded.items() if row is not None}
        table = sql.SQL("select tenant, key, doc from {}").format(sql.Identifier(model.table))
        live = {
            (tenant, key): msgspec.json.decode(doc, type=model.row)
            for tenant, key, doc in conn.execute(table)
        }
        if live != wanted:
            yield f"{model.name} differs from its facts"


def differences(right: Ending, found: Ending) -> list[str]:
    """Say how an ending differs from the right one, where nobody knowing is no excuse."""
    told = [*found.faults]
    other = {s for s in {*right.story, *found.story} if right.story.get(s) != found.story.get(s)}
    told += [
        f"{stream}: {right.story.get(stream)} became {found.story.get(stream)}"
        for stream in sorted(other - found.unknown)
    ]
    if found.got - right.got:
        told.append(f"heard too often: {(found.got - right.got).total()}")
    missing = (right.got - found.got).total()
    if missing > len(found.unknown):
        told.append(f"not heard: {missing}")
    return told


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep saw."""

    figures: dict[str, Any]
    wrong: list[str]


def sweep(stage: Stage, scene: Scene, seed: int) -> Swept:
    """Play a scene once for each place that it passes, and say what was wrong with each ending."""
    right = stage.run(scene, "undisturbed", *_begun(scene))
    assert not right.faults, right.faults
    dice = random.Random(seed)
    places = _by_name(right.trail) if scene.first else _by_number(right.trail)
    wishes = [_wishes(scene, place, len(right.trail), dice) for place in places]

    def once(numbered: tuple[int, tuple[str, ...]]) -> Ending:
        return stage.run(scene, str(numbered[0]), *numbered[1])

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        ends = list(pool.map(once, enumerate(wishes)))
    told = [(*wish, differences(right, end)) for wish, end in zip(wishes, ends, strict=True)]
    figures = {
        "places": len(wishes),
        "of them": dict(Counter(places.values())),
        "ended": sum(end.lives > len(_begun(scene)) + 1 for end in ends),
        "lives": sum(end.lives for end in ends),
        "texts and mails": right.got.total(),
        "unknown": sum(bool(end.unknown) for end in ends),
        "other endings": sum(bool(what) for *_, what in told),
    }
    wrong = [f"{scene.name} {wish}: {line}" for *wish, what in told for line in what]
    return Swept(figures, wrong)


def _begun(scene: Scene) -> tuple[str, ...]:
    return (scene.first,) if scene.first else ()


def _by_number(trail: Sequence[str]) -> dict[str, str]:
    """Return the places but for those that only give a second name to the one beside them."""
    return {
        f"*:{k}": name
        for k, name in enumerate(trail, start=1)
        if name.startswith(("store.", "group.")) or not name.endswith("_commit")
    }


def _by_name(trail: Sequence[str]) -> dict[str, str]:
    """Return the places of a life that waits: how often it looks meanwhile differs each time."""
    passed: Counter[str] = Counter()
    found: dict[str, str] = {}
    for name in trail:
        if name.startswith(("send.", "group.")):
            passed[name] += 1
            found[f"{name}:{passed[name]}"] = name
    return found


def found_by(stage: Stage, scene: Scene, sign: str, seed: int) -> tuple[int, int]:
    """Return after how many places, in any order, a wrong ending was met, and of how many."""
    right = stage.run(scene, "undisturbed")
    places = list(_by_number(right.trail))
    random.Random(seed).shuffle(places)
    for tried, place in enumerate(places, start=1):
        ending = stage.run(scene, str(tried), place)
        if any(sign in what for what in differences(right, ending)):
            return tried, len(places)
    return 0, len(places)


def _wishes(scene: Scene, place: str, places: int, dice: random.Random) -> tuple[str, ...]:
    """End at this place; in the great run the next life ends, too, somewhere."""
    again = (f"*:{dice.randint(1, places)}",) if RELEASE else ()
    return (*_begun(scene), place, *again)

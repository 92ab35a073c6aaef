"""The link to the broker that was published to: it notices when another one answers."""

import time
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

import structlog

from infrastructure.relay import choices, state, wire
from infrastructure.relay.batches import Packed
from infrastructure.relay.broker import Session, Topic, ends_of
from infrastructure.relay.publishing import EARLIER, BrokerAway, Published
from infrastructure.relay.state import Known
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder

log = structlog.get_logger()
_LOOK_AGAIN: Final = 5.0


def _nothing() -> None:
    """Do nothing meanwhile."""


class Waiting(Exception):
    """The broker has forgotten what was published; an operator says from where to publish again."""


class Link:
    """A session that is opened when needed, and what is known of the broker at its other end.

    With `republish` (the embedded broker keeps nothing on disk) a broker that has forgotten is
    published to again from the first fact; otherwise the relay waits for a word.
    """

    def __init__(
        self,
        database: Database,
        recorder: LedgerRecorder,
        bootstrap: str,
        prefix: str,
        *,
        partitions: int = 6,
        max_record_bytes: int = 1_000_000,
        patience: float = 10.0,
        republish: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.known = Known()
        self._database = database
        self._recorder = recorder
        self._bootstrap = bootstrap
        self._names = wire.topics(prefix)
        self._partitions = partitions
        self._max_record_bytes = max_record_bytes
        self._patience = patience
        self._republish = republish
        self._monotonic = monotonic
        self._session: Session | None = None
        self._topics: dict[str, Topic] = {}
        self._look_at = 0.0

    def open(self) -> None:
        """Open a session unless there is one.

        Raises:
            BrokerAway: nobody answers.
            Waiting: the broker that answers has forgotten.
        """
        if self._session is not None:
            return
        with self._database.worker() as conn:
            self.known = state.known(conn)
        if self.known.parked:
            raise Waiting(self.known.parked)
        session = self._opened()
        try:
            self._recognise(session)
            self._topics = self._made(session)
        except BaseException:
            session.close()
            raise
        self._session = session
        self._look_at = self._monotonic() + _LOOK_AGAIN

    def close(self) -> None:
        """End the session, if there is one."""
        if self._session is not None:
            self._session.close()
        self._session = None

    def publish(
        self, records: Sequence[Packed], meanwhile: Callable[[], None] = _nothing
    ) -> Published:
        """Publish records and learn where they lie; do something while the broker works.

        Raises:
            BrokerAway: not all were acknowledged, or by a broker that has forgotten.
            Waiting: by one that has forgotten, and a person has to speak.
        """
        whole = Published()
        left, alone = list(range(len(records))), False
        while left:
            if self._session is None:
                raise BrokerAway("no session is open")
            told = self._session.publisher.publish(
                [records[index] for index in left],
                self.known.partitions(self._topics),
                alone=alone,
                meanwhile=meanwhile,
            )
            meanwhile = _nothing
            if not self.known.learn(told, self._topics):
                self._lies()
            whole.refused |= {left[n]: why for n, why in told.refused.items()}
            left, alone = [left[n] for n in told.left], alone or told.alone
            if left:
                left = self._without_refused_streams(records, left, whole)
                self._session.close()
                self._session = self._opened()
                if self._session.cluster_id() != self.known.cluster_id:
                    raise BrokerAway("another broker answers")
        return whole

    @staticmethod
    def _without_refused_streams(
        records: Sequence[Packed], left: Sequence[int], whole: Published
    ) -> list[int]:
        stuck: dict[bytes, int] = {}
        for index in sorted(whole.refused):
            stuck.setdefault(records[index].key, index)
        behind = [n for n in left if n > stuck.get(records[n].key, n)]
        whole.refused |= dict.fromkeys(behind, EARLIER)
        return [n for n in left if n not in whole.refused]

    def _opened(self) -> Session:
        return Session(
            self._bootstrap, max_record_bytes=self._max_record_bytes, patience=self._patience
        )

    def look_again(self) -> None:
        """Ask the broker, from time to time while idle, whether it is still the same."""
        if self._session is None or self._monotonic() < self._look_at:
            return
        self._look_at = self._monotonic() + _LOOK_AGAIN
        cluster = self._session.cluster_id()
        there = self._session.topics(list(self.known.topics))
        if self.known.forgotten(cluster, there, {}):
            self.close()

    def _recognise(self, session: Session) -> None:
        cluster = session.cluster_id()
        reason = self._forgotten(session, cluster)
        if reason:
            self._lose(reason)
        self.known.cluster_id = cluster
        with self._database.worker() as conn:
            state.remember(conn, self.known)

    def _lies(self) -> NoReturn:
        """Give up a broker that put records where others must have lain: it lost its log's end.

        It has to be noticed now. After more records its log would reach as far as it ever did, and
        what was lost in between would never be missed.
        """
        session, reason = self._session, ""
        if session is not None:
            reason = self._forgotten(session, session.cluster_id())
        reason = reason or "records were acknowledged where others lay before"
        self.close()
        self._lose(reason)
        raise BrokerAway(reason)

    def _lose(self, reason: str) -> None:
        """Begin again from the first fact, or wait for a person who says from where.

        Raises:
            Waiting: a person has to speak.
        """
        with self._database.worker() as conn:
            if self._republish:
                log.warning("the broker has forgotten; publishing again", reason=reason)
                choices.restart(conn, self._recorder, 0, by=choices.ITSELF, reason=reason)
                self.known = Known()
            else:
                log.error("relay parked", reason=reason)
                self.known.parked = reason
                state.remember(conn, self.known)
        if not self._republish:
            raise Waiting(reason)

    def _forgotten(self, session: Session, cluster: str) -> str:
        there = session.topics(list(self.known.topics))
        same = cluster == self.known.cluster_id
        counts = {name: topic.partitions for name, topic in there.items()} if same else {}
        ends = ends_of(self._bootstrap, counts) if counts else {}
        return self.known.forgotten(cluster, there, ends)

    def _made(self, session: Session) -> dict[str, Topic]:
        there = session.topics(self._names)
        missing = [name for name in self._names if name not in there]
        if not missing:
            return there
        session.create(missing, self._partitions)
        return session.topics(self._names)

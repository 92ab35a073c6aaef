"""A relay that is wrong on purpose: it stores its position before anything is acknowledged."""

import threading

from infrastructure.crash_points import crash_point
from infrastructure.relay import pages
from infrastructure.relay.link import Link
from infrastructure.relay.outbound import Relay
from infrastructure.relay.state import FOLLOWER
from infrastructure.settings import Settings
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder


class HastyRelay(Relay):
    """The control of the tests that kill a relay: whatever it had in hand is lost."""

    def _turn(self, link: Link) -> int:
        with self._database.worker() as conn:
            before = self._recorder.position_of(conn, FOLLOWER) or 0
            page = pages.read(conn, before, self._limit, self._prefix)
            if not page.lines:
                return 0
            self._recorder.track(conn, FOLLOWER, page.last)
        crash_point("relay.after_position")
        link.publish(pages.sort(page.lines, ()).records)
        return len(page.lines)


def main() -> None:
    """Run it until the process is ended."""
    settings = Settings()
    assert settings.database_url is not None
    database = Database(settings.database_url.get_secret_value())
    recorder = LedgerRecorder(database.url)
    prefix = settings.kafka_topic_prefix
    HastyRelay(database, recorder, settings.kafka_bootstrap, prefix, batch=200).run(
        threading.Event()
    )


if __name__ == "__main__":
    main()

"""Processes of the role `send`, as a house runs several of them beside each other."""

import multiprocessing
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from domain.shared.contact import Channel
from infrastructure.channels.protocol import RetryRule
from infrastructure.channels.sms import SmsAdapter
from infrastructure.http.guarded import GuardedHttp
from infrastructure.runtime.sending import Sender
from infrastructure.settings import Settings
from infrastructure.wiring.house import House
from infrastructure.wiring.workers import claims, look_at_new_things_only

_PAUSE = 0.01


def senders(house: House, port: int, threads: int) -> list[Sender]:
    """Return the threads of a role, as the wiring makes them."""
    http = GuardedHttp(
        f"http://127.0.0.1:{port}", user="AC", password="x", connect_for=3.0, read_for=10.0
    )
    adapter = SmsAdapter(http, account="AC", retry_rule=RetryRule.IDEMPOTENCY_KEY)
    house.on_close(adapter.close)
    together = claims(house, threads)
    return [
        Sender(
            number,
            house.database,
            house.ledger,
            house.composer,
            {Channel.SMS: [adapter]},
            house.bell,
            together,
        )
        for number in range(threads)
    ]


class Processes:
    """Sender processes that are ready and wait for a word."""

    def __init__(self, lines: list[Connection]) -> None:
        self._lines = lines

    def begin(self) -> None:
        """Let all threads work."""
        for line in self._lines:
            line.send("begin")

    def end(self) -> int:
        """Let them come to rest, and return how many messages they handled."""
        for line in self._lines:
            line.send("")
        return sum(line.recv() for line in self._lines)


@contextmanager
def sending(
    url: str, settings: dict[str, Any], port: int, processes: int, threads: int
) -> Iterator[Processes]:
    """Run some sender processes of some threads each."""
    context = multiprocessing.get_context("spawn")
    pairs = [context.Pipe() for _ in range(processes)]
    made = [
        context.Process(target=_run, args=(url, settings, port, threads, theirs), daemon=True)
        for _, theirs in pairs
    ]
    for one in made:
        one.start()
    ours = [line for line, _ in pairs]
    try:
        assert all(line.recv() == "ready" for line in ours)
        yield Processes(ours)
    finally:
        for one, line in zip(made, ours, strict=True):
            line.close()
            one.terminate()
            one.join()


def _run(url: str, settings: dict[str, Any], port: int, threads: int, line: Connection) -> None:
    with House(Settings(**settings), url) as house:
        ready = senders(house, port, threads)
        look_at_new_things_only()
        line.send("ready")
        while line.recv():
            over = threading.Event()
            done: list[int] = []
            working = [threading.Thread(target=_work, args=(one, over, done)) for one in ready]
            for thread in working:
                thread.start()
            line.recv()
            over.set()
            for thread in working:
                thread.join()
            line.send(sum(done))


def _work(sender: Sender, over: threading.Event, done: list[int]) -> None:
    count = 0
    while not over.is_set():
        some = sender.step()
        count += some
        if not some:
            over.wait(_PAUSE)
    done.append(count)

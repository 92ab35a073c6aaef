"""Real servers, each in a home of its own, and none left behind."""

import importlib
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from infrastructure.embedded.broker import EmbeddedBroker
from infrastructure.embedded.postgres import EmbeddedPostgres

with warnings.catch_warnings():
    # kafka-python reads its schemas, once and at import, by a call that Python 3.11 frowns on.
    warnings.simplefilter("ignore", DeprecationWarning)
    importlib.import_module("kafka")

ROOT = Path(__file__).parents[3]

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="module")
def shared_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    postgres = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"))
    postgres.ensure()
    yield postgres
    postgres.remove()


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """Not started yet."""
    postgres = EmbeddedPostgres(tmp_path / "home")
    yield postgres
    postgres.remove()


@pytest.fixture(scope="module")
def shared_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    broker = EmbeddedBroker(tmp_path_factory.mktemp("broker"))
    broker.ensure()
    yield broker
    broker.stop()


@pytest.fixture
def start() -> Iterator[Start]:
    """Run Python in a second process, with pipes to talk to it; ended when the test ends."""
    with ExitStack() as ends:

        def started(code: str, *arguments: str) -> subprocess.Popen[str]:
            process = ends.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", code, *arguments],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            ends.callback(process.kill)
            return process

        yield started

"""The demo as one command: a term in one go, every figure agreeing with a second count."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infrastructure.embedded.broker import EmbeddedBroker, broker_program
from infrastructure.embedded.postgres import EmbeddedPostgres

pytestmark = [pytest.mark.postgres, pytest.mark.kafka, pytest.mark.journey]
FIGURES = {"students", "marks", "instances", "runs", "messages", "letters", "kafka_records"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("demo")
    yield home
    EmbeddedBroker(home).stop()
    EmbeddedPostgres(home).remove()


def demo(home: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "api.commandline.main", "demo", "--once", "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, "ANSEO_HOME": str(home)},
        check=False,
        timeout=560,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    (line,) = done.stdout.splitlines()
    answer: dict[str, Any] = json.loads(line)
    return answer


@pytest.mark.timeout(1200)
def test_a_term_runs_through_and_every_figure_is_counted_twice(home: Path) -> None:
    """The whole term adds up, and a second start finds the same figures."""
    first = demo(home)
    assert set(first) >= FIGURES | {"queue_rows", "balance"}
    assert all(f["value"] == f["other"] for f in first["reconciled"])
    sheet = first["balance"]
    assert sheet["due"] == sum(sheet[part] for part in ("sent", "skipped", "failed", "pending"))
    assert sheet["due"] > 200
    assert first["letters"] > 100
    assert (first["kafka_records"] > 0) == (broker_program() is not None)
    took = f"term of {first['students']} pupils in {first['seconds']} s"
    sys.stderr.write(f"{took} on {os.cpu_count()} cores\n")

    again = demo(home)  # from stored data: the same figures, at once
    assert {name: again[name] for name in FIGURES} == {name: first[name] for name in FIGURES}
    assert again["balance"] == sheet

"""Fixtures of the chaos tests: a server that may be stopped, a seed that is printed, a report."""

import json
import os
import platform
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import conninfo

from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.store.database import Database
from tests.chaos.sizes import size
from tests.support.postgres import make_template

REPORT = pytest.StashKey["Report"]()


@dataclass
class Report:
    """What this run saw: a JSON file and a page of Markdown in a folder of its own."""

    seed: int
    began: float = field(default_factory=time.monotonic)
    sections: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, **figures: Any) -> None:
        """Add a section."""
        self.sections[name] = figures

    def write(self) -> Path:
        """Write both files and return the page."""
        folder = Path(tempfile.mkdtemp(prefix="anseo-chaos-"))
        head = {
            "seed": self.seed,
            "size": size(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "seconds": round(time.monotonic() - self.began, 1),
        }
        whole = {"run": head} | self.sections
        (folder / "chaos.json").write_text(json.dumps(whole, indent=2, default=str))
        page = folder / "chaos.md"
        page.write_text("\n".join(["# Chaos report", *_tables(whole)]) + "\n")
        return page


def _tables(sections: dict[str, dict[str, Any]]) -> Iterator[str]:
    for name, figures in sections.items():
        yield from ("", f"## {name}", "", "| figure | value |", "|---|---|")
        for figure, value in figures.items():
            if isinstance(value, dict):
                value = ", ".join(f"{k} {v}" for k, v in sorted(value.items()))  # noqa: PLW2901
            yield f"| {figure} | {value} |"


def pytest_configure(config: pytest.Config) -> None:
    """Draw the seed, or take the one of an earlier run."""
    given = os.environ.get("ANSEO_CHAOS_SEED")
    config.stash[REPORT] = Report(int(given) if given else secrets.randbelow(1_000_000))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say where the report lies and how to run the same again."""
    report = config.stash[REPORT]
    if report.sections:
        terminalreporter.write_line(f"chaos report: {report.write()}")
        terminalreporter.write_line(f"the same again: ANSEO_CHAOS_SEED={report.seed} make chaos")


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    """The report of this run."""
    return pytestconfig.stash[REPORT]


@pytest.fixture
def seed(report: Report, request: pytest.FixtureRequest) -> int:
    """A number of this test's own, the same for the same run."""
    number = random.Random(f"{report.seed}:{request.node.name}").randrange(1_000_000)
    sys.stdout.write(f"seed {report.seed}, of this test {number}\n")
    return number


@pytest.fixture(scope="session")
def breakable() -> Iterator[EmbeddedPostgres]:
    """A server that tests stop in the middle of everything; nobody else uses it."""
    with tempfile.TemporaryDirectory(prefix="anseo-chaos-", ignore_cleanup_errors=True) as home:
        postgres = EmbeddedPostgres(Path(home))
        postgres.ensure()
        try:
            yield postgres
        finally:
            postgres.remove()


@pytest.fixture(scope="session")
def breakable_template(breakable: EmbeddedPostgres) -> str:
    """A migrated database on it."""
    return make_template(breakable.url())


@pytest.fixture
def broken_database(breakable: EmbeddedPostgres, breakable_template: str) -> Iterator[Database]:
    """A database of one test's own on the breakable server."""
    name = f"chaos_{secrets.token_hex(4)}"
    with psycopg.connect(breakable.ensure(), autocommit=True) as conn:
        conn.execute(f"create database {name} template {breakable_template}")
    database = Database(conninfo.make_conninfo(breakable.url(), dbname=name))
    try:
        yield database
    finally:
        database.close()
        with psycopg.connect(breakable.ensure(), autocommit=True) as conn:
            conn.execute(f"drop database {name} with (force)")

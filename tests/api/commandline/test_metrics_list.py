"""`anseo metrics list` as a person and as a program meet it."""

import json

from typer.testing import CliRunner

from api.commandline.main import app


def test_a_program_gets_unit_denominator_and_source_of_every_metric_and_window() -> None:
    done = CliRunner().invoke(app, ["metrics", "list", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.splitlines()[-1])
    assert list(told) == ["metrics", "denominators", "windows", "conditions"]
    for metric in told["metrics"]:
        assert {"name", "unit", "counts", "denominator", "source"} == set(metric)
    for window in told["windows"]:
        assert {"name", "unit", "from", "to", "source"} == set(window)


def test_a_person_reads_what_a_rate_is_a_share_of() -> None:
    said = CliRunner().invoke(app, ["metrics", "list"]).stdout
    assert "ABSENCE_RATE" in said
    assert "of POSSIBLE_SESSIONS" in said
    assert "AttendancePercentThreshold" in said

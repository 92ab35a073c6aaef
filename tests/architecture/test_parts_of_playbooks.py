"""Every part of playbooks that was asked for has one place."""

from importlib import import_module

import pytest

from domain.intervention.events import StageEntered
from domain.playbook_run.commands import StartRun
from processmanagers.all import PROCESS_MANAGERS
from tests.support.examples import GUARDIAN, PLAYBOOK_1, example
from tests.support.following import LookUps, reacting

FAMILY = LookUps(playbooks_in_use=[PLAYBOOK_1], guardians_to_tell=[GUARDIAN])


@pytest.mark.parametrize(
    ("part", "module"),
    [
        ("Playbook", "domain.playbook.aggregate"),
        ("MessageStep", "domain.shared.playbooks"),
        ("PlaybookRun", "domain.playbook_run.aggregate"),
        ("EXECUTION_LOG", "projections.execution_log"),
        ("TELEMETRY_EVENTS", "projections.telemetry_events"),
        ("AUTOMATION_METRICS", "projections.automation_metrics"),
        ("router", "api.routers.playbooks"),
        ("router", "api.routers.telemetry"),
        ("Anseo", "api.client.operations"),
    ],
)
def test_a_part_is_where_it_is_looked_for(part: str, module: str) -> None:
    """000-190 six entity modules, 000-192 the two API modules and the client."""
    assert getattr(import_module(module), part) is not None


def test_one_manager_only_starts_runs_and_it_hears_of_stages_as_facts() -> None:
    """000-104: STAGE_ENTERED is told to the runner; nothing polls for it beside that."""
    starting = [
        manager.name
        for manager in PROCESS_MANAGERS
        if StageEntered in manager.listens
        and any(
            isinstance(one, StartRun)
            for one in reacting(manager, FAMILY).to(example(StageEntered)).told
        )
    ]
    assert starting == ["playbook_starter"]

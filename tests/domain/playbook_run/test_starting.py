"""A run freezes its playbook and puts the first step in the diary."""

from domain.playbook_run.aggregate import PlaybookRun
from domain.playbook_run.commands import StartRun, StopRun
from domain.playbook_run.events import RunStarted, RunStopped, StepScheduled
from domain.playbook_run.refusals import RunUnknown
from tests.support.examples import but, example
from tests.support.scenario import at, given, world

STARTED = example(RunStarted)
SCHEDULED = example(StepScheduled)


def test_a_started_run_puts_its_first_step_in_the_diary() -> None:
    given(PlaybookRun).when(example(StartRun)).then(STARTED, SCHEDULED)


def test_a_trigger_made_again_starts_nothing_twice() -> None:
    given(PlaybookRun, STARTED, SCHEDULED).when(example(StartRun)).ignored()
    given(PlaybookRun, STARTED, example(RunStopped)).when(example(StartRun)).ignored()


def test_a_run_started_before_the_holidays_waits_for_school() -> None:
    autumn = world("2025-10-24 11:00", closed="2025-10-27/2025-10-31")
    command = but(StartRun, triggered_at=at("2025-10-24 11:00"))
    started = given(PlaybookRun, world=autumn).when(command)
    assert started.facts[1] == but(
        StepScheduled,
        due_at=at("2025-11-03 09:00"),
        scheduled_on=at("2025-10-24 11:00").date(),
        contact_on=at("2025-11-03 09:00").date(),
    )


def test_a_run_that_was_never_started_is_unknown() -> None:
    given(PlaybookRun).when(example(StopRun)).refused(RunUnknown)

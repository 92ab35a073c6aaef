"""All process managers, by hand."""

from dataclasses import replace
from functools import partial
from typing import Final

from processmanagers import contact_planner
from processmanagers.attempt_logger import ATTEMPT_LOGGER
from processmanagers.case_opener import CASE_OPENER
from processmanagers.contact_planner import CONTACT_PLANNER
from processmanagers.kit import ProcessManager
from processmanagers.ladder_follow_up import LADDER_FOLLOW_UP
from processmanagers.letter_writer import LETTER_WRITER
from processmanagers.message_requester import MESSAGE_REQUESTER
from processmanagers.playbook_starter import PLAYBOOK_STARTER
from processmanagers.reply_minder import REPLY_MINDER
from processmanagers.run_stopper import RUN_STOPPER
from processmanagers.step_settler import STEP_SETTLER
from processmanagers.task_raiser import TASK_RAISER

PROCESS_MANAGERS: Final[tuple[ProcessManager, ...]] = (
    CASE_OPENER,
    PLAYBOOK_STARTER,
    LETTER_WRITER,
    MESSAGE_REQUESTER,
    STEP_SETTLER,
    RUN_STOPPER,
    LADDER_FOLLOW_UP,
    ATTEMPT_LOGGER,
    TASK_RAISER,
    REPLY_MINDER,
    CONTACT_PLANNER,
)


def managers_of(most_a_day: int) -> tuple[ProcessManager, ...]:
    """Return those of a house where one person hears at most so many messages a day."""
    planner = replace(CONTACT_PLANNER, react=partial(contact_planner.react, most=most_a_day))
    return tuple(planner if one is CONTACT_PLANNER else one for one in PROCESS_MANAGERS)

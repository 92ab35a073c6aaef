"""There is one way to a family: a step asks, an outbox keeps, a sender calls."""

import ast
from collections.abc import Iterator
from typing import Final

from domain.message.commands import RequestMessage
from domain.playbook_run.events import StepRequested
from processmanagers.all import PROCESS_MANAGERS
from processmanagers.message_requester import MESSAGE_REQUESTER
from tests.architecture.source import PRODUCT, Module, modules, parse
from tests.support.examples import EVENTS
from tests.support.following import LookUps, reacting

CALLS_PROVIDERS: Final = {
    "infrastructure/runtime/sending.py",
    "infrastructure/channels/protocol.py",
}
ASKS_FOR_MESSAGES: Final = {"processmanagers/message_requester.py"}


def calls(module: Module) -> Iterator[str]:
    """Yield how a module asks for a message or calls a provider's adapter."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id == RequestMessage.__name__:
                yield "asks"
            if isinstance(node.func, ast.Attribute) and node.func.attr == "send":
                of = node.func.value
                if isinstance(of, ast.Name) and of.id == "adapter":
                    yield "calls"


def test_every_message_is_asked_for_by_one_and_called_by_the_senders() -> None:
    """000-023: nothing that is scheduled goes round the outbox and its dispatcher."""
    found: dict[str, set[str]] = {"asks": set(), "calls": set()}
    for module in modules(*PRODUCT):
        for how in calls(module):
            found[how].add(module.path)
    assert found == {"asks": ASKS_FOR_MESSAGES, "calls": CALLS_PROVIDERS}


def test_a_second_way_would_be_found() -> None:
    """The control."""
    around = "def hurry(adapter):\n    adapter.send()\n    return RequestMessage()\n"
    assert sorted(calls(parse("api/hurry.py", around))) == ["asks", "calls"]


def test_of_all_facts_only_a_requested_step_asks_for_a_message() -> None:
    """000-023: of what all process managers say to all facts."""
    asking = {
        (manager.name, type(fact))
        for manager in PROCESS_MANAGERS
        for fact in EVENTS.values()
        if isinstance(fact, manager.listens)
        for command in reacting(manager, LookUps()).to(fact).told
        if isinstance(command, RequestMessage)
    }
    assert asking == {(MESSAGE_REQUESTER.name, StepRequested)}

"""What is wrong with a playbook that somebody writes: all at once, each with its place.

Whatever could not happen as it is written is a fault: a step that nothing leads to, steps in a
circle, a step before the one that it follows, a channel that nobody sends by.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from domain.shared.contact import Channel
from domain.shared.playbooks import (
    END,
    OF_A_STEP,
    BranchStep,
    Condition,
    MessageStep,
    Playbook,
    Step,
    StopCondition,
    WaitStep,
)

# Ids of steps stand in keys of messages and go out to other systems beside the child's id: they say
# the way and a number, and nothing about anybody.
STEP_ID: Final = re.compile(
    r"(sms|email|whatsapp|app|letter|post|fax|call|step|first|last|wait|branch|task|meeting)"
    r"(-[0-9]{1,3})?"
)
SENT_BY_SOFTWARE: Final = (Channel.SMS, Channel.EMAIL, Channel.WHATSAPP, Channel.IN_APP)
LONGEST_DAYS: Final = 366
HIGHEST_ORDER: Final = 10_000
CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
"""How stages of ladders and keys of texts are written."""


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong: where (as a path), what (a code that stays), and what would be right."""

    path: str
    code: str
    message: str

    @property
    def words(self) -> str:
        """All of it in one line, for people."""
        return f"{self.path}: {self.message}"


def faults_of(playbook: Playbook) -> list[Fault]:
    """Say everything that is wrong with a playbook; empty when it can be used."""
    if not playbook.steps:
        return [Fault("$.steps", "no-steps", "a playbook needs at least one step")]
    found = list(_whole(playbook))
    ids = [step.step_id for step in playbook.steps]
    if len(set(ids)) < len(ids):
        return [*found, Fault("$.steps", "step-id-twice", "two steps have the same id")]
    graph = _Graph(playbook)
    for place, step in enumerate(playbook.steps):
        found += _step(playbook, graph, f"$.steps[{place}]", step)
    return [*found, *graph.faults()]


def _whole(playbook: Playbook) -> Iterator[Fault]:
    if not playbook.name.strip():
        yield Fault("$.name", "name-empty", "a playbook has a name that people know it by")
    if playbook.trigger_stage is not None and not playbook.trigger_stage.strip():
        yield Fault("$.trigger.stage", "stage-empty", "name the stage that starts it")
    elif playbook.trigger_stage is not None and not CODE.fullmatch(playbook.trigger_stage):
        yield Fault("$.trigger.stage", "stage-unfit", _CAPITALS)
    window = playbook.window
    if not window.days:
        yield Fault("$.window.days", "window-empty", "name at least one day of the week")
    if window.opens >= window.closes:
        yield Fault("$.window.closes", "window-empty", f"must be later than {window.opens:%H:%M}")
    rule = playbook.escalation
    for name in ("after", "within") if rule is not None else ():
        if not 1 <= getattr(rule, name) <= LONGEST_DAYS:
            yield Fault(f"$.escalation.{name}", "days-out-of-range", _DAYS)


_CAPITALS: Final = "write capitals, such as LETTER_1"
_DAYS: Final = f"write a number of days from 1 to {LONGEST_DAYS}"


def _step(playbook: Playbook, graph: "_Graph", path: str, step: Step) -> Iterator[Fault]:
    if not STEP_ID.fullmatch(step.step_id):
        yield Fault(f"{path}.step_id", "step-id-unfit", "write a way and a number, such as sms-1")
    key = getattr(step, "template_key", None)
    if key is not None and not key.strip():
        yield Fault(f"{path}.template_key", "template-missing", "name the text to say")
    elif key is not None and not CODE.fullmatch(key):
        yield Fault(f"{path}.template_key", "template-unfit", _CAPITALS)
    if step.order > HIGHEST_ORDER:
        yield Fault(f"{path}.order", "order-too-high", f"write a number up to {HIGHEST_ORDER}")
    if not 0 <= step.offset <= LONGEST_DAYS:
        yield Fault(f"{path}.offset", "days-out-of-range", "write a number of days from 0 to 366")
    for name in ("wait", "within", "expires_after"):
        days = getattr(step, name, None)
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            yield Fault(f"{path}.{name}", "days-out-of-range", _DAYS)
    if isinstance(step, MessageStep):
        yield from _message(path, step)
    if isinstance(step, BranchStep) and step.condition is None:
        yield Fault(f"{path}.condition", "condition-missing", "a branch asks something")
    if isinstance(step, WaitStep) and StopCondition.GUARDIAN_REPLIED in playbook.stop_conditions:
        words = "GUARDIAN_REPLIED ends the run already: nobody can be waited for"
        yield Fault(f"{path}.kind", "wait-in-vain", words)
    if step.condition is not None:
        yield from _condition(graph, f"{path}.condition", step, step.condition)


def _message(path: str, step: MessageStep) -> Iterator[Fault]:
    for name, channel in (("channel", step.channel), ("fallback", step.fallback)):
        if channel is not None and channel not in SENT_BY_SOFTWARE:
            words = f"{channel} has no sender in this release"
            yield Fault(f"{path}.{name}", "channel-without-sender", words)
    if step.fallback is step.channel:
        yield Fault(f"{path}.fallback", "fallback-same", "name another channel than the first")


def _condition(graph: "_Graph", path: str, step: Step, condition: Condition) -> Iterator[Fault]:
    about = condition.step_id
    if condition.asks not in OF_A_STEP:
        if about is not None:
            words = f"{condition.asks} asks about the whole run and names no step"
            yield Fault(f"{path}.step_id", "condition-names-step", words)
        return
    known = graph.steps.get(about or "")
    if not isinstance(known, MessageStep):
        words = f"{condition.asks} names the step of the message that it asks about"
        yield Fault(f"{path}.step_id", "condition-step-unknown", words)
    elif known.step_id not in graph.before(step.step_id):
        words = f"{known.step_id} never comes before {step.step_id}"
        yield Fault(f"{path}.step_id", "condition-step-later", words)


class _Graph:
    """The steps by their ids, and what leads to what."""

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook
        self.steps = {step.step_id: step for step in playbook.steps}
        self._paths = {s.step_id: f"$.steps[{place}]" for place, s in enumerate(playbook.steps)}
        self._after = {step.step_id: list(self._followers(step)) for step in playbook.steps}

    def _followers(self, step: Step) -> Iterator[str]:
        for failed in (False, True):
            named = step.on_failure if failed else step.on_success
            if named in {None, END} or named in self.steps:
                following = self._playbook.following(step, failed=failed)
                if following is not None:
                    yield following.step_id

    def before(self, step_id: str) -> set[str]:
        """Return every step from which a way leads to one."""
        found: set[str] = set()
        new = {step_id}
        while new:
            new = {one for one, after in self._after.items() if new & set(after)} - found
            found |= new
        return found

    def faults(self) -> Iterator[Fault]:
        """Say what could not be walked."""
        order = list(self._order())
        yield from order
        yield from self._unknown()
        if order:
            return  # what follows what is not known before
        first = self._playbook.steps[0].step_id
        for step_id in self.steps:
            if step_id in self.before(step_id):
                words = "the steps lead round in a circle: a family would never be left alone"
                yield Fault(f"{self._paths[step_id]}.on_success", "steps-in-a-circle", words)
                return
            if step_id != first and first not in self.before(step_id):
                words = "nothing leads to this step"
                yield Fault(self._paths[step_id], "step-unreachable", words)
        yield from self._backwards()

    def _order(self) -> Iterator[Fault]:
        highest = 0
        for step in self.steps.values():
            if step.order <= highest:
                path = f"{self._paths[step.step_id]}.order"
                yield Fault(path, "order-not-rising", f"must be above {highest}")
            highest = max(highest, step.order)

    def _unknown(self) -> Iterator[Fault]:
        for step in self.steps.values():
            for name in ("on_success", "on_failure"):
                named = getattr(step, name)
                if named is not None and named != END and named not in self.steps:
                    words = f"no step has this id; write one of {', '.join(self.steps)} or {END}"
                    path = f"{self._paths[step.step_id]}.{name}"
                    yield Fault(path, "follower-unknown", words)

    def _backwards(self) -> Iterator[Fault]:
        """Days of one kind can be compared; D+3 in school days and in calendar days cannot."""
        for step in self.steps.values():
            for after in dict.fromkeys(self._after[step.step_id]):
                next_step = self.steps[after]
                if next_step.unit is step.unit and next_step.offset < step.offset:
                    path = f"{self._paths[after]}.offset"
                    words = f"comes before {step.step_id}, which leads to it"
                    yield Fault(path, "offset-backwards", words)

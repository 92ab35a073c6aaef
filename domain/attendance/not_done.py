"""What a rule set says and software does not do: said wherever its answers are shown.

`rule_faults` refuses what does nothing where it stands. What is left here means something to
people, and nobody should think that a machine sees to it.
"""

from collections.abc import Iterator
from typing import Final

from domain.attendance.returns import has_clock
from domain.attendance.rule_model import RuleSet, Stage
from domain.attendance.rule_parts import Rearm
from domain.attendance.triggers import Trigger

_OF_A_STAGE: Final = {
    "per_guardian": "perGuardian: one proposal for the pupil; for which parents, a person says",
    "period_school_weeks": "periodSchoolWeeks: a person keeps the period; nothing ends by itself",
    "content": "content: what a message says stands in its playbook and text",
    "template": "template: the type of a stage chooses its letter",
    "letter_template_id": "letterTemplateId: the type of a stage chooses its letter",
}
_OF_A_TRIGGER: Final = {
    "or_expected": "orExpected: what is only expected a person must see",
    "after_roll_call": "afterRollCall: the first mark of the day counts, whenever it comes",
    "after_register_close": "afterRegisterClose: the first mark counts, whenever it comes",
    "not_when_only_codes": "notWhenOnlyCodes: whoever decides sees which codes there are",
    "guards": "guards of a trigger: whoever decides answers for them",
}


def not_done(rule_set: RuleSet) -> tuple[str, ...]:
    """Return, stage by stage and in words, what software does not do of a rule set."""
    found = [
        f"not done by software: {stage.key}, {words}"
        for stage in rule_set.every_stage
        for words in _of(stage)
    ]
    return (*found, *(f"not done by software: {words}" for words in _of_all(rule_set)))


def _of(stage: Stage) -> Iterator[str]:
    if stage.outputs:
        yield f"outputs: {', '.join(stage.outputs)}: the queue asks a person once it is entered"
    if stage.rearm is Rearm.ONCE:
        yield "rearm ONCE: this school year and the one before are looked at"
    yield from (words for name, words in _OF_A_STAGE.items() if getattr(stage, name))
    said = {name for trigger in _all(stage.trigger) for name in trigger.model_fields_set}
    yield from (words for name, words in _OF_A_TRIGGER.items() if name in said)


def _of_all(rule_set: RuleSet) -> Iterator[str]:
    for owed in rule_set.returns:
        dates = (owed.covers, owed.due_in, owed.due_within, "cumulative" * owed.cumulative)
        if owed.trigger is None:
            asked = "a person makes it and says so" if has_clock(owed) else "nobody is asked for it"
            yield f"{', '.join(filter(None, (owed.id, *dates)))}: {asked}"
        if owed.to is not None:
            yield f"{owed.id}, to {owed.to}: a person sends it"


def _all(trigger: Trigger) -> Iterator[Trigger]:
    yield trigger
    for part in (*(trigger.any or ()), *(trigger.all or ())):
        yield from _all(part)

"""Steps that would have nothing to say: a playbook is told before a family is not.

A draft may name a text that is still to be written. What is put into use may not: its message would
be a dead letter on the day it is due. Which texts there are is for the caller to look up.
"""

from collections.abc import Collection, Iterator
from typing import Final

from domain.playbook.faults import SENT_BY_SOFTWARE, Fault
from domain.shared.contact import Channel
from domain.shared.playbooks import LetterStep, MessageStep, Playbook
from domain.shared.texts import KIND_OF, TextKind

Asked = tuple[str, TextKind]
"""The key of a text, and the way in which it is to be said."""
_FIRST: Final = "template_key"


def texts_of(playbook: Playbook) -> frozenset[Asked]:
    """Return every text that a playbook may ask for, also by its second channels."""
    return frozenset(asked for _, asked in _asked(playbook))


def wordless(playbook: Playbook, known: Collection[Asked]) -> list[Fault]:
    """Name each step whose text nobody has: nothing would ever be said by it."""
    return [
        Fault(f"{path}.{_FIRST}", "text-missing", _MISSING.format(*asked))
        for path, asked in _asked(playbook)
        if path.endswith("]") and asked not in known and asked[0].strip()
    ]


def wordless_fallbacks(playbook: Playbook, known: Collection[Asked]) -> list[Fault]:
    """Name each second channel whose text nobody has: the step goes by its first one only."""
    return [
        Fault(path, "text-missing-by-fallback", _MISSING.format(*asked))
        for path, asked in _asked(playbook)
        if not path.endswith("]") and asked not in known and asked[0].strip()
    ]


_MISSING: Final = "there is no approved text {} to say by {}; write one, or name another"


def _asked(playbook: Playbook) -> Iterator[tuple[str, Asked]]:
    """Yield each text with the place of its step, or of the step's second channel.

    A channel that nobody sends by is a fault of its own.
    """
    for place, step in enumerate(playbook.steps):
        path = f"$.steps[{place}]"
        if isinstance(step, LetterStep):
            yield path, (step.template_key, TextKind.LETTER)
        elif isinstance(step, MessageStep):
            for name, channel in ((path, step.channel), (f"{path}.fallback", step.fallback)):
                if channel in SENT_BY_SOFTWARE:
                    yield name, (step.template_key, KIND_OF[channel])


def only_when_asked(playbook: Playbook, approved: Collection[str]) -> list[Fault]:
    """Name each WhatsApp message that the provider takes as an answer only, within 24 hours.

    Source: WhatsApp Business Platform, customer service window.
    """
    return [
        Fault(
            f"$.steps[{place}].{name}",
            "whatsapp-template-missing",
            f"{step.template_key} has no template that WhatsApp has approved: to families who have"
            " not written within 24 hours it is not sent; set its content_sid",
        )
        for place, step in enumerate(playbook.steps)
        if isinstance(step, MessageStep)
        for name, channel in (("channel", step.channel), ("fallback", step.fallback))
        if channel is Channel.WHATSAPP and step.template_key not in approved
    ]

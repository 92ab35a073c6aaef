"""An address that does not lead to the guardian is a task of the school's, about one child."""

from domain.message.commands import RecordMisaddressed
from domain.message.events import MessageMisaddressed, MessageRequested


def misaddressed(command: RecordMisaddressed, requested: MessageRequested) -> MessageMisaddressed:
    """Return the fact that asks the school for a right address."""
    return MessageMisaddressed(
        channel=command.channel,
        cause=command.cause,
        school_id=requested.school_id,
        student_id=requested.student_id,
        reply_ref=command.reply_ref,
    )

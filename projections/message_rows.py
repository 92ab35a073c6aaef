"""One message as people and callbacks find it."""

from datetime import datetime

from domain.message.reasons import Remedy
from domain.shared.contact import Channel, Purpose
from domain.shared.ids import GuardianId, MessageId, RunId, SchoolId, StudentId
from projections.kit import Row


class MessageRow(Row):
    """One message; its words lie in the vault.

    `channel`, `generation` and `provider_ref` are those of the newest generation; `earlier_ref` is
    the one before it. `delivery` is the provider's last word that stands. `dead` says that it did
    not go, nothing of software will change that, and `owner` has to see to it; `remedy` says what
    would help. `moved_at` is the machine's time of the last news: how long a message is silent.
    """

    message_id: MessageId
    key: str
    channel: Channel
    school_id: SchoolId
    student_id: StudentId
    guardian_id: GuardianId
    run_id: RunId
    step_id: str
    status: str
    requested_at: datetime
    moved_at: datetime
    purpose: Purpose
    template_key: str
    attempts: int = 0
    generation: int = 0
    fallback: Channel | None = None
    provider: str | None = None
    provider_ref: str | None = None
    earlier_ref: str | None = None
    delivery: str | None = None
    reason: str | None = None
    remedy: Remedy | None = None
    owner: str | None = None
    dead: bool = False
    not_before: datetime | None = None
    accepted_at: datetime | None = None
    delivered_at: datetime | None = None
    replied_at: datetime | None = None

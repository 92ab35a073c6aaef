"""Facts about imports."""

from domain.kernel.facts import Event, fact
from domain.shared.ids import SchoolId


@fact("register.batch_recorded")
class BatchRecorded(Event):
    """A staged import became visible. Its rows are known from this fact's ledger position.

    `content` says what came ("marks", "guardians", …), `source` from which kind of system or file.
    `content_hash` is SHA-256 of the file or files as they came. Absent `school_id`: many schools.
    """

    content: str
    source: str
    content_hash: str
    rows: int
    quarantined: int
    students: int
    school_id: SchoolId | None = None


RegisterBatchEvent = BatchRecorded

"""A letter's file: only for those who may see it, only while somebody it is about lives."""

from uuid import UUID

from api.problems import FileDamaged
from api.reading import note
from api.receipts import founding
from api.tokens import Caller
from domain.kernel.refusals import Gone
from domain.letter.aggregate import Letter
from domain.letter.events import LetterRequested
from domain.letter.refusals import LetterNotRendered, LetterUnknown
from infrastructure.artifacts.store import ArtifactDamaged, ArtifactMissing, ArtifactSealed
from infrastructure.vault.errors import VaultDamaged
from infrastructure.wiring.house import House


class LetterErased(Gone):
    """Those whom this letter is about were erased; only its hash is left."""

    code = "letter-erased"


def letter_file(house: House, caller: Caller, letter: UUID, route: str) -> tuple[bytes, str]:
    """Return the PDF and its hash, which was checked; the look is recorded with it.

    Raises:
        LetterUnknown: also for a letter of another school.
        LetterNotRendered: there is no file yet.
        LetterErased: there is none any more.
        FileDamaged: the bytes are not those that the fact has written down.
    """
    with house.database.tenant(caller.tenant) as conn:
        requested = founding(conn, letter, LetterRequested)
        if requested is None or not caller.may_see(requested.school_id):
            raise LetterUnknown
        state = house.ledger.load(conn, Letter, letter)
        if state.rendered is None:
            raise LetterNotRendered
        cipher = house.vault.artifact_reader(conn, caller.tenant, letter)
        if cipher is None:
            raise LetterErased
        digest = state.rendered.content_hash
        try:
            data = house.artifacts.get(caller.tenant, digest, cipher)
        except (ArtifactMissing, ArtifactDamaged, ArtifactSealed, VaultDamaged) as error:
            raise FileDamaged from error
        note(conn, caller, route, "letter", requested.student_id)
    return data, digest

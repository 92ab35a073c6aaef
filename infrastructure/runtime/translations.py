"""Translations of schools' own texts: asked for once, kept by source, languages and engine."""

from typing import Final

from domain.shared.ids import TenantId
from domain.shared.texts import Wording
from infrastructure.documents.translating import Translator, said_again, translated
from infrastructure.store.database import Connection, Database

_FIND: Final = (
    "select subject, body from translation where tenant = %(tenant)s"
    " and source_hash = %(source_hash)s and source_language = %(source_language)s"
    " and language = %(language)s and engine = %(engine)s"
)
_KEEP: Final = (
    "insert into translation (tenant, source_hash, source_language, language, engine, subject,"
    " body) values (%(tenant)s, %(source_hash)s, %(source_language)s, %(language)s, %(engine)s,"
    " %(subject)s, %(body)s) on conflict do nothing"
)


class Translations:
    """What engines said. A person reviews it before anything with legal effect goes out."""

    def __init__(self, database: Database, translator: Translator) -> None:
        self._database = database
        self._translator = translator

    def drafted(self, tenant: TenantId, wording: Wording, language: str) -> Wording:
        """Return a text in another language, as a draft; no connection waits for the engine.

        Raises:
            TranslatorAway: when the engine gave no answer that could be believed.
        """
        engine = self._translator.name
        asked = {
            "tenant": tenant,
            "source_hash": wording.sha256,
            "source_language": wording.language,
            "language": language,
            "engine": engine,
        }
        with self._database.tenant(tenant) as conn:
            words = _kept(conn, asked)
        if words is None:
            subject, body = words = translated(self._translator, wording, language)
            with self._database.tenant(tenant) as conn:
                conn.execute(_KEEP, {**asked, "subject": subject, "body": body})
        return said_again(wording, language, engine, words)


def _kept(conn: Connection, asked: dict[str, object]) -> tuple[str, str] | None:
    row = conn.execute(_FIND, asked).fetchone()
    return None if row is None else (row[0], row[1])

"""The house: settings, database, ledger, vault, texts; built in order, closed in reverse."""

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import structlog

from domain.catalogue import AGGREGATES
from domain.kernel import facts
from infrastructure.artifacts.store import ArtifactStore
from infrastructure.channels.content import SettledContentIds
from infrastructure.channels.event_signature import EventKeys
from infrastructure.channels.senders import notices
from infrastructure.documents.libre_translate import LibreTranslate
from infrastructure.documents.texts import Texts
from infrastructure.http.guarded import GuardedHttp
from infrastructure.register.contacts import contacts_now
from infrastructure.runtime.composing import Composer
from infrastructure.runtime.last_look import LastLook
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.translations import Translations
from infrastructure.runtime.witness import Witness
from infrastructure.runtime.words import Words
from infrastructure.settings import Settings
from infrastructure.store import hazards, tables
from infrastructure.store.database import Database
from infrastructure.store.errors import SchemaMismatch
from infrastructure.store.ledger import Ledger, unknown_names
from infrastructure.store.migrations import migrate
from infrastructure.vault.errors import VaultDamaged
from infrastructure.vault.master import master_key
from infrastructure.vault.vault import Vault
from infrastructure.wiring.calendars import CalendarBook
from infrastructure.wiring.shapes import prepare
from projections.all import READ_MODELS

log = structlog.get_logger()


class House:
    """Everything that a role or a door needs. A context manager; nothing here is global."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        self.settings = settings
        self.bell = Bell()
        self.database = Database(database_url, pool_size=settings.pool_size)
        self.calendars = CalendarBook()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Open what must be open, after the schema was brought to this release."""
        prepare()
        self._stack.callback(self.database.close)
        with self.database.owner() as conn:
            hazards.refuse(conn)
            self.migrated = migrate(conn)
        with self.database.worker() as conn:
            tables.ensure(conn, READ_MODELS)
        self.ledger = Ledger(
            self.database,
            AGGREGATES,
            self.calendars,
            committed=lambda: self.bell.ring("project"),
            contacts=contacts_now,
        )
        self._stack.callback(self.ledger.close)
        home = self.settings.home
        home.mkdir(parents=True, exist_ok=True)
        self.witness = Witness(home / "witness.json", self.database)
        key = self.settings.master_key
        master = master_key(key.get_secret_value() if key else None, home)
        self.vault = Vault(master, home / "erasures.jsonl")
        self.texts = Texts.load()
        self.artifacts = ArtifactStore(home / "artifacts", broken_seal=VaultDamaged)
        self.composer = Composer(
            self.vault,
            Words(self.texts, self.settings.fallback_language),
            self.ledger,
            self.settings,
            SettledContentIds(self.settings.whatsapp_content),
        )
        self.translations = self._translations()
        self.last_look = LastLook(self.database, self.ledger, self.settings.evaluate_at)
        keys = (self.settings.sendgrid_public_key, self.settings.sendgrid_public_key_old)
        self.event_keys = EventKeys([key for key in keys if key])
        for words in notices(self.settings):
            log.warning("sender of texts", notice=words)
        self._check_registry()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close in reverse order."""
        self._stack.close()

    def on_close(self, close: Callable[[], None]) -> None:
        """Close something of a role's before the house itself."""
        self._stack.callback(close)

    def _translations(self) -> Translations | None:
        """Return the engine that the settings name, if any."""
        url, key = self.settings.translate_url, self.settings.translate_key
        if url is None:
            return None
        engine = LibreTranslate(
            GuardedHttp(url, read_for=60.0), None if key is None else key.get_secret_value()
        )
        self._stack.callback(engine.close)
        return Translations(self.database, engine)

    def _check_registry(self) -> None:
        """Refuse to run without a way up from older facts; say which newer ones will be parked.

        Newer facts are normal while releases change, and their streams wait at every follower. A
        role that refused to start for them would stop all the other streams as well, and the
        command that lists what is parked would be the first not to work.
        """
        if missing := facts.missing_upcasts():
            raise SchemaMismatch(f"no way up from {missing}")
        with self.database.worker() as conn:
            unknown = unknown_names(conn)
        if unknown:
            log.warning("facts unknown to this release: their streams are parked", names=unknown)

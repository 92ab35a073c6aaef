"""Which approved text at the provider says what a template of ours says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

CONTENT_SID: Final = re.compile(r"HX[0-9a-fA-F]{32}")


class ContentIds(Protocol):
    """A look-up of approved texts."""

    def content_sid(self, tenant: UUID, template_key: str, language: str) -> str | None:
        """Return the provider's id of a template in a language; None where none is approved.

        Approval is per language, so there is no other language to fall back to.
        """
        ...


@dataclass(frozen=True, slots=True)
class SettledContentIds:
    """The ids of the settings, one for the whole installation: `TEMPLATE_KEY:language`."""

    ids: Mapping[str, str]

    def content_sid(self, tenant: UUID, template_key: str, language: str) -> str | None:
        """Return the id that the settings name."""
        del tenant
        return self.ids.get(f"{template_key}:{language}")

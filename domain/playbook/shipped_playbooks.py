"""Playbooks that come with the product, as data."""

from pathlib import Path
from typing import Final

import msgspec

from domain.shared.ids import TenantId, derived_id
from domain.shared.playbooks import Playbook

_FOLDER: Final = Path(__file__).parent / "shipped"


def shipped_sets() -> list[str]:
    """Return the names of the sets that are shipped."""
    return sorted(file.stem for file in _FOLDER.glob("*.json"))


def shipped(name: str, tenant: TenantId) -> list[Playbook]:
    """Return a shipped set of playbooks with this tenant's ids; versions are counted on use."""
    found = msgspec.json.decode(
        (_FOLDER / f"{name}.json").read_bytes(), type=list[dict[str, object]]
    )
    return [
        msgspec.convert(
            one | {"playbook_id": derived_id(tenant, "playbook", name, one["name"]), "version": 1},
            type=Playbook,
        )
        for one in found
    ]

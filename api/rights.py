"""Who may do what: one data file, role by operation. What is not in it is denied."""

from collections.abc import Collection
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

FILE: Final = "rights.json"


class RightsIncomplete(Exception):
    """The file of rights and the operations of the door do not name the same things."""


class Rights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Roles, operations without a token (with the reason why), and who may do the others.

    An operation with `:` in its name is a finer right that a route asks for by itself.
    """

    roles: dict[str, str]
    open: dict[str, str]
    operations: dict[str, frozenset[str]]

    def is_open(self, operation: str) -> bool:
        """Say whether an operation asks for no token."""
        return operation in self.open

    def allows(self, roles: Collection[str], operation: str) -> bool:
        """Say whether any of these roles may do this."""
        return not self.operations.get(operation, frozenset()).isdisjoint(roles)

    def check(self, operations: Collection[str]) -> None:
        """Refuse to open a door with an operation that nobody has decided about.

        Raises:
            RightsIncomplete: naming what is in one place only.
        """
        decided = {name.partition(":")[0] for name in self.operations} | set(self.open)
        unknown = {role for may in self.operations.values() for role in may} - set(self.roles)
        odd = decided.symmetric_difference(operations) | unknown
        odd |= set(self.open) & set(self.operations)
        if odd:
            raise RightsIncomplete(", ".join(sorted(odd)))


@cache
def rights() -> Rights:
    """Return the rights of this release."""
    return msgspec.json.decode(files("api").joinpath(FILE).read_bytes(), type=Rights)

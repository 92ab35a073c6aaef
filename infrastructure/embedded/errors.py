"""What goes wrong with the servers that we start ourselves, said so that a person can act on it."""

from pathlib import Path


class EmbeddedServerError(Exception):
    """An embedded server cannot be used: what happened, where, and what to do."""

    def __init__(self, what: str, *, where: Path | str, do: str) -> None:
        super().__init__(f"{what}\n  where: {where}\n  what to do: {do}")
        self.what = what
        self.where = str(where)
        self.do = do

"""What a stand-in provider really took: one line per message, written before it says so.

Tests count these lines to find doubles and losses, so a line is in the file before the answer is
on the wire, whoever is killed in between.
"""

import hashlib
import json
import os
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from infrastructure.clock import machine_now


@dataclass(frozen=True, slots=True)
class Taken:
    """One message that a provider took. The words are hashed: the file outlives the test."""

    provider: str  # "sms", "smtp" or "sendgrid"
    sid: str
    to: str
    body_sha256: str
    idempotency_key: str | None
    message_id: str | None
    at: str


class TakenLog:
    """An append-only file of JSON lines."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
        self.entries: list[dict[str, str | None]] = []  # since the start, with the words

    def append(
        self,
        provider: str,
        sid: str,
        to: str,
        body: str,
        *,
        idempotency_key: str | None = None,
        message_id: str | None = None,
    ) -> Taken:
        """Write one line; when this returns, the operating system has it."""
        taken = Taken(
            provider,
            sid,
            to,
            hashlib.sha256(body.encode("utf-8", "replace")).hexdigest(),
            idempotency_key,
            message_id,
            machine_now().isoformat(),
        )
        # One write of a short line to an O_APPEND file is whole or not there, also beside others.
        os.write(self._file, json.dumps(asdict(taken)).encode() + b"\n")
        self.entries.append({**asdict(taken), "body": body})
        return taken

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read_taken(path: Path) -> list[Taken]:
    """Read what was taken, also while the provider runs."""
    if not path.exists():
        return []
    return [Taken(**json.loads(line)) for line in path.read_text().splitlines()]


def doubles(taken: list[Taken]) -> dict[tuple[str, str], int]:
    """Return how often each (to, words) was taken, where that is more than once."""
    counted = Counter((one.to, one.body_sha256) for one in taken)
    return {what: times for what, times in counted.items() if times > 1}

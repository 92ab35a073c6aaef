"""A translating server that stands in for LibreTranslate, honest or not, and remembers all."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

HONEST: Final = "HONEST"
LOSES_MARKS: Final = "LOSES_MARKS"
BUSY: Final = "BUSY"
REFUSES: Final = "REFUSES"
GARBAGE: Final = "GARBAGE"
CUTS: Final = "CUTS"


@dataclass
class Engine:
    """What it was asked, and how it answers."""

    manner: str = HONEST
    asked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""


def in_another_language(text: str, target: str) -> str:
    """Return words that nobody mistakes for the source, with every mark where it was."""
    return f"[{target}] {text}"


class _Desk(BaseHTTPRequestHandler):
    engine: Engine

    def do_POST(self) -> None:
        """Answer as https://docs.libretranslate.com says, or as its manner is."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(body)
        self.engine.asked.append({"path": self.path, **asked})
        match self.engine.manner:
            case "CUTS":
                self.connection.close()
                return
            case "BUSY":
                self._send(429, b'{"error": "Slowdown"}')
            case "REFUSES":
                self._send(400, b'{"error": "Invalid request"}')
            case "GARBAGE":
                self._send(200, b"<title>Welcome to the guest network</title>")
            case "LOSES_MARKS":
                self._send(200, json.dumps({"translatedText": "nic"}).encode())
            case _:
                said = in_another_language(asked["q"], asked["target"])
                self._send(200, json.dumps({"translatedText": said}).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def translating(manner: str = HONEST) -> Iterator[Engine]:
    """Let a server translate until the end of the block."""
    engine = Engine(manner)
    handler = type("Desk", (_Desk,), {"engine": engine})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    engine.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield engine
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""One conversation with a mail server: stdlib's handshakes, with a reader that has limits.

The stdlib's own reader waits for ever on a server that dribbles, and for ever on one whose answer
never ends; here one deadline rules the whole conversation.
"""

import smtplib
import socket
import ssl
import time
from enum import StrEnum

_LONGEST_LINE = 2048
_MOST_LINES = 128


class Security(StrEnum):
    """How the connection is protected. Plain is for a server on this machine or next to it."""

    PLAIN = "PLAIN"
    STARTTLS = "STARTTLS"
    TLS = "TLS"


class UnreadableReply(smtplib.SMTPException):
    """The server's answer is not SMTP."""


class Session(smtplib.SMTP):
    """A connected, greeted and, where asked, encrypted and logged-in conversation."""

    def __init__(
        self, *, helo: str, security: Security, whole_for: float, tls: ssl.SSLContext | None
    ) -> None:
        self._deadline = 0.0
        self._whole_for = whole_for
        self._security = security
        self._rest = b""
        self._read_from: object = None
        encrypted = security is not Security.PLAIN
        self._tls = tls or ssl.create_default_context() if encrypted else None
        super().__init__(local_hostname=helo)

    def open(self, host: str, port: int, login: tuple[str, str] | None) -> None:
        """Connect and greet; raises OSError or SMTPException."""
        code, _ = self.connect(host, port)
        if code != 220:  # noqa: PLR2004
            raise smtplib.SMTPConnectError(code, b"")
        self.ehlo_or_helo_if_needed()
        if self._security is Security.STARTTLS:
            self._encrypt(host)
            self.ehlo()
        if login is not None:
            self.login(*login)

    def _encrypt(self, host: str) -> None:
        # Not the stdlib's own: it checks the certificate against the host of its constructor,
        # which would connect from there, before the limits are set.
        if not self.has_extn("starttls"):
            raise smtplib.SMTPNotSupportedError
        code, _ = self.docmd("STARTTLS")
        if code != 220 or self._tls is None or self.sock is None:  # noqa: PLR2004
            raise smtplib.SMTPResponseException(code, b"")
        self._limit()
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=host)

    def start_clock(self) -> None:
        """Give what follows its whole time."""
        self._deadline = time.monotonic() + self._whole_for
        if self.sock is not None:
            self.sock.settimeout(self._whole_for)

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._limit()
        self.send(data)

    def end(self) -> None:
        """Hang up at once. No QUIT: its answer would be waited for, and says nothing new."""
        self.close()

    @property
    def is_quiet(self) -> bool:
        """Tell whether the conversation can go on: open, and nothing unasked has come."""
        return self.sock is not None and not self._rest

    def getreply(self) -> tuple[int, bytes]:
        """Read one answer, of at most so many lines and not beyond the deadline."""
        texts: list[bytes] = []
        for _ in range(_MOST_LINES):
            line = self._line()
            if not line[:3].isdigit() or line[3:4] not in {b"-", b" ", b""}:
                self.close()
                raise UnreadableReply
            texts.append(line[4:].strip(b" \t\r\n"))
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(texts)
        self.close()
        raise UnreadableReply

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        del timeout  # the session's own deadline counts
        plain = socket.create_connection((host, port), self._whole_for)
        # The final dot is a packet of its own; without this it would wait for an acknowledgement
        # of the text before it, 40 ms each time.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._security is not Security.TLS or self._tls is None:
            return plain
        try:
            return self._tls.wrap_socket(plain, server_hostname=host)
        except OSError:
            plain.close()
            raise

    def _line(self) -> bytes:
        if self._read_from is not self.sock:
            # After STARTTLS the socket is another one: what came unencrypted before it may have
            # been put there by somebody in between, and is forgotten.
            self._rest, self._read_from = b"", self.sock
        while b"\n" not in self._rest:
            if len(self._rest) > _LONGEST_LINE:
                self.close()
                raise UnreadableReply
            self._limit()
            came = b"" if self.sock is None else self.sock.recv(4096)
            if not came:
                self.close()
                raise smtplib.SMTPServerDisconnected
            self._rest += came
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _limit(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            self.close()
            raise TimeoutError
        if self.sock is not None:
            self.sock.settimeout(left)

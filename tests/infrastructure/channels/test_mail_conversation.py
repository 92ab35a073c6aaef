"""Before the final dot nothing is in doubt; after it only the server's own word counts."""

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from infrastructure.channels.email import EmailAdapter, MailServer
from infrastructure.channels.email_text import as_bytes, dot_stuffed, message_id
from infrastructure.channels.protocol import (
    Accepted,
    Attachment,
    Cause,
    Outgoing,
    Rejected,
    RetryCause,
    Unknown,
)
from infrastructure.channels.smtp_session import Security
from infrastructure.clock import machine_now
from infrastructure.embedded.sandbox import SandboxOptions, SandboxProviders
from infrastructure.embedded.sandbox_log import read_taken

KEY = "playbook:6f1c:2:guardian-77:EMAIL:1"
MESSAGE = Outgoing("k", KEY, "parent@home.example", "office@school.example", "Hello.", "Attendance")
GREETING = (b"220 hello\r\n", b"250-me\r\n250 SIZE 9\r\n")
GO_AHEAD = (b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n")
CUT = b""  # the server hangs up here
UPGRADE = b"220 ready\r\n250-injected\r\n250 STARTTLS\r\n"  # with an answer smuggled in before TLS
HANG = b"..."  # the server says nothing more here
IMPATIENT, PATIENT = 0.4, 20.0


@contextmanager
def server(*replies: bytes) -> Iterator[int]:
    """Say one reply after each thing that the client says, the first of them at once."""
    listening = socket.create_server(("127.0.0.1", 0))
    leave = threading.Event()
    thread = threading.Thread(target=_talk, args=(listening, replies, leave), daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        leave.set()
        thread.join()
        listening.close()


def _talk(listening: socket.socket, replies: Sequence[bytes], leave: threading.Event) -> None:
    connection, _ = listening.accept()
    with connection, connection.makefile("rb") as lines:
        for number, reply in enumerate(replies):
            text_follows = number > 0 and replies[number - 1].startswith(b"354")
            while number > 0 and lines.readline() != b".\r\n" and text_follows:
                pass
            if reply == HANG:
                leave.wait()
            if reply in {CUT, HANG}:
                return
            connection.sendall(reply)
        leave.wait()


def _certificate(folder: Path) -> Path:
    """Make a key and a certificate for 127.0.0.1 that sign themselves."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = machine_now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "stand-in.pem"
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path


@contextmanager
def encrypting_server(certificate: Path) -> Iterator[int]:
    """Offer STARTTLS, and take one message after it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listening = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        connection, _ = listening.accept()
        connection.settimeout(PATIENT)
        with connection, suppress(OSError):
            connection.sendall(b"220 hello\r\n")
            connection.recv(4096)
            connection.sendall(b"250-me\r\n250 STARTTLS\r\n")
            connection.recv(4096)
            connection.sendall(UPGRADE)
            with context.wrap_socket(connection, server_side=True) as safe:
                said = b""
                for reply in (b"250 SIZE 9\r\n", *GO_AHEAD, b"250 taken\r\n"):
                    while not said.endswith(b"\r\n.\r\n" if reply == b"250 taken\r\n" else b"\r\n"):
                        said += safe.recv(4096)
                    said = b""
                    safe.sendall(reply)
                safe.recv(4096)

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()
        thread.join()


def outcome_of(*replies: bytes, message: Outgoing = MESSAGE) -> object:
    limit = IMPATIENT if HANG in replies else PATIENT
    with (
        server(*replies) as port,
        closing(EmailAdapter(MailServer("127.0.0.1", port, whole_for=limit))) as adapter,
    ):
        return adapter.send(message)


def test_the_servers_word_after_the_dot_is_the_end_of_it() -> None:
    assert outcome_of(*GREETING, *GO_AHEAD, b"250 taken\r\n") == Accepted(message_id(MESSAGE))


@pytest.mark.parametrize("said", range(5), ids=["connect", "hello", "sender", "recipient", "data"])
@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        (CUT, Cause.CONNECTION_LOST),
        (HANG, Cause.TIMED_OUT),
        (b"what?\r\n", Cause.UNREADABLE_ANSWER),
        (b"x" * 5000, Cause.UNREADABLE_ANSWER),
        (b"250-and so on\r\n" * 200, Cause.UNREADABLE_ANSWER),
    ],
    ids=["cut", "silence", "nonsense", "long-line", "endless"],
)
def test_trouble_before_the_dot_is_certainly_not_sent(
    said: int, trouble: bytes, cause: Cause
) -> None:
    replies = [*GREETING, *GO_AHEAD][:said]
    outcome = outcome_of(*replies, trouble)
    expected = Cause.NOT_REACHED if said < 2 else cause
    assert outcome == Rejected(expected, None, RetryCause.RETRY)


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        (CUT, Cause.CONNECTION_LOST),
        (HANG, Cause.TIMED_OUT),
        (b"what?\r\n", Cause.UNREADABLE_ANSWER),
        (b"x" * 5000, Cause.UNREADABLE_ANSWER),
        (b"354 more?\r\n", Cause.UNREADABLE_ANSWER),
        (b"250-and so on\r\n" * 200, Cause.UNREADABLE_ANSWER),
    ],
    ids=["cut", "silence", "nonsense", "long-line", "wrong-code", "endless"],
)
def test_trouble_after_the_dot_is_unknown(trouble: bytes, cause: Cause) -> None:
    outcome = outcome_of(*GREETING, *GO_AHEAD, trouble)
    assert isinstance(outcome, Unknown)
    assert outcome.cause is cause


@pytest.mark.parametrize(
    ("said", "reply", "retry", "code"),
    [
        (0, b"554 go away\r\n", RetryCause.STOP, "554"),
        (0, b"421 busy\r\n", RetryCause.RETRY, "421"),
        (2, b"550 5.7.1 not from you\r\n", RetryCause.STOP, "5.7.1"),
        (2, b"451 4.3.0 later\r\n", RetryCause.RETRY, "4.3.0"),
        (3, b"550 5.1.1 nobody here\r\n", RetryCause.FIX_CONTACT, "5.1.1"),
        (3, b"550 nobody here\r\n", RetryCause.FIX_CONTACT, "550"),
        (3, b"550 5.2.1 closed\r\n", RetryCause.FIX_CONTACT, "5.2.1"),
        (3, b"550 5.7.1 policy\r\n", RetryCause.STOP, "5.7.1"),
        (3, b"554 no\r\n", RetryCause.STOP, "554"),
        (3, b"452 4.2.2 mailbox full\r\n", RetryCause.RETRY, "4.2.2"),
        (4, b"503 5.5.1 what\r\n", RetryCause.STOP, "5.5.1"),
        (5, b"552 5.3.4 too big\r\n", RetryCause.STOP, "5.3.4"),
        (5, b"451 4.7.1 grey-listed\r\n", RetryCause.RETRY, "4.7.1"),
        (5, b"550 5.1.1 after all nobody\r\n", RetryCause.STOP, "5.1.1"),
    ],
)
def test_each_refusal_says_what_is_to_be_done(
    said: int, reply: bytes, retry: RetryCause, code: str
) -> None:
    outcome = outcome_of(*[*GREETING, *GO_AHEAD][:said], reply)
    assert isinstance(outcome, Rejected)
    assert (outcome.retry, outcome.code) == (retry, code)


@pytest.mark.parametrize(
    "to",
    [
        "",
        "parent",
        "@home.example",
        "parent@",
        "a b@home.example",
        "a@b@home.example",
        "parent@home.example>\r\nRCPT TO:<other@home.example",
        "parent@home example",
        "a..b@home.example",
        "x" * 250 + "@home.example",
        "parent@" + "\u200d" * 3,
    ],
)
def test_what_is_no_address_is_never_said_to_a_server(to: str) -> None:
    with closing(EmailAdapter(MailServer("127.0.0.1", 9))) as adapter:
        outcome = adapter.send(Outgoing("k", KEY, to, MESSAGE.sender, "x"))
    assert outcome == Rejected(Cause.BAD_ADDRESS, None, RetryCause.FIX_CONTACT)


def test_a_server_that_cannot_write_an_address_is_told_apart() -> None:
    odd = Outgoing("k", KEY, "séan@home.example", MESSAGE.sender, "x")
    outcome = outcome_of(*GREETING, message=odd)
    assert outcome == Rejected(Cause.BAD_ADDRESS, None, RetryCause.FIX_CONTACT)


def test_starttls_starts_anew_and_forgets_what_came_before_it(tmp_path: Path) -> None:
    certificate = _certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with encrypting_server(certificate) as port:
        server_ = MailServer("127.0.0.1", port, Security.STARTTLS, tls=trusting)
        with closing(EmailAdapter(server_)) as adapter:
            assert adapter.send(MESSAGE) == Accepted(message_id(MESSAGE))


def test_a_certificate_that_nobody_vouches_for_stops(tmp_path: Path) -> None:
    with encrypting_server(_certificate(tmp_path)) as port:
        server_ = MailServer("127.0.0.1", port, Security.STARTTLS)
        with closing(EmailAdapter(server_)) as adapter:
            assert adapter.send(MESSAGE) == Rejected(Cause.REFUSED, None, RetryCause.STOP)


def test_a_server_without_encryption_is_not_spoken_to_in_the_clear(tmp_path: Path) -> None:
    with standing(tmp_path) as providers:
        for security in (Security.STARTTLS, Security.TLS):
            server_ = MailServer("127.0.0.1", providers.smtp_port, security)
            with closing(EmailAdapter(server_)) as adapter:
                assert isinstance(adapter.send(MESSAGE), Rejected)
        assert read_taken(providers.log_path) == []


def test_a_password_never_goes_far_in_the_clear() -> None:
    with pytest.raises(ValueError, match="STARTTLS"):
        MailServer("mail.example.com", 25, login=("school", "secret"))
    assert "secret" not in repr(MailServer("localhost", 25, login=("school", "secret")))


# --- with the stand-in server ---


@contextmanager
def standing(tmp_path: Path, login: tuple[str, str] | None = None) -> Iterator[SandboxProviders]:
    options = SandboxOptions(mail_login=login)
    with SandboxProviders(tmp_path / "taken.jsonl", options).start() as providers:
        yield providers


def test_one_conversation_carries_many_messages(tmp_path: Path) -> None:
    with standing(tmp_path) as providers:
        with closing(EmailAdapter(MailServer("127.0.0.1", providers.smtp_port))) as adapter:
            for number in range(5):
                to = f"p{number}@home.example"
                adapter.send(Outgoing("k", f"{KEY}{number}", to, MESSAGE.sender, "x"))
                assert len(adapter._idle) == 1
        assert len(read_taken(providers.log_path)) == 5


def test_a_refused_recipient_does_not_spoil_the_next_message(tmp_path: Path) -> None:
    with standing(tmp_path) as providers:
        server_ = MailServer("127.0.0.1", providers.smtp_port)
        with closing(EmailAdapter(server_)) as adapter:
            refused = Outgoing("k", KEY, "no-such-mailbox@home.example", MESSAGE.sender, "x")
            assert isinstance(adapter.send(refused), Rejected)
            assert isinstance(adapter.send(MESSAGE), Accepted)
        assert [one.to for one in read_taken(providers.log_path)] == [MESSAGE.to]


def test_a_server_that_restarted_meanwhile_costs_nothing(tmp_path: Path) -> None:
    with standing(tmp_path) as before:
        port = before.smtp_port
        adapter = EmailAdapter(MailServer("127.0.0.1", port))
        adapter.send(MESSAGE)
    again = SandboxProviders(tmp_path / "taken.jsonl", SandboxOptions(smtp_port=port))
    with closing(adapter), again.start():
        assert isinstance(adapter.send(MESSAGE), Accepted)


def test_a_log_in_is_made_where_the_server_wants_one(tmp_path: Path) -> None:
    with standing(tmp_path, ("school", "secret")) as providers:
        port = providers.smtp_port
        right = MailServer("127.0.0.1", port, login=("school", "secret"))
        wrong = MailServer("127.0.0.1", port, login=("school", "guess"))
        with closing(EmailAdapter(right)) as adapter:
            assert isinstance(adapter.send(MESSAGE), Accepted)
        with closing(EmailAdapter(wrong)) as adapter:
            outcome = adapter.send(MESSAGE)
            assert isinstance(outcome, Rejected)
            assert (outcome.retry, outcome.code) == (RetryCause.STOP, "535")
        with closing(EmailAdapter(MailServer("127.0.0.1", port))) as adapter:
            outcome = adapter.send(MESSAGE)
            assert isinstance(outcome, Rejected)
            assert outcome.retry is RetryCause.STOP


def test_addresses_and_words_of_any_language_arrive(tmp_path: Path) -> None:
    irish = Outgoing("k", KEY, "séamas@bláth.example", MESSAGE.sender, "Dia duit, a Shéamais")
    with standing(tmp_path) as providers:
        with closing(EmailAdapter(MailServer("127.0.0.1", providers.smtp_port))) as adapter:
            assert isinstance(adapter.send(irish), Accepted)
        assert read_taken(providers.log_path)[0].to == "séamas@xn--blth-6na.example"
        assert "Dia duit, a Shéamais" in (providers._log.entries[0]["body"] or "")


# --- the message itself ---


def written(message: Outgoing) -> EmailMessage:
    raw = as_bytes(message, datetime(2026, 3, 3, tzinfo=UTC), utf8_headers=False)
    return message_from_bytes(raw, policy=default_policy)


def test_the_message_id_is_the_same_for_every_attempt_and_tells_nothing() -> None:
    assert message_id(MESSAGE) == message_id(MESSAGE)
    assert message_id(MESSAGE) != message_id(Outgoing("k", "other", "a@b.ie", MESSAGE.sender, "x"))
    assert message_id(MESSAGE).endswith("@school.example>")
    assert "guardian" not in message_id(MESSAGE)


def test_a_machine_says_that_it_is_one() -> None:
    headers = written(MESSAGE)
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["X-Auto-Response-Suppress"] == "All"
    assert headers.get_content_type() == "text/plain"


def test_a_subject_cannot_bring_headers_of_its_own() -> None:
    sly = Outgoing("k", KEY, MESSAGE.to, MESSAGE.sender, "x", "Hello\r\nBcc: all@home.example")
    headers = written(sly)
    assert headers["Bcc"] is None
    assert headers["Subject"] == "Hello Bcc: all@home.example"


def test_an_attachment_arrives_byte_for_byte() -> None:
    letter = Attachment("litir ó scoil.pdf", "application/pdf", bytes(range(256)))
    message = written(Outgoing("k", KEY, MESSAGE.to, MESSAGE.sender, "x", attachments=(letter,)))
    [part] = message.iter_attachments()
    assert part.get_content() == letter.content
    assert part.get_filename() == letter.filename


def test_dots_are_doubled_at_the_start_of_lines_only() -> None:
    assert dot_stuffed(b".a.\r\n..b\r\nc.") == b"..a.\r\n...b\r\nc.\r\n"


def test_further_headers_stand_on_one_line_however_long() -> None:
    """RFC 8058: a link folded into encoded words is one that no mail program follows."""
    link = f"<https://anseo.school.example/u/{'a' * 66}>"
    headers = (("List-Unsubscribe", link), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    raw = as_bytes(
        replace(MESSAGE, headers=headers), datetime(2026, 3, 3, tzinfo=UTC), utf8_headers=False
    )
    top = raw.split(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    assert f"List-Unsubscribe: {link}" in top
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in top

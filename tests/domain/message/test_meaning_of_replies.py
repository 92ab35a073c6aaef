"""Only a person who talks to us has replied (trap 37)."""

import pytest

from domain.message.replies import Meaning, meaning_of, meaning_of_open, said_by_provider

STOPS = (
    *("STOP", "stop", " Stop. ", "StopAll", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE"),
    *("OPTOUT", "Opt-out", "please stop", "Stop texting me!", "Stop promotions"),
    *("STAD", "Stad!", "stad le do thoil", "Díliostáil", "scoir"),
)
MACHINES = (
    "Auto-reply: I am away until Monday",
    "(Automatic reply) thank you",
    "This is an automated message.",
    "Out of office until 3 March",
    "I am currently out of the office.",
    "I'm on annual leave until Monday 9th",
    "Thank you for your email. I am out of the office until 3 March.",
    "Thanks for your message. We're unavailable right now.",
    "Thank you for contacting Murphy Plumbing! We are unavailable at the moment",
    "This number is not monitored.",
    "I'm driving with Do Not Disturb While Driving turned on.",
    "(I\u2019m not receiving notifications. If this is urgent, reply \u201curgent\u201d.)",
    "Freagra uathoibríoch: beidh mé ar ais Dé Luain",
    "Freagra uathoibrioch",
    "As láthair ón oifig",
    "Níl mé san oifig go dtí Dé Máirt",
    "Tá mé ar saoire go dtí an 3 Márta",
)
STRANGERS = (
    "Wrong number",
    "Sorry, you have the wrong number.",
    "you\u2019ve got the wrong person mate",
    "I don't have a child at that school",
    "I have no kids",
    "not my son",
    "Uimhir mhícheart",
    "Tá an uimhir chontráilte agat",
    "An duine micheart",
    "Níl aon pháiste agam sa scoil sin",
)
PEOPLE = (
    *("ok", "YES", "Tá sí tinn", "She is at the dentist", "who is this", "👍", "?"),
    "I'm driving her in now",
    "please stop texting at night",
    "end of the week",
    "Is this the wrong number for the office?",
    "You have the wrong number of days for him",
    "not my son's fault, the bus was late",
    "He will stop at home",
    "I am away until Monday; she was sick all week",
)


@pytest.mark.parametrize("text", STOPS)
def test_a_stop_in_english_or_irish_is_a_stop_and_no_reply(text: str) -> None:
    """Trap 37."""
    assert meaning_of(text) is Meaning.STOP


@pytest.mark.parametrize("text", MACHINES)
def test_what_a_machine_wrote_is_no_reply(text: str) -> None:
    """Trap 37."""
    assert meaning_of(text) is Meaning.AUTO_REPLY


@pytest.mark.parametrize("text", STRANGERS)
def test_a_stranger_who_says_so_is_no_guardian_who_replies(text: str) -> None:
    """Trap 37."""
    assert meaning_of(text) is Meaning.WRONG_NUMBER


@pytest.mark.parametrize("text", PEOPLE)
def test_what_only_looks_like_one_of_them_is_a_reply(text: str) -> None:
    assert meaning_of(text) is Meaning.REPLY


@pytest.mark.parametrize(
    ("text", "says", "media", "meaning"),
    [
        ("START", "", 0, Meaning.START),
        ("tosaigh", "", 0, Meaning.START),
        ("help", "", 0, Meaning.HELP),
        ("Cabhair!", "", 0, Meaning.HELP),
        ("arrête", "STOP", 0, Meaning.STOP),
        ("oui", "START", 0, Meaning.START),
        ("aide", "HELP", 0, Meaning.HELP),
        ("", "", 0, Meaning.NOTHING),
        ("   ", "", 0, Meaning.NOTHING),
        ("", "", 1, Meaning.REPLY),
    ],
)
def test_key_words_and_pictures(text: str, says: str, media: int, meaning: Meaning) -> None:
    assert meaning_of(text, provider_says=says, media=media) is meaning


def test_a_long_text_says_more_than_that_the_number_is_wrong() -> None:
    assert meaning_of("wrong number" + ", but let me explain" * 20) is Meaning.REPLY


@pytest.mark.parametrize(
    ("text", "opted", "confirmed"),
    [("STOP", "", True), ("arrête", "STOP", True), ("stad", "", False), ("ok", "", False)],
)
def test_the_provider_confirms_its_own_stop_words_and_no_others(
    text: str, opted: str, confirmed: bool
) -> None:
    assert said_by_provider(text, opted) is confirmed


def test_a_machine_that_opens_a_mail_is_no_person() -> None:
    """Trap 37."""
    assert meaning_of_open(by_machine=True) is Meaning.MACHINE_OPEN
    assert meaning_of_open(by_machine=False) is Meaning.OPEN

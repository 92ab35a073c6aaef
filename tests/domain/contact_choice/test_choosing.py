"""What a guardian agreed to, refused, or cannot be reached by."""

from datetime import time

import pytest

from domain.contact_choice import refusals as r
from domain.contact_choice.aggregate import ContactChoice
from domain.contact_choice.commands import (
    LiftSuppression,
    OmitGuardian,
    RecordConsent,
    RecordNoticeEmail,
    SetPreferences,
    SuppressChannel,
)
from domain.contact_choice.events import (
    ChannelSuppressed,
    ConfirmedBy,
    ConsentRecorded,
    GuardianOmitted,
    LegalBasis,
    LiftReason,
    NoticeEmailAnswered,
    PreferencesSet,
    StopConfirmed,
    SuppressionCause,
    SuppressionLifted,
)
from domain.kernel import facts
from domain.shared.contact import Channel, Purpose
from tests.support.examples import but, example
from tests.support.scenario import STAFF, given, world

YES = example(ConsentRecorded)
NO = but(ConsentRecorded, given=False)
STOPPED = example(ChannelSuppressed)
BY_STAFF = world(actor=STAFF)
NONE = but(PreferencesSet, language=None, channels=(), quiet_from=None, quiet_until=None, off=())


def test_an_answer_about_a_channel_is_recorded_and_its_repetition_ignored() -> None:
    answered = given(ContactChoice).when(example(RecordConsent)).then(YES)
    answered.when(but(RecordConsent, source="IMPORT")).ignored()
    answered.when(but(RecordConsent, given=False)).then(NO)


def test_unknown_is_not_yes_for_a_nudge() -> None:
    unknown = ContactChoice()
    assert not unknown.allows(Channel.SMS, Purpose.NUDGE)
    basis = but(ConsentRecorded, basis=LegalBasis.UNKNOWN)
    assert not ContactChoice.replay([basis]).allows(Channel.SMS, Purpose.NUDGE)


@pytest.mark.parametrize("basis", [LegalBasis.PUBLIC_TASK, LegalBasis.LEGAL_OBLIGATION])
def test_another_basis_in_law_than_consent_is_a_yes_too(basis: LegalBasis) -> None:
    recorded = given(ContactChoice).when(but(RecordConsent, basis=basis))
    recorded.then(but(ConsentRecorded, basis=basis))
    assert recorded.state.allows(Channel.SMS, Purpose.NUDGE)


def test_a_basis_found_later_is_recorded_beside_the_same_answer() -> None:
    known = given(ContactChoice, YES).when(but(RecordConsent, basis=LegalBasis.PUBLIC_TASK))
    known.then(but(ConsentRecorded, basis=LegalBasis.PUBLIC_TASK))


def test_a_yes_holds_for_its_own_channel_and_purpose_until_it_is_taken_back() -> None:
    assert ContactChoice.replay([YES]).allows(Channel.SMS, Purpose.NUDGE)
    assert not ContactChoice.replay([YES]).allows(Channel.EMAIL, Purpose.NUDGE)
    assert not ContactChoice.replay([YES, NO]).allows(Channel.SMS, Purpose.NUDGE)
    other = but(ConsentRecorded, purpose=Purpose.STATUTORY_NOTICE)
    assert not ContactChoice.replay([other]).allows(Channel.SMS, Purpose.NUDGE)


def test_a_file_takes_back_a_yes_but_never_turns_a_persons_no_into_one() -> None:
    """Last night's export knows less than what the guardian said this afternoon."""
    refused = given(ContactChoice, NO)
    refused.when(but(RecordConsent, source="IMPORT")).ignored()
    withdrawn = but(RecordConsent, source="IMPORT", given=False)
    from_file = but(ConsentRecorded, given=False, source="IMPORT")
    given(ContactChoice, YES).when(withdrawn).then(from_file)
    given(ContactChoice, from_file).when(but(RecordConsent, source="IMPORT")).then(
        but(ConsentRecorded, source="IMPORT")
    )


@pytest.mark.parametrize("purpose", [Purpose.STATUTORY_NOTICE, Purpose.SAFETY])
def test_notices_and_safety_need_no_consent(purpose: Purpose) -> None:
    assert ContactChoice.replay([NO]).allows(Channel.SMS, purpose)


def test_a_notice_goes_by_email_only_where_that_was_agreed_to_by_itself() -> None:
    """The agreement to e-mail for notices is apart from all others (DOMAIN.md 7.2)."""
    nudges = but(ConsentRecorded, channel=Channel.EMAIL)
    assert not ContactChoice.replay([nudges]).allows(Channel.EMAIL, Purpose.STATUTORY_NOTICE)
    agreed = given(ContactChoice).when(example(RecordNoticeEmail))
    agreed.then(example(NoticeEmailAnswered))
    assert agreed.state.allows(Channel.EMAIL, Purpose.STATUTORY_NOTICE)
    assert not agreed.state.allows(Channel.EMAIL, Purpose.NUDGE)
    agreed.when(example(RecordNoticeEmail)).ignored()
    agreed.when(but(RecordNoticeEmail, given=False)).then(but(NoticeEmailAnswered, given=False))
    assert not agreed.state.allows(Channel.EMAIL, Purpose.STATUTORY_NOTICE)
    agreed.when(but(RecordNoticeEmail, source="IMPORT")).ignored()


def test_a_no_to_notices_on_a_channel_is_heard() -> None:
    no = but(ConsentRecorded, purpose=Purpose.STATUTORY_NOTICE, given=False)
    assert not ContactChoice.replay([no]).allows(Channel.SMS, Purpose.STATUTORY_NOTICE)


def test_messages_about_safety_cannot_be_switched_off() -> None:
    no = but(RecordConsent, purpose=Purpose.SAFETY, given=False)
    given(ContactChoice).when(no).refused(r.SafetyNeverOff)
    off = but(SetPreferences, off=(Purpose.SAFETY,))
    given(ContactChoice).when(off).refused(r.SafetyNeverOff)
    yes = but(RecordConsent, purpose=Purpose.SAFETY)
    given(ContactChoice).when(yes).then(but(ConsentRecorded, purpose=Purpose.SAFETY))


def test_preferences_are_kept_whole_and_their_repetition_ignored() -> None:
    wished = given(ContactChoice, YES).when(example(SetPreferences)).then(example(PreferencesSet))
    assert not wished.state.allows(Channel.SMS, Purpose.NUDGE)
    liked = wished.state.liked([Channel.EMAIL, Channel.SMS, Channel.WHATSAPP])
    assert liked == [Channel.WHATSAPP, Channel.SMS, Channel.EMAIL]
    wished.when(example(SetPreferences)).ignored()


@pytest.mark.parametrize(
    "hours", [(time(20), None), (None, time(8)), (time(8), time(8))], ids=["from", "until", "all"]
)
def test_quiet_hours_leave_some_of_the_day(hours: tuple[time | None, time | None]) -> None:
    wish = but(SetPreferences, quiet_from=hours[0], quiet_until=hours[1])
    given(ContactChoice).when(wish).refused(r.QuietAllDay)


def test_nobody_needs_hours_of_their_own() -> None:
    wish = but(SetPreferences, quiet_from=None, quiet_until=None)
    given(ContactChoice, NONE).when(wish).then(
        but(PreferencesSet, quiet_from=None, quiet_until=None)
    )


def test_a_stop_suppresses_its_channel_once_and_nothing_else() -> None:
    stopped = given(ContactChoice, YES).when(example(SuppressChannel)).then(STOPPED)
    assert stopped.state.is_suppressed(Channel.SMS)
    assert not stopped.state.is_suppressed(Channel.EMAIL)
    stopped.when(example(SuppressChannel)).ignored()


def test_a_stop_is_confirmed_once() -> None:
    stop = but(SuppressChannel, confirmed_by=ConfirmedBy.US)
    stopped = given(ContactChoice).when(stop).then(STOPPED, example(StopConfirmed))
    stopped.when(stop).ignored()
    bounced = but(SuppressChannel, cause=SuppressionCause.HARD_BOUNCE, confirmed_by=ConfirmedBy.US)
    stopped.when(bounced).then(but(ChannelSuppressed, cause=SuppressionCause.HARD_BOUNCE))


def test_post_cannot_be_switched_off() -> None:
    """Trap 47: whatever is stopped, a letter can still be posted."""
    given(ContactChoice).when(but(SuppressChannel, channel=Channel.POST)).refused(r.LettersNeverOff)


def test_a_suppression_is_lifted_once_and_only_if_there_is_one() -> None:
    lifted = given(ContactChoice, STOPPED, world=BY_STAFF).when(example(LiftSuppression))
    lifted.then(example(SuppressionLifted))
    assert not lifted.state.is_suppressed(Channel.SMS)
    lifted.when(example(LiftSuppression)).ignored()


def test_a_corrected_number_does_not_take_back_a_stop() -> None:
    bounced = but(ChannelSuppressed, cause=SuppressionCause.HARD_BOUNCE)
    mended = but(
        LiftSuppression,
        reason=LiftReason.ADDRESS_CORRECTED,
        cause=SuppressionCause.HARD_BOUNCE,
    )
    left = given(ContactChoice, STOPPED, bounced, world=BY_STAFF).when(mended)
    assert left.state.is_suppressed(Channel.SMS)
    left.when(but(LiftSuppression, cause=None)).then(but(SuppressionLifted, cause=None))
    assert not left.state.is_suppressed(Channel.SMS)
    left.when(mended).ignored()


def test_only_a_named_person_lifts_what_they_found_out() -> None:
    given(ContactChoice, STOPPED).when(example(LiftSuppression)).refused(r.LiftedByPersonOnly)


def test_a_start_from_the_number_lifts_its_stop_and_no_other_cause() -> None:
    """Trap 37: a number that bounced or belongs to a stranger does not open itself."""
    start = but(LiftSuppression, reason=LiftReason.START_WORD, cause=None)
    again = but(SuppressionLifted, reason=LiftReason.START_WORD, cause=SuppressionCause.STOP)
    given(ContactChoice, STOPPED).when(start).then(again)
    wrong = but(ChannelSuppressed, cause=SuppressionCause.WRONG_NUMBER)
    given(ContactChoice, wrong).when(start).ignored()
    both = given(ContactChoice, STOPPED, wrong).when(start).then(again)
    assert both.state.is_suppressed(Channel.SMS)


def test_who_was_passed_over_is_noted_once() -> None:
    noted = given(ContactChoice).when(example(OmitGuardian)).then(example(GuardianOmitted))
    noted.when(example(OmitGuardian)).ignored()
    noted.when(but(OmitGuardian, firing=2)).then(but(GuardianOmitted, firing=2))


def test_a_yes_of_before_is_read_as_what_it_said() -> None:
    """Version 1 was about nudges and consent; a lift of version 1 opened the channel whole."""
    stored = b'{"channel":"SMS","given":true,"source":"GUARDIAN"}'
    assert facts.read("contact_choice.consent_recorded", 1, stored) == YES
    lifted = facts.read("contact_choice.suppression_lifted", 1, b'{"channel":"SMS"}')
    assert lifted == but(SuppressionLifted, reason=None, cause=None)
    assert isinstance(lifted, SuppressionLifted)
    wrong = but(ChannelSuppressed, cause=SuppressionCause.WRONG_NUMBER)
    assert not ContactChoice.replay([STOPPED, wrong, lifted]).is_suppressed(Channel.SMS)


def test_a_confirmation_changes_nothing_by_itself() -> None:
    assert not ContactChoice.replay([example(StopConfirmed)]).is_suppressed(Channel.SMS)

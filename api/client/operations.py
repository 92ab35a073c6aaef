"""Every operation of the service. Made by `python -m api.client.generate`; never edited."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from api.client import models as m
from api.client.calling import Calls, key_or_new, part, seen_etag


class Anseo(Calls):
    """The service, as one caller. Refusals are raised as `Refused`."""

    def abandon_message(self, id_: UUID, body: m.AbandonBody, *, key: str | None = None) -> m.ReceiptBody:
        """Take a message that did not go off the list."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/messages/{part(id_)}/abandon',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def activate_playbook(self, id_: UUID, *, seen: int, key: str | None = None) -> m.ReceiptBody:
        """Put the draft into use."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/playbooks/{part(id_)}/activate',
            m.ReceiptBody,
            headers={'If-Match': seen_etag(seen), 'Idempotency-Key': key_or_new(key)},
        )

    def activate_rule_set(self, id_: UUID, *, seen: int, key: str | None = None) -> m.ReceiptBody:
        """Put the draft into use."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/rules/{part(id_)}/activate',
            m.ReceiptBody,
            headers={'If-Match': seen_etag(seen), 'Idempotency-Key': key_or_new(key)},
        )

    def add_step(self, id_: UUID, body: m.MessageStepBody | m.WaitStepBody | m.BranchStepBody | m.TaskStepBody | m.MeetingStepBody | m.LetterStepBody, *, seen: int, key: str | None = None) -> m.ReceiptBody:
        """Add a step."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/playbooks/{part(id_)}/steps',
            m.ReceiptBody,
            headers={'If-Match': seen_etag(seen), 'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def approve_stage(self, id_: UUID, stage: str, *, key: str | None = None, body: m.ApproveBody | None = None) -> m.ReceiptBody:
        """Approve a proposed stage."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/{part(id_)}/stages/{part(stage)}/approve',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def approve_template(self, id_: UUID, *, seen: int, key: str | None = None) -> m.ReceiptBody:
        """Approve the draft."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/templates/{part(id_)}/approve',
            m.ReceiptBody,
            headers={'If-Match': seen_etag(seen), 'Idempotency-Key': key_or_new(key)},
        )

    def ask_what_if(self, body: m.WhatIfBody) -> m.WhatIfAnswer:
        """What if other rules or days had been."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/what-if',
            m.WhatIfAnswer,
            body=body,
        )

    def assign_task(self, subject: UUID, stage: str, body: m.AssignBody, *, key: str | None = None) -> m.ReceiptBody:
        """Take a line of the queue, or give it to somebody."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/queue/{part(subject)}/{part(stage)}/assign',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def balance_sheet(self, *, school: UUID | None = None, after: int | None = None) -> m.Balance:
        """Balance sheet."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/telemetry/balance',
            m.Balance,
            query={'school': school, 'after': after},
        )

    def change_day(self, school_id: UUID, date_: date, body: m.DayBody, *, seen: int) -> m.DayReceipt:
        """Close a day, or open it."""
        return self._call(  # type: ignore[no-any-return]
            'PUT',
            f'/api/calendars/{part(school_id)}/days/{part(date_)}',
            m.DayReceipt,
            headers={'If-Match': seen_etag(seen)},
            body=body,
        )

    def change_meeting(self, id_: UUID, body: m.MoveBody | m.HoldBody | m.MissBody | m.CancelBody | m.OutcomeBody, *, seen: int) -> m.ReceiptBody:
        """Move, hold, miss, cancel or conclude a meeting."""
        return self._call(  # type: ignore[no-any-return]
            'PUT',
            f'/api/meetings/{part(id_)}',
            m.ReceiptBody,
            headers={'If-Match': seen_etag(seen)},
            body=body,
        )

    def change_step(self, id_: UUID, step_id: str, body: m.MessageStepBody | m.WaitStepBody | m.BranchStepBody | m.TaskStepBody | m.MeetingStepBody | m.LetterStepBody, *, seen: int) -> m.ReceiptBody:
        """Change a step."""
        return self._call(  # type: ignore[no-any-return]
            'PUT',
            f'/api/playbooks/{part(id_)}/steps/{part(step_id)}',
            m.ReceiptBody,
            headers={'If-Match': seen_etag(seen)},
            body=body,
        )

    def change_sync(self, school_id: UUID, body: m.SyncChange, *, seen: int) -> m.SyncItem:
        """Let a school's syncs wait, or go on."""
        return self._call(  # type: ignore[no-any-return]
            'PUT',
            f'/api/imports/syncs/{part(school_id)}',
            m.SyncItem,
            headers={'If-Match': seen_etag(seen)},
            body=body,
        )

    def change_term(self, school_id: UUID, term: str, body: m.TermBody, *, seen: int) -> m.DayReceipt:
        """Set a term, or take it back."""
        return self._call(  # type: ignore[no-any-return]
            'PUT',
            f'/api/calendars/{part(school_id)}/terms/{part(term)}',
            m.DayReceipt,
            headers={'If-Match': seen_etag(seen)},
            body=body,
        )

    def close_case(self, case_id: UUID, body: m.CloseCaseBody, *, key: str | None = None) -> m.ReceiptBody:
        """Close a case."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/cases/{part(case_id)}/close',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def confirm_posted(self, letter_id: UUID, *, key: str | None = None) -> m.PostedReceipt:
        """Confirm that a letter is in the post."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/letters/{part(letter_id)}/posted',
            m.PostedReceipt,
            headers={'Idempotency-Key': key_or_new(key)},
        )

    def correct_mark(self, body: m.CorrectionBody, *, key: str | None = None) -> m.CorrectionReceipt:
        """Correct a mark."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/attendance/corrections',
            m.CorrectionReceipt,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def create_playbook(self, body: m.NewPlaybookBody, *, key: str | None = None) -> m.ReceiptBody:
        """Write a playbook."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/playbooks',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def create_profile(self, body: m.NewProfileBody, *, key: str | None = None) -> m.ProfileReceipt:
        """Save a column profile."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/imports/profiles',
            m.ProfileReceipt,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def create_rule_set(self, body: m.DraftBody, *, key: str | None = None) -> m.ReceiptBody:
        """Write a rule set."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/rules',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def create_template(self, body: m.DraftTemplateBody, *, key: str | None = None) -> m.ReceiptBody:
        """Write a template."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/templates',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def daily_metrics(self, *, from_: date | None = None, to: date | None = None, school: UUID | None = None, after: int | None = None) -> m.MetricsList:
        """Daily numbers."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/telemetry/metrics',
            m.MetricsList,
            query={'from': from_, 'to': to, 'school': school, 'after': after},
        )

    def deactivate_playbook(self, id_: UUID, *, seen: int) -> m.ReceiptBody:
        """Take a playbook out of use."""
        return self._call(  # type: ignore[no-any-return]
            'DELETE',
            f'/api/playbooks/{part(id_)}',
            m.ReceiptBody,
            headers={'If-Match': seen_etag(seen)},
        )

    def decline_stage(self, id_: UUID, stage: str, body: m.DeclineBody, *, key: str | None = None) -> m.ReceiptBody:
        """Decline a proposed stage."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/{part(id_)}/stages/{part(stage)}/decline',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def delete_profile(self, school_id: UUID, name: str, *, seen: int) -> m.ProfileReceipt:
        """Delete a column profile."""
        return self._call(  # type: ignore[no-any-return]
            'DELETE',
            f'/api/imports/profiles/{part(school_id)}/{part(name)}',
            m.ProfileReceipt,
            headers={'If-Match': seen_etag(seen)},
        )

    def end_exemption(self, student_id: UUID, exemption: UUID, *, key: str | None = None) -> m.ReceiptBody:
        """End an exemption."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/exemptions/students/{part(student_id)}/{part(exemption)}/end',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
        )

    def estimate_stop(self, *, playbook: UUID | None = None, version: int | None = None, school: UUID | None = None, student: UUID | None = None, stage: str | None = None) -> m.StopEstimate:
        """What stopping many runs would do."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/playbooks/runs/stop-estimate',
            m.StopEstimate,
            query={'playbook': playbook, 'version': version, 'school': school, 'student': student, 'stage': stage},
        )

    def evaluate_school(self, body: m.EvaluateBody, *, key: str | None = None) -> m.EvaluationAnswer:
        """Let the rules look at a school now."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/evaluations',
            m.EvaluationAnswer,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def finish_task(self, subject: UUID, stage: str, *, key: str | None = None) -> m.ReceiptBody:
        """Say that a task of the queue was done."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/queue/{part(subject)}/{part(stage)}/finish',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
        )

    def fulfil_stage(self, id_: UUID, stage: str, *, key: str | None = None) -> m.ReceiptBody:
        """Say that a stage was done."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/{part(id_)}/stages/{part(stage)}/fulfil',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
        )

    def grant_exemption(self, body: m.ExemptionBody, *, key: str | None = None) -> m.ExemptionReceipt:
        """Grant an exemption."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/exemptions',
            m.ExemptionReceipt,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def guardian_timeline(self, guardian_id: UUID, *, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.Timeline:
        """All that was said to a guardian."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/timelines/guardians/{part(guardian_id)}',
            m.Timeline,
            query={'after': after, 'limit': limit, 'cursor': cursor},
        )

    def import_csv(self, school: UUID, body: bytes, *, key: str | None = None, what: Literal['marks', 'students', 'guardians', 'calendar', 'codes'] | None = None, profile: str | None = None, shape: Literal['long', 'wide', 'totals'] | None = None, keep_good_rows: bool | None = None) -> m.ImportShown:
        """Import a school's CSV file."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/imports/csv',
            m.ImportShown,
            query={'school': school, 'what': what, 'profile': profile, 'shape': shape, 'keep_good_rows': keep_good_rows},
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
            media='text/csv',
        )

    def lift_suppression(self, guardian_id: UUID, channel: m.Channel, reason: m.LiftingReason, *, seen: int, cause: m.SuppressionCause | None = None) -> m.ReceiptBody:
        """Let a stopped channel be used again."""
        return self._call(  # type: ignore[no-any-return]
            'DELETE',
            f'/api/guardians/{part(guardian_id)}/suppressions/{part(channel)}',
            m.ReceiptBody,
            query={'reason': reason, 'cause': cause},
            headers={'If-Match': seen_etag(seen)},
        )

    def list_codes(self, jurisdiction: str, *, date_: date | None = None, after: int | None = None) -> m.CodeList:
        """What codes mean."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/codes',
            m.CodeList,
            query={'jurisdiction': jurisdiction, 'date': date_, 'after': after},
        )

    def list_dead_messages(self, *, school: UUID | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.MessagePage:
        """Messages that did not go, with who has to see to each."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/messages/dead',
            m.MessagePage,
            query={'school': school, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_engagement_events(self, *, school: UUID | None = None, student: UUID | None = None, guardian: UUID | None = None, run: UUID | None = None, type: m.EngagementType | None = None, from_: datetime | None = None, to: datetime | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.EngagementPage:
        """Engagement events."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/telemetry/engagement',
            m.EngagementPage,
            query={'school': school, 'student': student, 'guardian': guardian, 'run': run, 'type': type, 'from': from_, 'to': to, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_evaluations(self, *, school: UUID | None = None, from_: date | None = None, to: date | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.EvaluationPage:
        """When the rules looked, and what came of it."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/interventions/evaluations',
            m.EvaluationPage,
            query={'school': school, 'from': from_, 'to': to, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_exemptions(self, student_id: UUID, *, after: int | None = None) -> m.ExemptionList:
        """Exemptions of a student."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/exemptions/students/{part(student_id)}',
            m.ExemptionList,
            query={'after': after},
        )

    def list_imports(self, *, school: UUID | None = None, outcome: Literal['IMPORTED', 'UNCHANGED', 'ALREADY_IMPORTED', 'REFUSED'] | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.ImportPage:
        """Imports."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/imports',
            m.ImportPage,
            query={'school': school, 'outcome': outcome, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_inbox(self, *, guardian: UUID | None = None, student: UUID | None = None, school: UUID | None = None, unread: bool | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.InboxPage:
        """What the school has written to a guardian."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/inbox',
            m.InboxPage,
            query={'guardian': guardian, 'student': student, 'school': school, 'unread': unread, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_letter_templates(self, *, school: UUID | None = None, approved: bool | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.TemplatePage:
        """Templates of letters."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/letters/templates',
            m.TemplatePage,
            query={'school': school, 'approved': approved, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_meetings(self, *, school: UUID | None = None, student: UUID | None = None, status: m.MeetingStatus | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.MeetingPage:
        """The meeting diary."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/meetings',
            m.MeetingPage,
            query={'school': school, 'student': student, 'status': status, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_messages(self, *, school: UUID | None = None, student: UUID | None = None, guardian: UUID | None = None, channel: m.Channel | None = None, status: m.MessageStatus | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.MessagePage:
        """Messages."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/messages',
            m.MessagePage,
            query={'school': school, 'student': student, 'guardian': guardian, 'channel': channel, 'status': status, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_playbook_versions(self, id_: UUID) -> m.PlaybookVersions:
        """Versions of a playbook."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/playbooks/{part(id_)}/versions',
            m.PlaybookVersions,
        )

    def list_playbooks(self, *, school: UUID | None = None, stage: str | None = None, active: bool | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.PlaybookPage:
        """Playbooks."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/playbooks',
            m.PlaybookPage,
            query={'school': school, 'stage': stage, 'active': active, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_profiles(self, school: UUID) -> m.ProfileList:
        """Column profiles of a school."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/imports/profiles',
            m.ProfileList,
            query={'school': school},
        )

    def list_queue(self, *, school: UUID | None = None, action: m.Action | None = None, stage: str | None = None, track: str | None = None, student: UUID | None = None, year_group: str | None = None, owner: str | None = None, due_until: date | None = None, past_due: bool | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.QueuePage:
        """Today's queue."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/interventions/queue',
            m.QueuePage,
            query={'school': school, 'action': action, 'stage': stage, 'track': track, 'student': student, 'year_group': year_group, 'owner': owner, 'due_until': due_until, 'past_due': past_due, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_reads(self, *, student: UUID | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.ReadPage:
        """Who looked at a child's record."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/audit/reads',
            m.ReadPage,
            query={'student': student, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_returns(self, *, school: UUID | None = None, status: Literal['OPEN', 'PAST_DUE', 'SUBMITTED'] | None = None, after: int | None = None) -> m.ReturnList:
        """Returns that schools owe."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/returns',
            m.ReturnList,
            query={'school': school, 'status': status, 'after': after},
        )

    def list_rule_set_versions(self, id_: UUID) -> m.VersionList:
        """Versions of a rule set."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/interventions/rules/{part(id_)}/versions',
            m.VersionList,
        )

    def list_rule_sets(self, *, school: UUID | None = None, active: bool | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.RuleSetPage:
        """Rule sets."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/interventions/rules',
            m.RuleSetPage,
            query={'school': school, 'active': active, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_runs(self, *, school: UUID | None = None, student: UUID | None = None, guardian: UUID | None = None, playbook: UUID | None = None, stage: str | None = None, step: str | None = None, status: m.RunFilter | None = None, triggered_from: datetime | None = None, triggered_to: datetime | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.RunPage:
        """Playbook runs."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/playbooks/runs',
            m.RunPage,
            query={'school': school, 'student': student, 'guardian': guardian, 'playbook': playbook, 'stage': stage, 'step': step, 'status': status, 'triggered_from': triggered_from, 'triggered_to': triggered_to, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_shipped_playbooks(self) -> m.ShippedPlaybooks:
        """Playbooks that come with the product."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/playbooks/shipped',
            m.ShippedPlaybooks,
        )

    def list_stuck_messages(self, *, school: UUID | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.StuckPage:
        """Messages that nothing was heard of for too long."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/messages/stuck',
            m.StuckPage,
            query={'school': school, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_summaries(self, *, after: int | None = None, limit: int | None = None, cursor: str | None = None, student: UUID | None = None, from_: date | None = None, to: date | None = None, school: UUID | None = None, date_: date | None = None, as_known_on: date | None = None, known_at: int | None = None) -> m.SummaryPage:
        """Summaries of school days."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/attendance/summaries',
            m.SummaryPage,
            query={'after': after, 'limit': limit, 'cursor': cursor, 'student': student, 'from': from_, 'to': to, 'school': school, 'date': date_, 'asKnownOn': as_known_on, 'known_at': known_at},
        )

    def list_syncs(self) -> m.SyncList:
        """Syncs of your schools."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/imports/syncs',
            m.SyncList,
        )

    def list_telemetry_events(self, *, school: UUID | None = None, student: UUID | None = None, run: UUID | None = None, type: m.TelemetryType | None = None, from_: datetime | None = None, to: datetime | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.TelemetryPage:
        """Telemetry events."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/telemetry/events',
            m.TelemetryPage,
            query={'school': school, 'student': student, 'run': run, 'type': type, 'from': from_, 'to': to, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_template_versions(self, id_: UUID) -> m.TemplateVersionList:
        """Versions of a template."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/templates/{part(id_)}/versions',
            m.TemplateVersionList,
        )

    def list_templates(self, *, school: UUID | None = None, key: str | None = None, kind: m.TextKind | None = None, language: str | None = None, approved: bool | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.TemplatePage:
        """Templates."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/templates',
            m.TemplatePage,
            query={'school': school, 'key': key, 'kind': kind, 'language': language, 'approved': approved, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_unexplained(self, school: UUID, *, from_: date | None = None, to: date | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.UnexplainedPage:
        """Absences that nobody has explained."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/attendance/unexplained',
            m.UnexplainedPage,
            query={'school': school, 'from': from_, 'to': to, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def list_unknown_messages(self, *, school: UUID | None = None, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.MessagePage:
        """Messages of which nobody knows whether they went."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/messages/unknown',
            m.MessagePage,
            query={'school': school, 'after': after, 'limit': limit, 'cursor': cursor},
        )

    def log_attempt(self, id_: UUID, stage: str, body: m.AttemptBody, *, key: str | None = None) -> m.ReceiptBody:
        """Log an attempt at a meeting."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/{part(id_)}/stages/{part(stage)}/attempts',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def mark_read(self, message_id: UUID, *, key: str | None = None) -> m.ReceiptBody:
        """Say that a message was read."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/inbox/{part(message_id)}/read',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
        )

    def message_balance(self, from_: date, to: date, *, school: UUID | None = None, after: int | None = None) -> m.MessageBalance:
        """Balance sheet of messages."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/telemetry/balance/messages',
            m.MessageBalance,
            query={'from': from_, 'to': to, 'school': school, 'after': after},
        )

    def move_runs(self, body: m.MoveRunsBody, *, key: str | None = None) -> m.ManyRuns:
        """Move runs to another version."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/playbooks/runs/move',
            m.ManyRuns,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def pause_run(self, run_id: UUID, *, key: str | None = None) -> m.ReceiptBody:
        """Let a run hold still."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/playbooks/runs/{part(run_id)}/pause',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
        )

    def preview_move(self, playbook: UUID, version: int, *, from_version: int | None = None, school: UUID | None = None, student: UUID | None = None, stage: str | None = None) -> m.MovePreview:
        """What moving runs to another version would do."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/playbooks/runs/move-preview',
            m.MovePreview,
            query={'playbook': playbook, 'version': version, 'from_version': from_version, 'school': school, 'student': student, 'stage': stage},
        )

    def preview_playbook(self, id_: UUID, school: UUID, *, triggered_at: datetime | None = None, version: int | None = None) -> m.PlaybookPreview:
        """A run through a playbook with real dates."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/playbooks/{part(id_)}/preview',
            m.PlaybookPreview,
            query={'school': school, 'triggered_at': triggered_at, 'version': version},
        )

    def preview_template(self, id_: UUID, *, student: UUID | None = None, guardian: UUID | None = None) -> m.TemplatePreview:
        """How a template reads."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/templates/{part(id_)}/preview',
            m.TemplatePreview,
            query={'student': student, 'guardian': guardian},
        )

    def propose_stage(self, student_id: UUID, stage: str, *, key: str | None = None, body: m.ProposeBody | None = None) -> m.ProposalReceipt:
        """Propose a stage that only a person decides."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/students/{part(student_id)}/stages/{part(stage)}/propose',
            m.ProposalReceipt,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def record_consent(self, guardian_id: UUID, body: m.ConsentBody, *, key: str | None = None) -> m.ReceiptBody:
        """Record an answer about a channel."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/guardians/{part(guardian_id)}/consents',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def record_notice_email(self, guardian_id: UUID, body: m.NoticeEmailBody, *, key: str | None = None) -> m.ReceiptBody:
        """Record whether legal notices may come by e-mail."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/guardians/{part(guardian_id)}/notice-email',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def release_task(self, subject: UUID, stage: str, *, key: str | None = None) -> m.ReceiptBody:
        """Put a line of the queue back."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/queue/{part(subject)}/{part(stage)}/release',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
        )

    def remove_step(self, id_: UUID, step_id: str, *, seen: int) -> m.ReceiptBody:
        """Remove a step."""
        return self._call(  # type: ignore[no-any-return]
            'DELETE',
            f'/api/playbooks/{part(id_)}/steps/{part(step_id)}',
            m.ReceiptBody,
            headers={'If-Match': seen_etag(seen)},
        )

    def resend_message(self, id_: UUID, body: m.ResendBody, *, key: str | None = None) -> m.ReceiptBody:
        """Let a message go once more."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/messages/{part(id_)}/resend',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def resume_run(self, run_id: UUID, *, key: str | None = None) -> m.ReceiptBody:
        """Let a run go on."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/playbooks/runs/{part(run_id)}/resume',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
        )

    def retire_playbook(self, id_: UUID, *, key: str | None = None) -> m.ReceiptBody:
        """Take a playbook out of use in your name."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/playbooks/{part(id_)}/retire',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
        )

    def retire_rule_set(self, id_: UUID, *, key: str | None = None) -> m.ReceiptBody:
        """Take a rule set out of use."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/rules/{part(id_)}/retire',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
        )

    def retire_template(self, id_: UUID, *, key: str | None = None) -> m.ReceiptBody:
        """Take a template out of use."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/templates/{part(id_)}/retire',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
        )

    def review_stage(self, id_: UUID, stage: str, body: m.ReviewBody, *, key: str | None = None) -> m.ReceiptBody:
        """Review a stage that lost its support."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/{part(id_)}/stages/{part(stage)}/review',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def review_template(self, id_: UUID, *, seen: int, key: str | None = None) -> m.ReceiptBody:
        """Vouch for a translation."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/templates/{part(id_)}/review',
            m.ReceiptBody,
            headers={'If-Match': seen_etag(seen), 'Idempotency-Key': key_or_new(key)},
        )

    def rule_set_schema(self) -> m.RuleSetSchema:
        """The JSON Schema of a rule set."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/rules/schema',
            m.RuleSetSchema,
        )

    def rules_catalogue(self) -> m.RulesCatalogue:
        """What a rule set may count and say."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/rules/catalogue',
            m.RulesCatalogue,
        )

    def schedule_meeting(self, body: m.ScheduleBody, *, key: str | None = None) -> m.ReceiptBody:
        """Agree a meeting."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/meetings',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def set_preferences(self, guardian_id: UUID, body: m.PreferencesBody, *, seen: int) -> m.ReceiptBody:
        """Set a guardian's preferences."""
        return self._call(  # type: ignore[no-any-return]
            'PUT',
            f'/api/guardians/{part(guardian_id)}/preferences',
            m.ReceiptBody,
            headers={'If-Match': seen_etag(seen)},
            body=body,
        )

    def settle_message(self, id_: UUID, body: m.SettleBody, *, key: str | None = None) -> m.ReceiptBody:
        """Say what became of a message that nobody knew about."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/messages/{part(id_)}/settle',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def show_calendar(self, school_id: UUID, *, from_: date | None = None, to: date | None = None, year_group: str | None = None, known_at: int | None = None) -> m.Calendar:
        """A school's days."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/calendars/{part(school_id)}',
            m.Calendar,
            query={'from': from_, 'to': to, 'year_group': year_group, 'known_at': known_at},
        )

    def show_choice_history(self, guardian_id: UUID) -> m.ChoiceHistory:
        """How a guardian's choices came about."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/guardians/{part(guardian_id)}/history',
            m.ChoiceHistory,
        )

    def show_import(self, import_id: UUID, *, after: int | None = None) -> m.ImportShown:
        """One import's report."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/imports/{part(import_id)}',
            m.ImportShown,
            query={'after': after},
        )

    def show_letter(self, letter_id: UUID) -> bytes:
        """The printed letter."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/letters/artifacts/{part(letter_id)}',
            bytes,
        )

    def show_message(self, id_: UUID, *, after: int | None = None) -> m.MessageDetails:
        """One message with its whole story."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/messages/{part(id_)}',
            m.MessageDetails,
            query={'after': after},
        )

    def show_playbook(self, id_: UUID) -> m.PlaybookWhole:
        """One playbook with its steps."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/playbooks/{part(id_)}',
            m.PlaybookWhole,
        )

    def show_playbook_version(self, id_: UUID, version: int) -> m.PlaybookWhole:
        """One version of a playbook."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/playbooks/{part(id_)}/versions/{part(version)}',
            m.PlaybookWhole,
        )

    def show_preferences(self, guardian_id: UUID) -> m.GuardianChoices:
        """What a guardian chose."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/guardians/{part(guardian_id)}/preferences',
            m.GuardianChoices,
        )

    def show_profile(self, school_id: UUID, name: str) -> m.ProfileItem:
        """One column profile."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/imports/profiles/{part(school_id)}/{part(name)}',
            m.ProfileItem,
        )

    def show_record(self, student_id: UUID, *, as_known_on: date | None = None, known_at: int | None = None) -> m.StudentRecord:
        """A student's enrolment, household and guardians."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/attendance/students/{part(student_id)}/record',
            m.StudentRecord,
            query={'asKnownOn': as_known_on, 'known_at': known_at},
        )

    def show_register(self, student_id: UUID, *, from_: date | None = None, to: date | None = None, as_known_on: date | None = None, known_at: int | None = None) -> m.RegisterView:
        """A student's register with its amendments."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/attendance/students/{part(student_id)}/register',
            m.RegisterView,
            query={'from': from_, 'to': to, 'asKnownOn': as_known_on, 'known_at': known_at},
        )

    def show_rule_set(self, id_: UUID) -> m.RuleSetWhole:
        """One rule set."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/interventions/rules/{part(id_)}',
            m.RuleSetWhole,
        )

    def show_rule_set_version(self, id_: UUID, version: int) -> m.RuleSetWhole:
        """One version of a rule set."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/interventions/rules/{part(id_)}/versions/{part(version)}',
            m.RuleSetWhole,
        )

    def show_run(self, run_id: UUID, *, after: int | None = None) -> m.RunDetails:
        """One run with its steps."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/playbooks/runs/{part(run_id)}',
            m.RunDetails,
            query={'after': after},
        )

    def show_template(self, id_: UUID) -> m.TemplateWhole:
        """One template."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/templates/{part(id_)}',
            m.TemplateWhole,
        )

    def show_template_version(self, id_: UUID, version: int) -> m.TemplateWhole:
        """One version of a template."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/templates/{part(id_)}/versions/{part(version)}',
            m.TemplateWhole,
        )

    def simulate(self, body: m.SimulateBody) -> m.Simulation:
        """Simulate rules for a student."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/simulate',
            m.Simulation,
            body=body,
        )

    def stage_guards(self, id_: UUID, stage: str) -> m.GuardsOfStage:
        """What has to hold before a stage is entered."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/interventions/{part(id_)}/stages/{part(stage)}/guards',
            m.GuardsOfStage,
        )

    def start_run(self, body: m.StartBody, *, key: str | None = None) -> m.StartedRuns:
        """Start a playbook by hand."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/playbooks/runs',
            m.StartedRuns,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def stop_intervention(self, id_: UUID, body: m.StopBody, *, key: str | None = None) -> m.ReceiptBody:
        """Stop an intervention."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/{part(id_)}/stop',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def stop_run(self, run_id: UUID, *, key: str | None = None) -> m.ReceiptBody:
        """Stop a run."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/playbooks/runs/{part(run_id)}/stop',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
        )

    def stop_runs(self, body: m.StopRunsBody, *, key: str | None = None) -> m.ManyRuns:
        """Stop many runs."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/playbooks/runs/stop',
            m.ManyRuns,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def student_history(self, student_id: UUID, *, after: int | None = None) -> m.History:
        """History of one student."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/interventions/students/{part(student_id)}',
            m.History,
            query={'after': after},
        )

    def student_timeline(self, student_id: UUID, *, after: int | None = None, limit: int | None = None, cursor: str | None = None) -> m.Timeline:
        """All that was said about a pupil."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/timelines/students/{part(student_id)}',
            m.Timeline,
            query={'after': after, 'limit': limit, 'cursor': cursor},
        )

    def submit_return(self, id_: UUID, body: m.SubmitBody, *, key: str | None = None) -> m.ReceiptBody:
        """Say that a return was made."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/returns/{part(id_)}/submit',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def suppress_channel(self, guardian_id: UUID, body: m.SuppressionBody, *, key: str | None = None) -> m.ReceiptBody:
        """Stop a channel."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/guardians/{part(guardian_id)}/suppressions',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def template_catalogue(self) -> m.TextCatalogue:
        """What texts may say, and what is shipped."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/templates/catalogue',
            m.TextCatalogue,
        )

    def translate_template(self, id_: UUID, body: m.ToLanguageBody, *, key: str | None = None) -> m.ReceiptBody:
        """Draft a translation."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/templates/{part(id_)}/translate',
            m.ReceiptBody,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def update_playbook(self, id_: UUID, body: m.PlaybookBody, *, seen: int) -> m.ReceiptBody:
        """Write the next version."""
        return self._call(  # type: ignore[no-any-return]
            'PUT',
            f'/api/playbooks/{part(id_)}',
            m.ReceiptBody,
            headers={'If-Match': seen_etag(seen)},
            body=body,
        )

    def update_profile(self, school_id: UUID, name: str, body: m.ProfileBody, *, seen: int) -> m.ProfileReceipt:
        """Change a column profile."""
        return self._call(  # type: ignore[no-any-return]
            'PUT',
            f'/api/imports/profiles/{part(school_id)}/{part(name)}',
            m.ProfileReceipt,
            headers={'If-Match': seen_etag(seen)},
            body=body,
        )

    def update_rule_set(self, id_: UUID, body: m.DefinitionBody, *, seen: int) -> m.ReceiptBody:
        """Write the next version."""
        return self._call(  # type: ignore[no-any-return]
            'PUT',
            f'/api/interventions/rules/{part(id_)}',
            m.ReceiptBody,
            headers={'If-Match': seen_etag(seen)},
            body=body,
        )

    def update_template(self, id_: UUID, body: m.WordingBody, *, seen: int) -> m.ReceiptBody:
        """Write the next version."""
        return self._call(  # type: ignore[no-any-return]
            'PUT',
            f'/api/templates/{part(id_)}',
            m.ReceiptBody,
            headers={'If-Match': seen_etag(seen)},
            body=body,
        )

    def validate_playbook(self, body: m.PlaybookBody, *, key: str | None = None, school: UUID | None = None) -> m.PlaybookValidation:
        """Check a playbook without storing it."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/playbooks/validate',
            m.PlaybookValidation,
            query={'school': school},
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def validate_rule_set(self, body: m.DefinitionBody, *, key: str | None = None) -> m.Validation:
        """Check a rule set without storing it."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/interventions/rules/validate',
            m.Validation,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def validate_template(self, body: m.DraftTemplateBody, *, key: str | None = None) -> m.TemplateVerdict:
        """Check a text without storing it."""
        return self._call(  # type: ignore[no-any-return]
            'POST',
            f'/api/templates/validate',
            m.TemplateVerdict,
            headers={'Idempotency-Key': key_or_new(key)},
            body=body,
        )

    def why_nothing_was_sent(self, *, student: UUID | None = None, guardian: UUID | None = None, on: date | None = None, stage: str | None = None) -> m.WhyAnswer:
        """Why nothing was sent."""
        return self._call(  # type: ignore[no-any-return]
            'GET',
            f'/api/why',
            m.WhyAnswer,
            query={'student': student, 'guardian': guardian, 'on': on, 'stage': stage},
        )

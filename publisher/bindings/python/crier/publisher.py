"""For programs that put messages on people's screens."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from . import _convert as convert, _convert_audit as convert_audit
from . import _library as c
from ._calls import run_hearing
from ._connection import Connection, telling
from .answers import (Admission, Asked, ClusterBroker, Gathered, Health, Identity, Outcome,
                      Progress, Screens, SendResult, SentMessage, Session)
from .audit import AuditEntry, AuditHead, AuditVerdict
from .watch import Watch
from .words import Severity, State, Style, Target, Urgency

_CLOSING_SLACK_S = 2.0
"""A question's last answers may come a moment after it has closed for the broker."""


def _change_options(id: str | None, timeout: float | None,
                    wait_for: State | None = None) -> c.ChangeOptions:
    options = c.ChangeOptions(wait_for=wait_for or State.WAITING,
                              timeout_ms=convert.timeout_ms(timeout))
    if id is not None:
        options.id = convert.id_struct(id)
    return options


class Publisher(Connection):
    """One connection to a broker, for sending and for asking what became of it.

        with crier.Publisher() as publisher:
            sent = publisher.send("The server restarts at 22:00.", wait_for=crier.State.DISPLAYED)

    Threads: any number of threads may call any methods at once. Callbacks run on the calling thread
    and may call every method. Ctrl-C ends the wait of the main thread at once; what was asked goes
    on by itself until its timeout, or close().

    Connection: when it is lost the publisher makes a new one by itself, to another broker where a
    cluster has one. Requests that wait for an answer are asked again, under the same message id,
    until their time is over; brokers store each at most once. So is what a broker of a cluster
    cannot take now, or cannot say the outcome of; at the end of its time it fails with
    BACKBONE_UNREACHABLE (surely nothing was stored) or OUTCOME_UNKNOWN.

    Lists and outcomes are of all brokers of a cluster; who did not answer is `silent` in them.

    Errors of every method, beside its own: RetryLaterError (BROKER_UNREACHABLE, TIMED_OUT,
    OVERLOADED), ReconnectError (STOPPING, after close()), FixRequestError (NOT_AUTHORIZED,
    NOT_ADMITTED, SERVER_KEY_WRONG, USAGE_INVALID). Timeouts are in seconds.
    """

    # ---- Sending and waiting ---------------------------------------------------------------------

    def send(self, text: str = "", *, sessions: Iterable[str] | None = None,
             where: str | None = None, title: str = "", severity: Severity = Severity.INFO,
             style: Style = Style.NOTIFICATION, id: str | None = None,
             expires: datetime | timedelta | None = None, dry_run: bool = False,
             wait_for: State | None = None, timeout: float | None = None,
             on_progress: Callable[[Progress], object] | None = None, language: str = "",
             texts: Mapping[str, str] | None = None, titles: Mapping[str, str] | None = None,
             template: bool = False, countdown_to: datetime | timedelta | None = None,
             escalate: Iterable[tuple[timedelta, Urgency | str]] = (),
             choices: Iterable[str] = (), quorum: int = 0, each_session: bool = False,
             at: datetime | timedelta | None = None, every: timedelta | None = None,
             until: datetime | timedelta | None = None,
             announcements: Iterable[datetime | timedelta] = (),
             close_admission: datetime | timedelta | None = None,
             drop: datetime | timedelta | None = None, wait_for_drop: bool = False,
             private: bool = False) -> SendResult:
        """Sends a message to everyone, or to `sessions` by their ids, or to those that a filter
        matches (`where`; PROTOCOL.md, "Filters"; see Verified). An unknown session is an error, and
        nothing is sent to the others either; an empty list of sessions is an error too.

        `text`: 1 to 16,384 bytes of UTF-8. `title`: one line, at most 200 bytes. `id`: give one to
        make your own retry safe; the same id with the same content is one message, however often it
        is sent. `expires`: from then on it is not delivered any more, and it leaves every screen;
        sessions that come until then get it too. A timedelta counts from now, here and wherever a
        time is wanted. `dry_run`: check everything and count the sessions; store and show nothing.
        `wait_for`: return only when every targeted session is at this state or further: DELIVERED,
        DISPLAYED, ACKNOWLEDGED or ANSWERED. `timeout`: 30 seconds where it waits, else 10.
        `on_progress`: called while it waits; what it raises ends the waiting, and is raised here.

        What it says to whom. `texts`, `titles`: in other languages, by their BCP 47 tags, at most
        32; a session shows what fits its locale best, or `text`, which is in `language`. Without a
        text the first of `texts` is that. `template`: {user}, {machine} and the like stand for the
        session's own attributes, {remaining} for the time until `countdown_to`, {{ and }} for
        braces. `escalate`: pairs of a time since it was displayed and what the message is from then
        on where nobody has acknowledged it, "alert" or "sound"; each later and more urgent.
        `choices`, `quorum`: see ask(). `each_session`: a person who acknowledges it in one session
        has not done so in the others. `private`: sealed for the one session that it is for: nobody
        else can read it, nor the broker.

        When. `at`: not before. `every`: from then on again and again, until `until`, to those who
        have not acknowledged it; at least a second. `announcements`: instead of these, the times at
        which it goes out, rising, at most 64. `close_admission`: from then on new sessions are
        refused with its text, until open_admission() or a recall. `drop`: then the sessions that it
        was for are ended, see drop(); `wait_for_drop`: return only when they are.

        Blocks until the broker has it on disk, or as long as `wait_for` says. A wait that ends
        early is no error: ``is_complete`` says whether all got there.

        Errors: FixRequestError (TEXT_INVALID, TARGET_INVALID, FILTER_INVALID with `position`,
        SESSION_UNKNOWN with `unknown`, TIME_INVALID, LIMIT_EXCEEDED, REQUEST_ID_REUSED;
        SESSION_KEY_WRONG: the broker names a key that is not the session's; DRAIN_OVERLAPS:
        another message is to end the same sessions), RetryLaterError
        (OUTCOME_UNKNOWN: sending again with the error's `message` as the id is safe),
        PageHumanError (STORAGE_FAILED).
        """
        content = convert.content_struct(
            text, title, severity, style, language=language, texts=texts, titles=titles,
            template=template, countdown_to=countdown_to, escalate=escalate, choices=choices,
            private=private)
        schedule = convert.schedule_struct(at, every, until, announcements, close_admission, drop)
        options = c.SendOptions(
            expires_ms=convert.time_ms(expires), dry_run=dry_run,
            wait_for=wait_for or State.WAITING, timeout_ms=convert.timeout_ms(timeout),
            schedule=ctypes.pointer(schedule), quorum=convert.percent(quorum),
            each_session=each_session, wait_for_drop=wait_for_drop)
        if id is not None:
            options.id = convert.id_struct(id)
        return self._ask_and_hear(c.lib.crier_publisher_send,
                                  [content, convert.target_struct(sessions, where)], options,
                                  on_progress)

    def ask(self, question: str, choices: Iterable[str], *, quorum: int = 0,
            timeout: float = 300.0, sessions: Iterable[str] | None = None,
            where: str | None = None, title: str = "", severity: Severity = Severity.INFO,
            dry_run: bool = False,
            on_progress: Callable[[Progress], object] | None = None) -> Asked:
        """Asks the sessions of a target, as send() takes it, and returns what they have answered.

            asked = publisher.ask("Log off now?", ["now", "no"], quorum=90, timeout=60)
            print(asked.counts["now"], [one.user for one in asked.who("no")])

        `choices`: 2 to 9 lines of at most 80 bytes. `quorum`: in percent of the sessions; the
        question closes when so many have answered. 0: only by time. `on_progress`: its `answers`
        are how many have chosen each.

        Blocks until everybody has answered, until it is closed, by the quorum or by anyone, or
        until the timeout, when it leaves the screens. A question whose wait is ended by an error of
        the program, or by Ctrl-C, stands until then all the same.

        Errors: as send(). For a question that stands longer than its asker waits: send() with
        `choices`, then wait() and outcome().
        """
        choices = convert.lines(choices)
        result = self.send(
            question, sessions=sessions, where=where, title=title, severity=severity,
            style=Style.ALERT, dry_run=dry_run, choices=choices, quorum=quorum,
            expires=timedelta(seconds=timeout), wait_for=State.ANSWERED,
            timeout=timeout + _CLOSING_SLACK_S, on_progress=on_progress)
        answers = () if dry_run else self.outcome(result.id).sessions
        return Asked(**vars(result), choices=tuple(choices), sessions=answers)

    def close_question(self, question: str, *, id: str | None = None,
                       timeout: float | None = None) -> SendResult:
        """Closes a question, by its id, before its time: it leaves every screen, and takes no
        answers any more. Closing what is closed, or has expired, is a success with `already`.

        `id`: of this request, as in update(). `timeout`: 10 seconds.

        Errors: FixRequestError (MESSAGE_UNKNOWN, also: it is no question; REQUEST_ID_REUSED),
        RetryLaterError (OUTCOME_UNKNOWN, as in update()), PageHumanError (STORAGE_FAILED).
        """
        return self._ask_and_hear(
            c.lib.crier_publisher_close_question, [convert.id_struct(question)],
            _change_options(id, timeout), None)

    def drop(self, target: Target, *, message: str | None = None,
             grace: timedelta | None = None, wait: bool = False, dry_run: bool = False,
             timeout: float | None = None,
             on_progress: Callable[[Progress], object] | None = None) -> SendResult:
        """Ends the sessions of a target, and refuses their keys for a day.

            publisher.drop(crier.Target.matching("user=guest"), grace=timedelta(minutes=5),
                           wait=True)

        `message`: what they see until then; with `grace` a template, in which {remaining} is the
        time that is left. None: a sentence in English. `grace`: from now until they are ended;
        None: at once. `wait`: return only when they are; ``is_complete`` says whether all are.
        `timeout`: 30 seconds more than the grace with `wait`, else 10.

        Errors: as send().
        """
        sessions, where = convert.target_parts(target)
        if message is None:
            message = ("An operator ends this session in {remaining}." if grace else
                       "An operator has ended this session.")
        if timeout is None and wait:
            timeout = (grace or timedelta()).total_seconds() + 30
        end = datetime.now(timezone.utc) + (grace or timedelta())
        return self.send(
            message, sessions=sessions, where=where, severity=Severity.WARNING, style=Style.ALERT,
            template=grace is not None, countdown_to=None if grace is None else end, drop=end,
            wait_for_drop=wait, dry_run=dry_run, timeout=timeout, on_progress=on_progress)

    def update(self, message: str, *, text: str | None = None, title: str | None = None,
               severity: Severity | None = None, style: Style | None = None,
               expires: datetime | timedelta | None = None, ask_again: bool = False,
               id: str | None = None, wait_for: State | None = None, timeout: float | None = None,
               on_progress: Callable[[Progress], object] | None = None,
               due: datetime | timedelta | None = None,
               shift: timedelta | None = None) -> SendResult:
        """Changes a message, by its id, on the screens that show it, and for those that are yet to
        get it, who get the newest revision only. The tally begins anew with each revision, but for
        those who have acknowledged it and are not asked again.

        What is None stays as it is; an empty `title` is none from now on. An expiry can be moved,
        but not taken away. `due`: of a message that has not gone out yet. `shift`: all that its
        schedule has still to come, and its expiry and countdown, so much later. `ask_again`: show
        it again to those who have acknowledged or answered it. `id`: of this request, as send()
        takes one for a message; the same id with the same change is one change. `wait_for`,
        `timeout`, `on_progress`: as in send().

        Blocks as send(). The result's `id` is the message's own.

        Errors: FixRequestError (MESSAGE_UNKNOWN; MESSAGE_OVER: it has expired or was recalled, or
        is so old that only history has it; TEXT_INVALID, TIME_INVALID, LIMIT_EXCEEDED,
        REQUEST_ID_REUSED; USAGE_INVALID: there is nothing to change), RetryLaterError
        (OUTCOME_UNKNOWN: the same again with the error's `message` as the id is safe),
        PageHumanError (STORAGE_FAILED).
        """
        changes = c.MessageUpdate(text=None if text is None else convert.utf8(text),
                                  title=None if title is None else convert.utf8(title),
                                  has_severity=severity is not None, severity=severity or 0,
                                  has_style=style is not None, style=style or 0,
                                  expires_ms=convert.time_ms(expires), ask_again=ask_again,
                                  due_ms=convert.time_ms(due),
                                  shift_ms=convert.duration_ms(shift))
        return self._ask_and_hear(c.lib.crier_publisher_update,
                                  [convert.id_struct(message), changes],
                                  _change_options(id, timeout, wait_for), on_progress)

    def recall(self, message: str, *, id: str | None = None, timeout: float | None = None,
               on_progress: Callable[[Progress], object] | None = None) -> SendResult:
        """Takes a message, by its id, off every screen. Sessions that are away never see it, or
        remove it first thing when they are back. Recalling what was recalled, or has expired, is a
        success with `already`.

        `id`: of this request, as in update(). `timeout`: 10 seconds. `on_progress`: as in send().

        Blocks until every connected screen has said that it is off; ``is_complete`` says whether.
        The result's `id` is the message's own.

        Errors: FixRequestError (MESSAGE_UNKNOWN, REQUEST_ID_REUSED), RetryLaterError
        (OUTCOME_UNKNOWN, as in update()), PageHumanError (STORAGE_FAILED).
        """
        return self._ask_and_hear(c.lib.crier_publisher_recall, [convert.id_struct(message)],
                                  _change_options(id, timeout), on_progress)

    def wait(self, id: str, state: State, *, timeout: float = 30.0,
             on_progress: Callable[[Progress], object] | None = None) -> Progress:
        """Waits for a message that was sent before, by anyone, as send() does with `wait_for`. At
        the end of the timeout ``is_complete`` is False.

        Errors: FixRequestError (MESSAGE_UNKNOWN; USAGE_INVALID for a state that cannot be waited
        for).
        """
        message = convert.id_struct(id)
        options = c.WaitOptions(timeout_ms=convert.timeout_ms(timeout))

        def ask(hear: Callable[[Progress], bool]) -> Progress:
            options.on_progress = telling(hear)
            progress = c.Progress()
            with self._handle as publisher:
                convert.call(c.lib.crier_publisher_wait, publisher, ctypes.byref(message), state,
                             ctypes.byref(options), ctypes.byref(progress))
            return convert.progress_of(progress)

        return run_hearing(ask, on_progress)

    # ---- Asking ----------------------------------------------------------------------------------

    def sessions(self, *, sessions: Iterable[str] | None = None, where: str | None = None,
                 timeout: float = 10.0) -> Gathered[Session]:
        """Every session of a target, as send() takes it, in the order of their ids: active, locked
        and unreachable ones.

        Errors: FixRequestError (FILTER_INVALID, TARGET_INVALID, SESSION_UNKNOWN).
        """
        target = convert.target_struct(sessions, where)
        return self._ask(
            c.lib.crier_publisher_sessions, [ctypes.byref(target), convert.timeout_ms(timeout)],
            c.SessionList, c.lib.crier_session_list_free, convert.sessions_of)

    def messages(self, count: int, *, before: int | None = None,
                 timeout: float = 10.0) -> Gathered[SentMessage]:
        """The newest `count` messages, newest first; `before` a seq, if it is given."""
        return self._ask(
            c.lib.crier_publisher_messages, [count, before or 0, convert.timeout_ms(timeout)],
            c.MessageList, c.lib.crier_message_list_free, convert.messages_of)

    def scheduled(self, *, timeout: float = 10.0) -> Gathered[SentMessage]:
        """Messages whose schedule has something to come, the newest first."""
        return self._ask(c.lib.crier_publisher_scheduled, [convert.timeout_ms(timeout)],
                         c.MessageList, c.lib.crier_message_list_free, convert.messages_of)

    def outcome(self, id: str, *, timeout: float = 10.0) -> Outcome:
        """What became of one message on each session.

        Errors: FixRequestError (MESSAGE_UNKNOWN: never sent, or pruned from the history).
        """
        message = convert.id_struct(id)
        return self._ask(c.lib.crier_publisher_outcome,
                         [ctypes.byref(message), convert.timeout_ms(timeout)], c.Outcome,
                         c.lib.crier_outcome_free, convert.outcome_of)

    def admission(self, *, timeout: float = 10.0) -> Admission:
        """Whether new sessions are let in."""
        return self._ask_of_admission(c.lib.crier_publisher_admission, [], timeout)

    def open_admission(self, *, timeout: float = 10.0) -> Admission:
        """Lets new sessions in again.

        Errors: RetryLaterError (OUTCOME_UNKNOWN), PageHumanError (STORAGE_FAILED).
        """
        return self._ask_of_admission(c.lib.crier_publisher_open_admission, [], timeout)

    def close_admission(self, message: str, *, except_where: str = "",
                        timeout: float = 10.0) -> Admission:
        """Refuses new sessions; those that are in stay in. Lasts over restarts of the broker.

        `message`: what those who are refused see; 1 to 1,024 bytes. `except_where`: a filter, whose
        matches are let in all the same. It compares what the broker has verified: address; user and
        system_user of local sessions.

        Errors: FixRequestError (TEXT_INVALID, LIMIT_EXCEEDED, FILTER_INVALID); as open_admission().
        """
        words = [convert.utf8(message), convert.utf8(except_where)]
        return self._ask_of_admission(c.lib.crier_publisher_close_admission, words, timeout)

    def _ask_of_admission(self, function: Any, words: list[bytes], timeout: float) -> Admission:
        return self._ask(function, [*words, convert.timeout_ms(timeout)], c.Admission,
                         c.lib.crier_admission_free, convert.admission_of)

    def whoami(self, *, timeout: float = 10.0) -> Identity:
        """Who the broker takes this publisher for."""
        return self._ask(c.lib.crier_publisher_whoami, [convert.timeout_ms(timeout)], c.Identity,
                         c.lib.crier_identity_free, convert.identity_of)

    def health(self, *, timeout: float = 10.0) -> Health:
        """Whether the broker can accept messages."""
        return self._ask(c.lib.crier_publisher_health, [convert.timeout_ms(timeout)], c.Health,
                         c.lib.crier_health_free, convert.health_of)

    def cluster(self, *, timeout: float = 10.0) -> list[ClusterBroker]:
        """The brokers of the cluster, in the order of their names, as the one knows them that is
        asked; none where it is alone."""
        return self._ask(c.lib.crier_publisher_cluster, [convert.timeout_ms(timeout)], c.Cluster,
                         c.lib.crier_cluster_free, convert.brokers_of)

    # ---- The log ---------------------------------------------------------------------------------

    def entries(self, count: int, *, since: datetime | None = None, by: str = "", kind: str = "",
                about: str | None = None, before: int | None = None,
                timeout: float = 10.0) -> list[AuditEntry]:
        """What operators did, newest first: at most `count` entries; `about` a message, itself and
        its changes; `before` a seq.

        Errors: FixRequestError (MALFORMED_FRAME: no such kind), PageHumanError (JOURNAL_DAMAGED).
        """
        filter = c.AuditFilter(since_ms=convert.time_ms(since), by=convert.utf8(by),
                               kind=convert.utf8(kind), before=before or 0)
        if about is not None:
            filter.about = convert.id_struct(about)
        return self._ask(
            c.lib.crier_publisher_entries,
            [count, ctypes.byref(filter), convert.timeout_ms(timeout)], c.AuditList,
            c.lib.crier_audit_list_free, convert_audit.entries_of)

    def audit_head(self, *, timeout: float = 10.0) -> AuditHead:
        """The signed head of the log as it is now. Kept elsewhere, its line can be given to
        audit_verify().

        Errors: PageHumanError (STORAGE_FAILED, JOURNAL_DAMAGED).
        """
        return self._ask(c.lib.crier_publisher_audit_head, [convert.timeout_ms(timeout)],
                         c.AuditHead, c.lib.crier_audit_head_free, convert_audit.head_of)

    def audit_verify(self, kept: str | None = None, *, timeout: float = 600.0) -> AuditVerdict:
        """Has the broker check its whole log, and a head whose line was `kept` elsewhere. That
        something is wrong with it is no error. A million entries take some seconds.

        Errors: FixRequestError (USAGE_INVALID: `kept` is no head; MALFORMED_FRAME: it has no valid
        signature), PageHumanError (JOURNAL_DAMAGED, STORAGE_FAILED).
        """
        line = None if kept is None else convert.utf8(kept)
        return self._ask(c.lib.crier_publisher_audit_verify, [line, convert.timeout_ms(timeout)],
                         c.AuditVerdict, c.lib.crier_audit_verdict_free, convert_audit.verdict_of)

    def screens(self, where: str, at: datetime | timedelta | None = None, *,
                timeout: float = 600.0) -> Screens:
        """What was on the screens of the sessions that the filter `where` matches, and who put it
        there; of sessions that have closed since, too. `at`: a time that has passed, or
        -timedelta(minutes=10), ten minutes ago; None: now. That nothing is known of the time is no
        error: ``known_since`` says so. Years of records may take minutes.

        Errors: FixRequestError (FILTER_INVALID, TARGET_INVALID: no filter, TIME_INVALID: still to
        come, by the broker's clock, LIMIT_EXCEEDED: more than 10,000 messages), PageHumanError
        (JOURNAL_DAMAGED, STORAGE_FAILED).
        """
        then = convert.time_ms(timedelta() if at is None else at)
        return self._ask(c.lib.crier_publisher_screens,
                         [convert.utf8(where), then, convert.timeout_ms(timeout)], c.Screens,
                         c.lib.crier_screens_free, convert_audit.screens_of)

    def watch(self) -> Watch:
        """Everything that happens at the broker from now on, also across lost connections.

            with publisher.watch() as happenings:
                for happened in happenings:
                    print(happened.what.name, happened.user)

        A loop that is slower than the broker for 10,000 events loses some, and is told so.
        """
        return Watch(self._handle)

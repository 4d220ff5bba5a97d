/* Schedules, languages, countdowns, escalation, questions, admission, drops, the log and what was
 * on a screen by the C interface, against a real broker (see c_interface_test.py).
 *
 *     c_plan OPERATORS-INVITATION SESSIONS-INVITATION
 *
 * Each check that fails is printed with its line, and ends the program; an alarm ends what hangs.
 */
#define _POSIX_C_SOURCE 200809L
#include <crier/crier.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "c_support.h"

enum { minute_ms = 60 * 1000, hour_ms = 60 * minute_ms };

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- A screen: French, and answers questions at once ---------------------------------------- */

struct screen {
    struct told told;
    crier_subscriber* subscriber;
    int connected, refused, messages, sounds, removals, ended;
    int32_t answer; /* Given to each question; -1: none. */
    crier_id session;
    char text[128], title[64], language[16], refusal[128];
    size_t choices, parts;
    int64_t late_ms;
    crier_removal_cause removal;
    crier_ended_cause end;
};

static void on_connected(const crier_connected* connected, void* context) {
    struct screen* screen = context;
    screen->session = connected->session;
    tell(&screen->told, &screen->connected);
}

static void on_disconnected(const crier_disconnected* disconnected, void* context) {
    struct screen* screen = context;
    if (disconnected->error->code != CRIER_ERROR_ADMISSION_CLOSED) return;
    CHECK(disconnected->will_return && disconnected->error->remedy == CRIER_REMEDY_RETRY_LATER);
    snprintf(screen->refusal, sizeof screen->refusal, "%s", disconnected->error->detail);
    tell(&screen->told, &screen->refused);
}

/* The countdown as a program shows it that keeps what it was told. */
static void counts_down(const crier_incoming* message) {
    const crier_content kept_content = {.size = sizeof kept_content,
                                        .text = message->content->text,
                                        .countdown_to_ms = message->content->countdown_to_ms};
    const crier_incoming kept = {.size = sizeof kept,
                                 .content = &kept_content,
                                 .text_part_count = message->text_part_count,
                                 .text_parts = message->text_parts};
    char at_once[128], short_of_room[4];
    const int64_t before = message->content->countdown_to_ms - 61 * 1000;
    const size_t length = crier_text_at(&kept, before, at_once, sizeof at_once);
    CHECK(strcmp(at_once, "Vanessa : 1:01.") == 0 && length == strlen(at_once));
    CHECK(crier_text_at(&kept, before, short_of_room, sizeof short_of_room) == length);
    CHECK(strcmp(short_of_room, "Van") == 0);
    CHECK(crier_text_at(&kept, before, NULL, 0) == length);
    CHECK(crier_text_at(message, message->content->countdown_to_ms, at_once, sizeof at_once) > 0);
    CHECK(strcmp(at_once, "Vanessa : 0:00.") == 0);
}

static void on_message(const crier_incoming* message, void* context) {
    struct screen* screen = context;
    CHECK(message->size == sizeof *message && message->content->size == sizeof *message->content);
    crier_text_at(message, now_ms(), screen->text, sizeof screen->text);
    snprintf(screen->title, sizeof screen->title, "%s", message->content->title);
    snprintf(screen->language, sizeof screen->language, "%s", message->content->language);
    screen->choices = message->content->choice_count;
    screen->parts = message->text_part_count;
    screen->late_ms = message->late_ms;
    if (message->text_part_count > 1) counts_down(message);
    if (screen->choices > 0 && screen->answer >= 0) {
        OK(crier_subscriber_answered(screen->subscriber, &message->id, message->revision,
                                     (uint32_t)screen->answer, &error));
    }
    tell(&screen->told, &screen->messages);
}

static void on_escalated(const crier_escalated* escalated, void* context) {
    struct screen* screen = context;
    CHECK(escalated->size == sizeof *escalated && escalated->revision == 1);
    /* Of steps that have come at once only the last is told. */
    if (escalated->urgency == CRIER_URGENCY_SOUND) tell(&screen->told, &screen->sounds);
}

static void on_removed(const crier_removed* removed, void* context) {
    struct screen* screen = context;
    screen->removal = removed->cause;
    tell(&screen->told, &screen->removals);
}

static void on_ended(const crier_ended* ended, void* context) {
    struct screen* screen = context;
    screen->end = ended->cause;
    tell(&screen->told, &screen->ended);
}

static void open_screen(struct screen* screen) {
    const crier_attributes attributes = {
        .size = sizeof attributes, .user = "Vanessa", .locale = "fr_FR.UTF-8"};
    const crier_subscriber_options options = {
        .size = sizeof options, .invitation = sessions, .attributes = &attributes};
    const crier_subscriber_handler handler = {.size = sizeof handler,
                                              .context = screen,
                                              .on_connected = on_connected,
                                              .on_disconnected = on_disconnected,
                                              .on_message = on_message,
                                              .on_removed = on_removed,
                                              .on_ended = on_ended,
                                              .on_escalated = on_escalated};
    memset(screen, 0, sizeof *screen);
    screen->answer = -1;
    begin_telling(&screen->told);
    OK(crier_subscriber_start(&options, &handler, &screen->subscriber, &error));
}

static void close_screen(struct screen* screen) {
    crier_subscriber_free(screen->subscriber);
    end_telling(&screen->told);
}

/* ---- What goes wrong is said ---------------------------------------------------------------- */

static void refused(crier_publisher* publisher, const crier_content* content,
                    const crier_send_options* options, crier_code code) {
    CHECK(crier_publisher_send(publisher, content, &everyone, options, NULL, NULL) == code);
}

static void slips(crier_publisher* publisher) {
    const crier_content plain = {.size = sizeof plain, .text = "never shown"};
    crier_content content = plain;
    crier_translation french = {.size = sizeof french, .text = "jamais"};
    const crier_translation* translations[] = {NULL};
    content.translation_count = 1;
    refused(publisher, &content, NULL, CRIER_ERROR_USAGE_INVALID);
    content.translations = translations;
    refused(publisher, &content, NULL, CRIER_ERROR_USAGE_INVALID);
    translations[0] = &french;
    refused(publisher, &content, NULL, CRIER_ERROR_TEXT_INVALID); /* In no language. */

    content = plain;
    crier_escalation_step step = {.size = sizeof step, .after_ms = 1000};
    const crier_escalation_step* const steps[] = {&step};
    content.escalation_count = 1;
    content.escalation = steps;
    refused(publisher, &content, NULL, CRIER_ERROR_USAGE_INVALID);
    step.urgency = CRIER_URGENCY_SOUND + 1;
    refused(publisher, &content, NULL, CRIER_ERROR_USAGE_INVALID);
    step.urgency = CRIER_URGENCY_SOUND;
    step.after_ms = -1;
    refused(publisher, &content, NULL, CRIER_ERROR_USAGE_INVALID);

    content = plain;
    content.choice_count = 2;
    refused(publisher, &content, NULL, CRIER_ERROR_USAGE_INVALID);
    content = plain;
    content.text = "In {remaining}.";
    content.is_template = true;
    refused(publisher, &content, NULL, CRIER_ERROR_TEXT_INVALID);

    crier_schedule schedule = {.size = sizeof schedule, .announcement_count = 1};
    crier_send_options options = {.size = sizeof options, .schedule = &schedule};
    refused(publisher, &plain, &options, CRIER_ERROR_USAGE_INVALID);
    schedule.announcement_count = 0;
    schedule.every_ms = -1;
    refused(publisher, &plain, &options, CRIER_ERROR_USAGE_INVALID);
    schedule.every_ms = 1000;
    refused(publisher, &plain, &options, CRIER_ERROR_TIME_INVALID); /* For ever. */
    schedule.size = 0;
    refused(publisher, &plain, &options, CRIER_ERROR_USAGE_INVALID);
    options.schedule = NULL;
    options.quorum = 50;
    refused(publisher, &plain, &options, CRIER_ERROR_USAGE_INVALID);
    options.quorum = 0;
    options.wait_for_drop = true;
    refused(publisher, &plain, &options, CRIER_ERROR_USAGE_INVALID);

    const crier_id unknown = {{1, 2, 3}};
    const crier_change_options waits = {.size = sizeof waits, .wait_for = CRIER_STATE_DISPLAYED};
    CHECK(crier_publisher_close_question(publisher, NULL, NULL, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_publisher_close_question(publisher, &unknown, &waits, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_publisher_close_question(publisher, &unknown, NULL, NULL, NULL) ==
          CRIER_ERROR_MESSAGE_UNKNOWN);
    CHECK(crier_publisher_close_admission(publisher, NULL, NULL, 0, NULL, NULL) ==
          CRIER_ERROR_TEXT_INVALID);
    CHECK(crier_publisher_close_admission(publisher, "Closed.", "user=a b", 0, NULL, NULL) ==
          CRIER_ERROR_FILTER_INVALID);
    CHECK(crier_publisher_admission(publisher, 0, NULL, NULL) == CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_subscriber_answered(NULL, &unknown, 1, 0, NULL) == CRIER_ERROR_USAGE_INVALID);
    crier_admission_free(NULL);
}

/* A program that was built before there was a plan: what lies behind its structs is not read. */
static void older_program(crier_publisher* publisher) {
    const crier_content content = {.size = offsetof(crier_content, language),
                                   .text = "An old text.",
                                   .choice_count = 1,
                                   .escalation_count = 1};
    const crier_send_options options = {
        .size = offsetof(crier_send_options, schedule), .dry_run = true, .quorum = 200};
    crier_send_result result = {.size = offsetof(crier_send_result, dropped), .due_ms = -1};
    OK(crier_publisher_send(publisher, &content, &everyone, &options, &result, &error));
    CHECK(result.dry_run && result.due_ms == -1);
}

static void words(void) {
    CHECK(strcmp(crier_urgency_name(CRIER_URGENCY_ALERT), "alert") == 0);
    CHECK(strcmp(crier_urgency_name(CRIER_URGENCY_SOUND), "sound") == 0);
    CHECK(strcmp(crier_urgency_name(0), "") == 0);
    /* The kinds that came later have numbers behind those that were there before. */
    CHECK(strcmp(crier_what_name(CRIER_WHAT_MISSED), "missed") == 0);
    CHECK(strcmp(crier_what_name(CRIER_WHAT_CONNECTION_LOST), "connection_lost") == 0);
    CHECK(strcmp(crier_what_name(CRIER_WHAT_MESSAGE_DUE), "message_due") == 0);
    CHECK(strcmp(crier_what_name(CRIER_WHAT_QUESTION_CLOSED), "question_closed") == 0);
    CHECK(strcmp(crier_what_name(CRIER_WHAT_QUESTION_CLOSED + 1), "") == 0);

    char text[CRIER_REMAINING_TIME_SIZE];
    crier_remaining_time(((int64_t)2 * 24 * hour_ms) + (14 * minute_ms) + (59 * 1000), text);
    CHECK(strcmp(text, "2 d 0:14:59") == 0);
    crier_remaining_time(-1, text);
    CHECK(strcmp(text, "0:00") == 0);
    crier_remaining_time(1, NULL);
    const crier_incoming none = {.size = sizeof none};
    CHECK(crier_text_at(NULL, 0, text, sizeof text) == 0 && strcmp(text, "") == 0);
    CHECK(crier_text_at(&none, 0, text, sizeof text) == 0);
}

/* ---- A plan that has not come yet, and moves ------------------------------------------------ */

static int64_t next_ms(crier_publisher* publisher, const crier_id* id) {
    crier_message_list* list = NULL;
    OK(crier_publisher_scheduled(publisher, 0, &list, &error));
    CHECK(list->count == 1 && memcmp(&list->messages[0]->id, id, sizeof *id) == 0);
    const int64_t next = list->messages[0]->next_ms;
    crier_message_list_free(list);
    return next;
}

static void planned(crier_publisher* publisher) {
    const int64_t due = now_ms() + hour_ms;
    const crier_content content = {.size = sizeof content, .text = "At the time."};
    const crier_schedule schedule = {
        .size = sizeof schedule, .due_ms = due, .every_ms = minute_ms, .until_ms = due + hour_ms};
    const crier_send_options options = {
        .size = sizeof options, .schedule = &schedule, .each_session = true};
    crier_send_result result = {.size = sizeof result};
    OK(crier_publisher_send(publisher, &content, &everyone, &options, &result, &error));
    CHECK(result.due_ms == due && crier_tally_targeted(&result.tally) == 0);
    const crier_id id = result.id;

    crier_message_list* list = NULL;
    OK(crier_publisher_messages(publisher, 1, 0, 0, &list, &error));
    const crier_sent_message* planned = list->messages[0];
    CHECK(planned->is_waiting && planned->each_session && planned->next_ms == due);
    CHECK(planned->schedule->due_ms == due && planned->schedule->every_ms == minute_ms);
    CHECK(planned->schedule->until_ms == due + hour_ms && planned->schedule->drop_ms == 0);
    CHECK(planned->late_ms == 0 && planned->closed_ms == 0 && planned->quorum == 0);
    crier_message_list_free(list);

    crier_message_update update = {.size = sizeof update, .shift_ms = minute_ms};
    OK(crier_publisher_update(publisher, &id, &update, NULL, &result, &error));
    CHECK(next_ms(publisher, &id) == due + minute_ms);
    update.shift_ms = 0;
    update.due_ms = due + (2 * minute_ms);
    OK(crier_publisher_update(publisher, &id, &update, NULL, NULL, &error));
    CHECK(next_ms(publisher, &id) == due + (2 * minute_ms));
    update.shift_ms = -1;
    CHECK(crier_publisher_update(publisher, &id, &update, NULL, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);

    OK(crier_publisher_recall(publisher, &id, NULL, NULL, &error));
    OK(crier_publisher_scheduled(publisher, 0, &list, &error));
    CHECK(list->count == 0);
    crier_message_list_free(list);

    const int64_t announcements[] = {due, due + minute_ms};
    const crier_schedule twice = {
        .size = sizeof twice, .announcement_count = 2, .announcements_ms = announcements};
    const crier_send_options announced = {.size = sizeof announced, .schedule = &twice};
    OK(crier_publisher_send(publisher, &content, &everyone, &announced, &result, &error));
    OK(crier_publisher_scheduled(publisher, 0, &list, &error));
    CHECK(list->messages[0]->schedule->announcement_count == 2);
    CHECK(list->messages[0]->schedule->announcements_ms[1] == announcements[1]);
    crier_message_list_free(list);
    OK(crier_publisher_recall(publisher, &result.id, NULL, NULL, &error));
}

/* ---- Languages, a countdown, and urgency ---------------------------------------------------- */

static void in_her_language(crier_publisher* publisher, struct screen* screen) {
    const crier_translation french = {
        .size = sizeof french, .language = "fr", .text = "{user} : {remaining}."};
    const crier_translation german = {.size = sizeof german,
                                      .language = "de",
                                      .text = "{user}: noch {remaining}.",
                                      .title = "Hinweis"};
    const crier_translation* const translations[] = {&german, &french};
    const crier_escalation_step alert = {
        .size = sizeof alert, .after_ms = 1, .urgency = CRIER_URGENCY_ALERT};
    const crier_escalation_step sound = {
        .size = sizeof sound, .after_ms = 2, .urgency = CRIER_URGENCY_SOUND};
    const crier_escalation_step* const steps[] = {&alert, &sound};
    const int64_t end = now_ms() + hour_ms;
    const crier_content content = {.size = sizeof content,
                                   .text = "{user}: {remaining}.",
                                   .title = "Notice",
                                   .language = "en",
                                   .translation_count = 2,
                                   .translations = translations,
                                   .is_template = true,
                                   .countdown_to_ms = end,
                                   .escalation_count = 2,
                                   .escalation = steps};
    const crier_send_options shown = {.size = sizeof shown, .wait_for = CRIER_STATE_DISPLAYED};
    crier_send_result result = {.size = sizeof result};
    OK(crier_publisher_send(publisher, &content, &everyone, &shown, &result, &error));
    CHECK(result.is_complete);
    await(&screen->told, &screen->messages, 1);
    CHECK(strncmp(screen->text, "Vanessa : ", 10) == 0 && screen->parts == 2);
    CHECK(strcmp(screen->language, "fr") == 0 && strcmp(screen->title, "Notice") == 0);
    CHECK(screen->late_ms == 0 && screen->choices == 0);
    await(&screen->told, &screen->sounds, 1);

    crier_outcome* outcome = NULL;
    OK(crier_publisher_outcome(publisher, &result.id, 0, &outcome, &error));
    const crier_content* sent = outcome->message->content;
    CHECK(sent->is_template && sent->countdown_to_ms == end && sent->translation_count == 2);
    CHECK(strcmp(sent->translations[0]->language, "de") == 0);
    CHECK(strcmp(sent->translations[0]->title, "Hinweis") == 0);
    CHECK(strcmp(sent->translations[1]->text, french.text) == 0);
    CHECK(sent->escalation_count == 2 && sent->escalation[1]->after_ms == 2);
    CHECK(sent->escalation[1]->urgency == CRIER_URGENCY_SOUND && sent->choice_count == 0);
    CHECK(outcome->sessions[0]->answer == -1 && !outcome->sessions[0]->dropped);
    crier_outcome_free(outcome);
    OK(crier_publisher_recall(publisher, &result.id, NULL, NULL, &error));
    await(&screen->told, &screen->removals, 1);
}

/* ---- A question ----------------------------------------------------------------------------- */

static crier_watching count_answers(const crier_progress* progress, void* context) {
    CHECK(progress->answers[0] == 0 && progress->answers[2] == 0);
    *(uint32_t*)context = progress->answers[1];
    return CRIER_GO_ON;
}

static void asked(crier_publisher* publisher, struct screen* screen) {
    static const char* const choices[] = {"now", "no", "later"};
    const crier_content content = {.size = sizeof content,
                                   .text = "Log off now?",
                                   .style = CRIER_STYLE_ALERT,
                                   .choice_count = 3,
                                   .choices = choices};
    uint32_t heard = 0;
    const crier_send_options options = {.size = sizeof options,
                                        .expires_ms = now_ms() + hour_ms,
                                        .wait_for = CRIER_STATE_ANSWERED,
                                        .on_progress = count_answers,
                                        .context = &heard};
    screen->answer = 1;
    crier_send_result result = {.size = sizeof result};
    OK(crier_publisher_send(publisher, &content, &everyone, &options, &result, &error));
    CHECK(result.is_complete && !result.is_closed && result.answers[1] == 1 && heard == 1);
    CHECK(screen->choices == 3);

    crier_outcome* outcome = NULL;
    OK(crier_publisher_outcome(publisher, &result.id, 0, &outcome, &error));
    CHECK(outcome->sessions[0]->answer == 1 && outcome->message->answers[1] == 1);
    CHECK(strcmp(outcome->message->content->choices[1], "no") == 0);
    CHECK(outcome->message->closed_ms == 0);
    crier_outcome_free(outcome);

    const crier_id question = result.id;
    const int removals = screen->removals;
    OK(crier_publisher_close_question(publisher, &question, NULL, &result, &error));
    CHECK(!result.already && memcmp(&result.id, &question, sizeof question) == 0);
    await(&screen->told, &screen->removals, removals + 1);
    CHECK(screen->removal == CRIER_REMOVAL_CLOSED);
    OK(crier_publisher_close_question(publisher, &question, NULL, &result, &error));
    CHECK(result.already);

    /* And one that closes by itself. */
    const crier_send_options half = {.size = sizeof half,
                                     .expires_ms = now_ms() + hour_ms,
                                     .wait_for = CRIER_STATE_ANSWERED,
                                     .quorum = 50};
    OK(crier_publisher_send(publisher, &content, &everyone, &half, &result, &error));
    CHECK(result.is_closed);
    crier_progress progress = {.size = sizeof progress};
    OK(crier_publisher_wait(publisher, &result.id, CRIER_STATE_ANSWERED, NULL, &progress, &error));
    CHECK(progress.is_closed && progress.answers[1] == 1 && progress.dropped == 0);
    OK(crier_publisher_outcome(publisher, &result.id, 0, &outcome, &error));
    CHECK(outcome->message->closed_ms > 0 && outcome->message->quorum == 50);
    crier_outcome_free(outcome);
}

/* ---- Admission, and the end ----------------------------------------------------------------- */

static void admitted(crier_publisher* publisher) {
    crier_admission* admission = NULL;
    OK(crier_publisher_admission(publisher, 0, &admission, &error));
    CHECK(admission->size == sizeof *admission && admission->is_open);
    CHECK(admission->since_ms == 0 && strcmp(admission->by, "") == 0);
    crier_admission_free(admission);
    OK(crier_publisher_close_admission(publisher, "Back at 23:00.", "user=root", 0, &admission,
                                       &error));
    CHECK(!admission->is_open && !admission->already && admission->since_ms > 0);
    CHECK(strcmp(admission->message, "Back at 23:00.") == 0 && strlen(admission->by) > 0);
    CHECK(strcmp(admission->except, "user=root") == 0);
    crier_admission_free(admission);

    struct screen late;
    open_screen(&late);
    await(&late.told, &late.refused, 1);
    CHECK(strstr(late.refusal, "Back at 23:00.") != NULL && late.connected == 0);
    OK(crier_publisher_open_admission(publisher, 0, NULL, &error));
    await(&late.told, &late.connected, 1);
    close_screen(&late);
}

static void dropped(crier_publisher* publisher, struct screen* screen) {
    const int64_t soon = now_ms() + 1;
    const crier_schedule schedule = {.size = sizeof schedule, .drop_ms = soon};
    const crier_send_options options = {
        .size = sizeof options, .schedule = &schedule, .wait_for_drop = true};
    const crier_content content = {.size = sizeof content,
                                   .text = "An operator ends this session."};
    const crier_target hers = {.size = sizeof hers,
                               .kind = CRIER_TARGET_SESSIONS,
                               .session_count = 1,
                               .sessions = &screen->session};
    crier_send_result result = {.size = sizeof result};
    OK(crier_publisher_send(publisher, &content, &hers, &options, &result, &error));
    CHECK(result.is_complete && result.dropped == 1);
    await(&screen->told, &screen->ended, 1);
    CHECK(screen->end == CRIER_ENDED_DROPPED);
    crier_outcome* outcome = NULL;
    OK(crier_publisher_outcome(publisher, &result.id, 0, &outcome, &error));
    CHECK(outcome->sessions[0]->dropped && outcome->message->dropped == 1);
    CHECK(outcome->message->schedule->drop_ms == soon);
    crier_outcome_free(outcome);
}

/* What is on her screen now is what she was sent last, and before all else nothing is known. */
static void looked_at(crier_publisher* publisher, const struct screen* screen,
                      const crier_id* message, const char* text) {
    crier_screens* screens = NULL;
    OK(crier_publisher_screens(publisher, "user=Vanessa", now_ms(), 0, &screens, &error));
    CHECK(screens->size == sizeof *screens && screens->count > 0);
    CHECK(screens->known_since_ms > 0 && screens->known_since_ms <= now_ms());
    const crier_on_screen* const newest = screens->list[screens->count - 1];
    CHECK(newest->size == sizeof *newest && newest->content->size == sizeof *newest->content);
    CHECK(memcmp(&newest->session, &screen->session, sizeof(crier_id)) == 0);
    CHECK(memcmp(&newest->message, message, sizeof(crier_id)) == 0);
    CHECK(strcmp(newest->user, "Vanessa") == 0 && !newest->user_verified);
    CHECK(strcmp(newest->by, "operator") == 0 && strcmp(newest->content->text, text) == 0);
    CHECK(newest->seq > 0 && newest->revision == 1 && newest->is_certain);
    CHECK(newest->said_ms > 0 && newest->shown_ms >= newest->said_ms);
    crier_screens_free(screens);

    OK(crier_publisher_screens(publisher, "user=Vanessa", 1, 0, &screens, &error));
    CHECK(screens->count == 0 && screens->known_since_ms > 1);
    crier_screens_free(screens);
    OK(crier_publisher_screens(publisher, "user=Marc", now_ms(), 0, &screens, &error));
    CHECK(screens->count == 0);
    crier_screens_free(screens);

    CHECK(crier_publisher_screens(publisher, "user=", 1, 0, &screens, NULL) ==
          CRIER_ERROR_FILTER_INVALID);
    CHECK(screens == NULL);
    CHECK(crier_publisher_screens(publisher, NULL, 1, 0, &screens, NULL) ==
          CRIER_ERROR_TARGET_INVALID);
    CHECK(crier_publisher_screens(publisher, "user=*", now_ms() + hour_ms, 0, &screens, NULL) ==
          CRIER_ERROR_TIME_INVALID);
    CHECK(crier_publisher_screens(publisher, "user=*", 1, 0, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_publisher_screens(NULL, "user=*", 1, 0, &screens, NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    crier_screens_free(NULL);
}

static void audited(crier_publisher* publisher, const struct screen* screen) {
    const crier_content content = {.size = sizeof content, .text = "On the record."};
    const crier_send_options options = {.size = sizeof options, .wait_for = CRIER_STATE_DISPLAYED};
    crier_send_result result = {.size = sizeof result};
    OK(crier_publisher_send(publisher, &content, &everyone, &options, &result, &error));

    crier_audit_list* list = NULL;
    OK(crier_publisher_entries(publisher, 1000, NULL, 0, &list, &error));
    CHECK(list->count > 2);
    const crier_audit_entry* const newest = list->entries[0];
    CHECK(strcmp(newest->kind, "message") == 0 && strcmp(newest->by, "operator") == 0);
    CHECK(strcmp(newest->text, content.text) == 0 && newest->at_ms > 0);
    const crier_audit_filter filter = {.size = sizeof filter, .kind = "answers"};
    crier_audit_list* answers = NULL;
    OK(crier_publisher_entries(publisher, 1000, &filter, 0, &answers, &error));
    CHECK(answers->count > 0 && answers->count < list->count);
    crier_audit_list_free(answers);

    crier_audit_head* head = NULL;
    OK(crier_publisher_audit_head(publisher, 0, &head, &error));
    CHECK(head->seq == newest->seq && head->time_ms > 0);
    crier_audit_verdict* verdict = NULL;
    OK(crier_publisher_audit_verify(publisher, head->line, 0, &verdict, &error));
    CHECK(verdict->is_whole && verdict->is_compared && verdict->seq == head->seq);
    CHECK(verdict->entries >= list->count && verdict->detail[0] == '\0');
    crier_audit_verdict_free(verdict);
    CHECK(crier_publisher_audit_verify(publisher, "no head", 0, &verdict, NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    CHECK(verdict == NULL);
    crier_audit_head_free(head);
    crier_audit_list_free(list);

    looked_at(publisher, screen, &result.id, content.text);
}

int main(int argc, char** argv) {
    if (argc != 3) return 64;
    operators = argv[1];
    sessions = argv[2];
    alarm(120);

    words();
    crier_publisher* publisher = connected_publisher();
    slips(publisher);
    older_program(publisher);
    planned(publisher);
    struct screen screen;
    open_screen(&screen);
    await(&screen.told, &screen.connected, 1);
    in_her_language(publisher, &screen);
    asked(publisher, &screen);
    admitted(publisher);
    audited(publisher, &screen);
    dropped(publisher, &screen);
    close_screen(&screen);
    crier_publisher_free(publisher);
    puts("The program in C followed the plan.");
    return 0;
}

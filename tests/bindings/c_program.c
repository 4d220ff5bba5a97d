/* The C interface as a program in C uses it, against a real broker (see bindings_test.py).
 *
 *     c_program OPERATORS-INVITATION SESSIONS-INVITATION LISTENERS-INVITATION
 *
 * Each check that fails is printed with its line, and ends the program. Nothing here waits without
 * an end: the library's calls have timeouts, and an alarm ends what hangs.
 */
#define _POSIX_C_SOURCE 200809L
#include <crier/crier.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "c_support.h"

static const char* listeners;

/* ---- A screen: what it was told, for the thread that waits for it --------------------------- */

struct screen {
    struct told told;
    crier_subscriber* subscriber;
    int connected, messages, changes, removals, ended;
    crier_id session, last;
    uint32_t revision;
    char text[64], topic[64], title[64];
    bool free_at_message, acknowledge_at_message;
};

static void on_connected(const crier_connected* connected, void* context) {
    struct screen* screen = context;
    CHECK(connected->size == sizeof *connected && connected->opened_ms > 0);
    screen->session = connected->session;
    tell(&screen->told, &screen->connected);
}

static void on_message(const crier_incoming* message, void* context) {
    struct screen* screen = context;
    CHECK(message->size == sizeof *message && message->revision == 1 && !message->again);
    snprintf(screen->text, sizeof screen->text, "%s", message->content->text);
    snprintf(screen->title, sizeof screen->title, "%s", message->content->title);
    snprintf(screen->topic, sizeof screen->topic, "%s", message->topic);
    screen->last = message->id;
    screen->revision = message->revision;
    if (screen->acknowledge_at_message) {
        OK(crier_subscriber_acknowledged(screen->subscriber, &message->id, 1, &error));
    }
    if (screen->free_at_message) {
        crier_subscriber_free(screen->subscriber);
        screen->subscriber = NULL;
    }
    tell(&screen->told, &screen->messages);
}

static void on_changed(const crier_incoming* message, void* context) {
    struct screen* screen = context;
    CHECK(message->size == sizeof *message && memcmp(&message->id, &screen->last, 16) == 0);
    snprintf(screen->text, sizeof screen->text, "%s", message->content->text);
    snprintf(screen->title, sizeof screen->title, "%s", message->content->title);
    screen->revision = message->revision;
    tell(&screen->told, &screen->changes);
}

static void on_removed(const crier_removed* removed, void* context) {
    struct screen* screen = context;
    CHECK(removed->size == sizeof *removed && memcmp(&removed->id, &screen->last, 16) == 0);
    CHECK(removed->cause == CRIER_REMOVAL_RECALLED);
    tell(&screen->told, &screen->removals);
}

static void on_ended(const crier_ended* ended, void* context) {
    struct screen* screen = context;
    CHECK(ended->error->code != CRIER_OK);
    tell(&screen->told, &screen->ended);
}

static void open_screen(struct screen* screen, crier_delivery delivery) {
    static const char* const groups[] = {"erp", "night"};
    const crier_attributes attributes = {.size = sizeof attributes,
                                         .user = "Vanessa",
                                         .system_user = "vanessa",
                                         .application = "c_program",
                                         .type = "embedded",
                                         .group_count = 2,
                                         .groups = groups};
    const crier_subscriber_options options = {.size = sizeof options,
                                              .invitation = sessions,
                                              .attributes = &attributes,
                                              .delivery = delivery};
    const crier_subscriber_handler handler = {.size = sizeof handler,
                                              .context = screen,
                                              .on_connected = on_connected,
                                              .on_message = on_message,
                                              .on_changed = on_changed,
                                              .on_removed = on_removed,
                                              .on_ended = on_ended};
    memset(screen, 0, sizeof *screen);
    begin_telling(&screen->told);
    OK(crier_subscriber_start(&options, &handler, &screen->subscriber, &error));
}

static void close_screen(struct screen* screen) {
    crier_subscriber_free(screen->subscriber);
    end_telling(&screen->told);
}

/* ---- What goes wrong is said, and nothing crashes ------------------------------------------- */

static void wrong_arguments(crier_publisher* publisher) {
    const crier_content content = {.size = sizeof content, .text = "never shown"};
    crier_error* why = NULL;

    CHECK(crier_publisher_send(NULL, &content, &everyone, NULL, NULL, &why) ==
          CRIER_ERROR_USAGE_INVALID);
    CHECK(why->remedy == CRIER_REMEDY_FIX_REQUEST && why->size == sizeof *why);
    CHECK(strcmp(why->name, "usage_invalid") == 0 && strstr(why->text, "4008") != NULL);
    crier_error_free(why);
    CHECK(crier_publisher_send(publisher, NULL, &everyone, NULL, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_publisher_send(publisher, &content, NULL, NULL, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);

    /* A target that was not filled, or only half, reaches nobody. */
    crier_target target = {.size = sizeof target};
    CHECK(crier_publisher_send(publisher, &content, &target, NULL, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    target.kind = CRIER_TARGET_EVERYONE;
    target.where = "user=Vanessa";
    CHECK(crier_publisher_send(publisher, &content, &target, NULL, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    target.kind = CRIER_TARGET_SESSIONS;
    target.where = NULL;
    CHECK(crier_publisher_send(publisher, &content, &target, NULL, NULL, NULL) ==
          CRIER_ERROR_TARGET_INVALID);
    target.session_count = 1;
    CHECK(crier_publisher_send(publisher, &content, &target, NULL, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);

    /* Structs of another release: shorter ones are taken, longer ones unless they ask for more. */
    crier_send_options options = {.timeout_ms = 5000, .dry_run = true};
    CHECK(crier_publisher_send(publisher, &content, &everyone, &options, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    struct {
        crier_send_options known;
        int64_t later;
    } newer = {{.size = sizeof newer, .dry_run = true}, 0};
    CHECK(crier_publisher_send(publisher, &content, &everyone, &newer.known, NULL, NULL) ==
          CRIER_OK);
    newer.later = 1;
    CHECK(crier_publisher_send(publisher, &content, &everyone, &newer.known, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    crier_send_result older = {.size = offsetof(crier_send_result, tally), .is_final = true};
    options.size = sizeof options;
    OK(crier_publisher_send(publisher, &content, &everyone, &options, &older, &error));
    CHECK(older.size == offsetof(crier_send_result, tally) && older.is_final);

    options.timeout_ms = -1;
    CHECK(crier_publisher_send(publisher, &content, &everyone, &options, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    crier_content odd = content;
    odd.severity = 9;
    CHECK(crier_publisher_send(publisher, &odd, &everyone, NULL, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_publisher_wait(publisher, NULL, CRIER_STATE_DISPLAYED, NULL, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_publisher_update(publisher, NULL, NULL, NULL, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_publisher_recall(publisher, NULL, NULL, NULL, NULL) == CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_publisher_sessions(publisher, NULL, 0, NULL, NULL) == CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_publisher_watch(publisher, NULL, NULL, NULL) == CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_publisher_connect(NULL, NULL, NULL) == CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_subscriber_start(NULL, NULL, NULL, NULL) == CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_listener_start(NULL, NULL, NULL, NULL) == CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_subscriber_displayed(NULL, NULL, 1, NULL) == CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_subscriber_displayed_with_note(NULL, NULL, 1, "note", NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_subscriber_removed_with_cause(NULL, NULL, 1, "cause", NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_subscriber_displayed_in_digest(NULL, NULL, 1, NULL) == CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_subscriber_session(NULL, NULL, NULL) == CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_subscriber_use_ticket(NULL, "a.b.c", NULL) == CRIER_ERROR_USAGE_INVALID);
    char key[CRIER_KEY_TEXT_SIZE] = "not yet";
    CHECK(crier_session_public_key(NULL, key, NULL) == CRIER_ERROR_USAGE_INVALID);
    CHECK(strcmp(key, "") == 0);
    CHECK(crier_session_public_key("/nowhere/at/all", key, NULL) == CRIER_ERROR_FILE_UNUSABLE);
    CHECK(crier_session_public_key("key", NULL, NULL) == CRIER_ERROR_USAGE_INVALID);
    CHECK(crier_subscriber_descriptor(NULL) == -1 && crier_subscriber_dispatch(NULL) == 0);
    CHECK(crier_listener_descriptor(NULL) == -1 && crier_listener_dispatch(NULL) == 0);
    CHECK(crier_tally_targeted(NULL) == 0 && crier_tally_lost(NULL) == 0);
    crier_publisher_free(NULL);
    crier_subscriber_free(NULL);
    crier_listener_free(NULL);
    crier_error_free(NULL);
    crier_session_list_free(NULL);
    crier_id_format(NULL, NULL);
}

static void words(void) {
    crier_id id;
    char text[CRIER_ID_TEXT_SIZE];
    OK(crier_id_parse("00112233445566778899AABBCCDDEEFF", &id, &error));
    crier_id_format(&id, text);
    CHECK(strcmp(text, "00112233445566778899aabbccddeeff") == 0);
    CHECK(crier_id_parse("0011", &id, NULL) == CRIER_ERROR_USAGE_INVALID);
    CHECK(strcmp(crier_state_name(CRIER_STATE_GONE_UNSEEN), "gone_unseen") == 0);
    CHECK(strcmp(crier_state_name(10), "") == 0 && strcmp(crier_state_name(-1), "") == 0);
    CHECK(strcmp(crier_what_name(CRIER_WHAT_RECEIPT), "receipt") == 0);
    CHECK(strcmp(crier_code_name(CRIER_ERROR_INTERNAL), "internal") == 0);
    CHECK(crier_code_remedy(CRIER_ERROR_INTERNAL) == CRIER_REMEDY_PAGE_HUMAN);
    CHECK(crier_code_remedy(4999) == CRIER_REMEDY_FIX_REQUEST);
    CHECK(strcmp(crier_remedy_name(CRIER_REMEDY_RECONNECT), "reconnect") == 0);
    CHECK(strlen(crier_version()) >= 5);
}

static void errors_with_details(crier_publisher* publisher) {
    const crier_content content = {.size = sizeof content, .text = "never shown"};
    crier_error* why = NULL;
    const crier_target slip = {
        .size = sizeof slip, .kind = CRIER_TARGET_MATCHING, .where = "user=a b"};
    CHECK(crier_publisher_send(publisher, &content, &slip, NULL, NULL, &why) ==
          CRIER_ERROR_FILTER_INVALID);
    CHECK(why->position == 7);
    crier_error_free(why);

    const crier_id nobody = {{1, 2, 3}};
    const crier_target unknown = {.size = sizeof unknown,
                                  .kind = CRIER_TARGET_SESSIONS,
                                  .session_count = 1,
                                  .sessions = &nobody};
    CHECK(crier_publisher_send(publisher, &content, &unknown, NULL, NULL, &why) ==
          CRIER_ERROR_SESSION_UNKNOWN);
    CHECK(why->position == -1 && why->unknown_count == 1);
    CHECK(memcmp(&why->unknown[0], &nobody, sizeof nobody) == 0);
    crier_error_free(why);

    const crier_publisher_options elsewhere = {.size = sizeof elsewhere,
                                               .invitation = "/nowhere/at/all"};
    crier_publisher* none = publisher;
    CHECK(crier_publisher_connect(&elsewhere, &none, &why) == CRIER_ERROR_FILE_UNUSABLE);
    CHECK(none == NULL);
    crier_error_free(why);
}

/* ---- The main job --------------------------------------------------------------------------- */

static crier_watching count_progress(const crier_progress* progress, void* context) {
    CHECK(progress->size == sizeof *progress && progress->seq > 0);
    *(int*)context += 1;
    return CRIER_GO_ON;
}

static void what_is_known_of(crier_publisher* publisher, const struct screen* screen,
                             const crier_id* id) {
    crier_session_list* list = NULL;
    OK(crier_publisher_sessions(publisher, &everyone, 0, &list, &error));
    CHECK(list->count == 1 && memcmp(&list->sessions[0]->id, &screen->session, 16) == 0);
    CHECK(strcmp(list->sessions[0]->attributes->user, "Vanessa") == 0);
    CHECK(list->sessions[0]->attributes->group_count == 2);
    CHECK(strcmp(list->sessions[0]->attributes->groups[1], "night") == 0);
    CHECK(list->sessions[0]->state == CRIER_PRESENCE_LOCKED);
    CHECK(list->sessions[0]->unreachable_since_ms == 0 && list->sessions[0]->created_ms > 0);
    CHECK(list->silent_count == 0);
    crier_session_list_free(list);

    crier_message_list* messages = NULL;
    OK(crier_publisher_messages(publisher, 5, 0, 0, &messages, &error));
    CHECK(messages->count == 1 && memcmp(&messages->messages[0]->id, id, sizeof *id) == 0);
    CHECK(strcmp(messages->messages[0]->content->title, "Notice") == 0);
    CHECK(messages->messages[0]->content->severity == CRIER_SEVERITY_WARNING);
    CHECK(messages->messages[0]->target->kind == CRIER_TARGET_MATCHING);
    CHECK(strcmp(messages->messages[0]->target->where, "user=Vanessa") == 0);
    CHECK(!messages->messages[0]->target->is_verified);
    crier_message_list_free(messages);

    const crier_target verified = {.size = sizeof verified,
                                   .kind = CRIER_TARGET_MATCHING,
                                   .where = "user=Vanessa",
                                   .is_verified = true};
    OK(crier_publisher_sessions(publisher, &verified, 0, &list, &error));
    CHECK(list->count == 0);  // She only says that she is.
    crier_session_list_free(list);

    crier_outcome* outcome = NULL;
    OK(crier_publisher_outcome(publisher, id, 0, &outcome, &error));
    CHECK(outcome->count == 1 && outcome->sessions[0]->state == CRIER_STATE_ACKNOWLEDGED);
    CHECK(strcmp(outcome->sessions[0]->application, "c_program") == 0);
    CHECK(outcome->message->tally.counts[CRIER_STATE_ACKNOWLEDGED] == 1);
    crier_outcome_free(outcome);
}

static void main_job(crier_publisher* publisher) {
    struct screen screen;
    open_screen(&screen, CRIER_DELIVERY_OWN_THREAD);
    await(&screen.told, &screen.connected, 1);
    crier_id session;
    OK(crier_subscriber_session(screen.subscriber, &session, &error));
    CHECK(memcmp(&session, &screen.session, sizeof session) == 0);
    CHECK(crier_subscriber_descriptor(screen.subscriber) == -1);
    CHECK(crier_subscriber_broker_time_ms(screen.subscriber) > 0);

    OK(crier_subscriber_set_presence(screen.subscriber, CRIER_PRESENCE_LOCKED, &error));
    screen.acknowledge_at_message = true;

    int heard = 0;
    const crier_content content = {.size = sizeof content,
                                   .text = "Restart at 22:00.",
                                   .title = "Notice",
                                   .severity = CRIER_SEVERITY_WARNING};
    const crier_target hers = {
        .size = sizeof hers, .kind = CRIER_TARGET_MATCHING, .where = "user=Vanessa"};
    const crier_send_options options = {.size = sizeof options,
                                        .wait_for = CRIER_STATE_DISPLAYED,
                                        .on_progress = count_progress,
                                        .context = &heard};
    crier_send_result sent = {.size = sizeof sent};
    OK(crier_publisher_send(publisher, &content, &hers, &options, &sent, &error));
    CHECK(sent.is_complete && sent.seq > 0 && heard > 0);
    CHECK(crier_tally_targeted(&sent.tally) == 1);
    CHECK(crier_tally_reached(&sent.tally, CRIER_STATE_DISPLAYED) == 1);
    await(&screen.told, &screen.messages, 1);
    CHECK(strcmp(screen.text, content.text) == 0 && strcmp(screen.title, content.title) == 0);
    CHECK(strcmp(screen.topic, "all") != 0 && memcmp(&screen.last, &sent.id, 16) == 0);

    crier_progress progress = {.size = sizeof progress};
    OK(crier_publisher_wait(publisher, &sent.id, CRIER_STATE_ACKNOWLEDGED, NULL, &progress,
                            &error));
    CHECK(progress.is_complete && progress.tally.counts[CRIER_STATE_ACKNOWLEDGED] == 1);
    what_is_known_of(publisher, &screen, &sent.id);
    close_screen(&screen);
}

/* What was sent is changed and recalled; slips change nothing. */
static void changed_and_recalled(crier_publisher* publisher) {
    struct screen screen;
    open_screen(&screen, CRIER_DELIVERY_OWN_THREAD);
    await(&screen.told, &screen.connected, 1);
    const crier_content content = {
        .size = sizeof content, .text = "Restart at 22:00.", .title = "Notice"};
    const crier_send_options shown = {.size = sizeof shown, .wait_for = CRIER_STATE_DISPLAYED};
    crier_send_result result = {.size = sizeof result};
    OK(crier_publisher_send(publisher, &content, &everyone, &shown, &result, &error));
    CHECK(result.is_complete && result.revision == 1 && result.removed == 0);
    const crier_id id = result.id;

    crier_message_update update = {.size = sizeof update};
    crier_error* why = NULL;
    CHECK(crier_publisher_update(publisher, &id, &update, NULL, NULL, &why) ==
          CRIER_ERROR_USAGE_INVALID);
    CHECK(strstr(why->detail, "nothing to change") != NULL);
    crier_error_free(why);
    update.severity = CRIER_SEVERITY_CRITICAL;
    CHECK(crier_publisher_update(publisher, &id, &update, NULL, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    update.has_severity = true;
    update.text = "";
    CHECK(crier_publisher_update(publisher, &id, &update, NULL, NULL, NULL) ==
          CRIER_ERROR_TEXT_INVALID);
    update.text = "Restart at 23:00.";
    int heard = 0;
    crier_change_options options = {.size = sizeof options,
                                    .wait_for = CRIER_STATE_DISPLAYED,
                                    .on_progress = count_progress,
                                    .context = &heard};
    OK(crier_publisher_update(publisher, &id, &update, &options, &result, &error));
    CHECK(result.is_complete && result.revision == 2 && memcmp(&result.id, &id, 16) == 0);
    CHECK(heard > 0 && crier_tally_reached(&result.tally, CRIER_STATE_DISPLAYED) == 1);
    await(&screen.told, &screen.changes, 1);
    CHECK(strcmp(screen.text, update.text) == 0 && strcmp(screen.title, content.title) == 0);
    CHECK(screen.revision == 2);

    CHECK(crier_publisher_recall(publisher, &id, &options, NULL, NULL) ==
          CRIER_ERROR_USAGE_INVALID);
    options.wait_for = 0;
    OK(crier_publisher_recall(publisher, &id, &options, &result, &error));
    CHECK(result.is_complete && result.removed == 1 && !result.already);
    await(&screen.told, &screen.removals, 1);
    OK(crier_publisher_recall(publisher, &id, NULL, &result, &error));
    CHECK(result.already);
    CHECK(crier_publisher_update(publisher, &id, &update, NULL, NULL, &why) ==
          CRIER_ERROR_MESSAGE_OVER);
    crier_error_free(why);

    crier_message_list* messages = NULL;
    OK(crier_publisher_messages(publisher, 1, 0, 0, &messages, &error));
    CHECK(messages->messages[0]->revision == 2 && messages->messages[0]->is_recalled);
    CHECK(messages->messages[0]->content->severity == CRIER_SEVERITY_CRITICAL);
    crier_message_list_free(messages);
    close_screen(&screen);
}

static crier_watching end_at_once(const crier_progress* progress, void* context) {
    (void)progress;
    (void)context;
    return CRIER_END;
}

/* A program with an event loop; and a wait that its callback ends. */
static void by_dispatch(crier_publisher* publisher) {
    struct screen screen;
    open_screen(&screen, CRIER_DELIVERY_BY_DISPATCH);
    struct pollfd readable = {.fd = crier_subscriber_descriptor(screen.subscriber),
                              .events = POLLIN};
    while (screen.connected == 0) {
        CHECK(poll(&readable, 1, 60000) == 1);
        crier_subscriber_dispatch(screen.subscriber);
    }
    const crier_content content = {.size = sizeof content, .text = "by dispatch"};
    const crier_send_options options = {
        .size = sizeof options, .wait_for = CRIER_STATE_DISPLAYED, .on_progress = end_at_once};
    crier_send_result sent = {.size = sizeof sent};
    OK(crier_publisher_send(publisher, &content, &everyone, &options, &sent, &error));
    CHECK(sent.seq > 0 && !sent.is_complete && screen.messages == 0);
    /* Freed inside the callback: the rest happens when the dispatch returns. */
    screen.free_at_message = true;
    crier_subscriber* subscriber = screen.subscriber;
    while (screen.messages == 0) {
        CHECK(poll(&readable, 1, 60000) == 1);
        crier_subscriber_dispatch(subscriber);
    }
    CHECK(strcmp(screen.text, "by dispatch") == 0);
    close_screen(&screen);
}

/* ---- Freed at awkward moments --------------------------------------------------------------- */

static void freed_in_its_own_thread(crier_publisher* publisher) {
    struct screen screen;
    open_screen(&screen, CRIER_DELIVERY_OWN_THREAD);
    await(&screen.told, &screen.connected, 1);
    screen.free_at_message = true;
    const crier_content content = {.size = sizeof content, .text = "freed in its own thread"};
    const crier_send_options options = {.size = sizeof options, .wait_for = CRIER_STATE_DISPLAYED};
    OK(crier_publisher_send(publisher, &content, &everyone, &options, NULL, &error));
    await(&screen.told, &screen.messages, 1);
    close_screen(&screen);
}

/* Sessions that come and go, until it is enough: something to watch. */
struct bustle {
    pthread_t thread;
    pthread_mutex_t mutex;
    bool is_enough;
};

static void* come_and_go(void* context) {
    struct bustle* bustle = context;
    bool is_enough = false;
    while (!is_enough) {
        struct screen screen;
        open_screen(&screen, CRIER_DELIVERY_OWN_THREAD);
        await(&screen.told, &screen.connected, 1);
        close_screen(&screen);
        pthread_mutex_lock(&bustle->mutex);
        is_enough = bustle->is_enough;
        pthread_mutex_unlock(&bustle->mutex);
    }
    return NULL;
}

static void begin(struct bustle* bustle) {
    bustle->is_enough = false;
    pthread_mutex_init(&bustle->mutex, NULL);
    CHECK(pthread_create(&bustle->thread, NULL, come_and_go, bustle) == 0);
}

static void end(struct bustle* bustle) {
    pthread_mutex_lock(&bustle->mutex);
    bustle->is_enough = true;
    pthread_mutex_unlock(&bustle->mutex);
    CHECK(pthread_join(bustle->thread, NULL) == 0);
    pthread_mutex_destroy(&bustle->mutex);
}

struct watching {
    crier_publisher* publisher;
    struct told told;
    int happenings;
    crier_code code;
};

static crier_watching tell_and_go_on(const crier_happened* happened, void* context) {
    struct watching* watching = context;
    CHECK(happened->size == sizeof *happened && happened->at_ms > 0);
    CHECK(happened->what != CRIER_WHAT_SESSION_OPENED || strcmp(happened->user, "Vanessa") == 0);
    tell(&watching->told, &watching->happenings);
    return CRIER_GO_ON;
}

static crier_watching free_and_go_on(const crier_happened* happened, void* context) {
    crier_publisher** publisher = context;
    (void)happened;
    crier_publisher_free(*publisher);
    *publisher = NULL;
    return CRIER_GO_ON;
}

static crier_watching end_watching(const crier_happened* happened, void* context) {
    *(crier_what*)context = happened->what;
    return CRIER_END;
}

static void* watch(void* context) {
    struct watching* watching = context;
    watching->code = crier_publisher_watch(watching->publisher, tell_and_go_on, watching, NULL);
    return NULL;
}

static void freed_while_it_waits(crier_publisher* lasting) {
    struct bustle bustle;
    begin(&bustle);
    crier_what what = -1;
    OK(crier_publisher_watch(lasting, end_watching, &what, &error));
    CHECK(what == CRIER_WHAT_SESSION_OPENED || what == CRIER_WHAT_SESSION_CLOSED);

    /* By another thread than the one that waits. */
    struct watching watching;
    memset(&watching, 0, sizeof watching);
    begin_telling(&watching.told);
    watching.publisher = connected_publisher();
    pthread_t watcher;
    CHECK(pthread_create(&watcher, NULL, watch, &watching) == 0);
    await(&watching.told, &watching.happenings, 1);
    crier_publisher_free(watching.publisher);
    CHECK(pthread_join(watcher, NULL) == 0);
    CHECK(watching.code == CRIER_ERROR_STOPPING);
    end_telling(&watching.told);

    /* In the callback of the call that waits. */
    crier_publisher* publisher = connected_publisher();
    CHECK(crier_publisher_watch(publisher, free_and_go_on, &publisher, NULL) ==
          CRIER_ERROR_STOPPING);
    CHECK(publisher == NULL);
    end(&bustle);
}

/* ---- The bell ------------------------------------------------------------------------------- */

static void bell_heard(void* context) {
    *(int*)context |= 1;
}

static void bell_message(const crier_incoming* message, void* context) {
    CHECK(strcmp(message->topic, "all") == 0);
    *(int*)context |= 2;
}

static void bell(crier_publisher* publisher) {
    int heard = 0;
    const crier_listener_options options = {
        .size = sizeof options, .invitation = listeners, .delivery = CRIER_DELIVERY_BY_DISPATCH};
    const crier_listener_handler handler = {.size = sizeof handler,
                                            .context = &heard,
                                            .on_connected = bell_heard,
                                            .on_message = bell_message};
    crier_listener* listener = NULL;
    OK(crier_listener_start(&options, &handler, &listener, &error));
    struct pollfd readable = {.fd = crier_listener_descriptor(listener), .events = POLLIN};
    const crier_content content = {.size = sizeof content, .text = "heard by the bell"};
    while (heard != 3) {
        /* Subscribing takes a moment that nobody is told of: rung until it is heard. */
        if (heard == 1) {
            OK(crier_publisher_send(publisher, &content, &everyone, NULL, NULL, &error));
        }
        poll(&readable, 1, heard == 1 ? 200 : 60000);
        crier_listener_dispatch(listener);
    }
    crier_listener_stop(listener);
    crier_listener_free(listener);
}

int main(int argc, char** argv) {
    if (argc != 4) return 64;
    operators = argv[1];
    sessions = argv[2];
    listeners = argv[3];
    alarm(120);

    words();
    crier_publisher* publisher = connected_publisher();
    wrong_arguments(publisher);
    errors_with_details(publisher);
    main_job(publisher);
    changed_and_recalled(publisher);
    by_dispatch(publisher);
    freed_in_its_own_thread(publisher);
    freed_while_it_waits(publisher);
    bell(publisher);

    crier_identity* identity = NULL;
    OK(crier_publisher_whoami(publisher, 0, &identity, &error));
    CHECK(strlen(identity->principal) > 0 && identity->right_count > 0);
    crier_identity_free(identity);
    crier_health* health = NULL;
    OK(crier_publisher_health(publisher, 0, &health, &error));
    CHECK(health->is_healthy && strcmp(health->problem, "") == 0 && health->seq > 0);
    crier_health_free(health);
    crier_cluster* cluster = NULL;
    OK(crier_publisher_cluster(publisher, 0, &cluster, &error));
    CHECK(cluster->size == sizeof *cluster && cluster->count == 0);
    crier_cluster_free(cluster);
    CHECK(crier_publisher_cluster(publisher, -1, &cluster, NULL) == CRIER_ERROR_USAGE_INVALID);
    CHECK(cluster == NULL);

    crier_publisher_stop(publisher);
    CHECK(crier_publisher_whoami(publisher, 0, &identity, NULL) == CRIER_ERROR_STOPPING);
    CHECK(identity == NULL);
    crier_publisher_free(publisher);
    puts("The program in C did the main job.");
    return 0;
}

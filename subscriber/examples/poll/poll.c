/* Messages in a program in C that has its own loop around poll(2): one thread, and no callback
 * outside crier_subscriber_dispatch().
 *
 *     crier-poll INVITATION [USER]
 *
 * Enter says "I have read this" of the newest message; a number answers it, if it is a question.
 */
#define _POSIX_C_SOURCE 200809L
#include <crier/crier.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The newest message. What a callback is given is gone when it returns: copy what is needed. */
struct newest {
    bool is_there;
    bool is_over; /* The session is: the loop ends. */
    crier_id id;
    uint32_t revision;
    size_t choice_count;
};

/* What a message says is not ours: nothing in it is to move the cursor, or to do worse. */
static void print_plain(const char* text) {
    for (const unsigned char* at = (const unsigned char*)text; *at != 0; ++at) {
        const bool is_c1 = at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0;
        const bool is_c0 = (*at < 0x20 && *at != '\n') || *at == 0x7f;
        putchar(is_c0 || is_c1 ? '?' : *at);
        if (is_c1) ++at;
    }
}

static void say(const char* text) {
    puts(text);
    fflush(stdout);
}

static void on_connected(const crier_connected* connected, void* context) {
    (void)connected;
    (void)context;
    say("connected");
}

static void on_disconnected(const crier_disconnected* disconnected, void* context) {
    (void)context;
    printf("not connected: %s\n", disconnected->error->text);
    fflush(stdout);
}

/* With CRIER_REPORT_AUTOMATIC, which is the default, returning says that it was displayed. */
static void on_message(const crier_incoming* message, void* context) {
    struct newest* newest = context;
    const crier_content* content = message->content;
    newest->is_there = true;
    newest->id = message->id;
    newest->revision = message->revision;
    newest->choice_count = content->choice_count;

    print_plain(message->from);
    fputs(": ", stdout);
    print_plain(content->text);
    putchar('\n');
    for (size_t index = 0; index < content->choice_count; ++index) {
        printf("  %zu  ", index + 1);
        print_plain(content->choices[index]);
        putchar('\n');
    }
    fflush(stdout);
}

static void on_removed(const crier_removed* removed, void* context) {
    static const char* const causes[] = {"expired", "recalled", "acknowledged", "closed"};
    struct newest* newest = context;
    if (memcmp(&removed->id, &newest->id, sizeof removed->id) == 0) newest->is_there = false;
    say(removed->cause >= 0 && removed->cause < 4 ? causes[removed->cause] : "removed");
}

static void on_ended(const crier_ended* ended, void* context) {
    struct newest* newest = context;
    printf("ended: %s\n", ended->error->text);
    fflush(stdout);
    newest->is_over = true;
}

/* Tells the broker what the person typed. */
static void on_line(crier_subscriber* subscriber, struct newest* newest, const char* line) {
    crier_code code;
    if (!newest->is_there) return;
    if (newest->choice_count == 0) {
        code = crier_subscriber_acknowledged(subscriber, &newest->id, newest->revision, NULL);
    } else {
        const unsigned long choice = strtoul(line, NULL, 10);
        if (choice < 1 || choice > newest->choice_count) return;
        code = crier_subscriber_answered(subscriber, &newest->id, newest->revision,
                                         (uint32_t)(choice - 1), NULL);
    }
    if (code == CRIER_OK) {
        code = crier_subscriber_removed(subscriber, &newest->id, newest->revision, NULL);
    }
    newest->is_there = false;
    say(code == CRIER_OK ? "done" : crier_code_name(code));
}

int main(int argc, char** argv) {
    if (argc < 2) {
        fputs("usage: crier-poll INVITATION [USER]\n", stderr);
        return 64;
    }
    struct newest newest = {.is_there = false};
    crier_attributes attributes = {
        .size = sizeof attributes, .user = argc > 2 ? argv[2] : NULL, .application = "poll"};
    crier_subscriber_options options = {.size = sizeof options,
                                        .invitation = argv[1],
                                        .attributes = &attributes,
                                        .delivery = CRIER_DELIVERY_BY_DISPATCH};
    crier_subscriber_handler handler = {.size = sizeof handler,
                                        .context = &newest,
                                        .on_connected = on_connected,
                                        .on_disconnected = on_disconnected,
                                        .on_message = on_message,
                                        .on_removed = on_removed,
                                        .on_ended = on_ended};
    crier_subscriber* subscriber = NULL;
    crier_error* error = NULL;
    if (crier_subscriber_start(&options, &handler, &subscriber, &error) != CRIER_OK) {
        fprintf(stderr, "%s\n", error->text);
        crier_error_free(error);
        return 1;
    }

    struct pollfd watched[] = {
        {.fd = STDIN_FILENO, .events = POLLIN},
        {.fd = crier_subscriber_descriptor(subscriber), .events = POLLIN},
    };
    bool is_typing = true;
    while (is_typing && !newest.is_over && poll(watched, 2, -1) >= 0) {
        if (watched[1].revents != 0) crier_subscriber_dispatch(subscriber);
        if (watched[0].revents != 0) {
            char text[256]; /* Whole lines, from a terminal; maybe several. */
            const ssize_t size = read(STDIN_FILENO, text, sizeof text - 1);
            is_typing = size > 0;
            text[is_typing ? size : 0] = 0;
            for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
                on_line(subscriber, &newest, line);
            }
        }
    }
    crier_subscriber_free(subscriber); /* Says what is still to be said, and goodbye. */
    return newest.is_over ? 1 : 0;
}

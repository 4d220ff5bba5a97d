/* A session of a program in C that comes in by tickets, or by its registered key, for
 * c_interface_test.py, which plays the program's server:
 *
 *     c_ticket SESSIONS-INVITATION KEY-FILE tickets|key
 *
 * Prints a line for each thing that it is told. Each line that it reads is a ticket to use; it ends
 * with its input.
 */
#define _POSIX_C_SOURCE 200809L
#include <crier/crier.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void on_connected(const crier_connected* connected, void* context) {
    char session[CRIER_ID_TEXT_SIZE];
    (void)context;
    crier_id_format(&connected->session, session);
    printf("connected %s\n", session);
}

static void on_disconnected(const crier_disconnected* disconnected, void* context) {
    (void)context;
    printf("disconnected %s %d\n", disconnected->error->name, disconnected->will_return);
}

static void on_message(const crier_incoming* message, void* context) {
    (void)context;
    printf("message %s\n", message->content->text);
}

static void on_ended(const crier_ended* ended, void* context) {
    (void)context;
    printf("ended %s\n", ended->error->name);
}

static void on_ticket_wanted(const crier_ticket_wanted* wanted, void* context) {
    char session[CRIER_ID_TEXT_SIZE];
    (void)context;
    crier_id_format(&wanted->session, session);
    printf("wanted %s %d\n", session, wanted->size == sizeof *wanted);
}

int main(int argc, char** argv) {
    if (argc != 4) return 64;
    setvbuf(stdout, NULL, _IOLBF, 0);
    alarm(120);

    char key[CRIER_KEY_TEXT_SIZE];
    const crier_code made = crier_session_public_key(argv[2], key, NULL);
    printf("key %s\n", made == CRIER_OK ? key : crier_code_name(made));
    if (made != CRIER_OK) return 1;

    const crier_attributes attributes = {
        .size = sizeof attributes, .user = "mallory", .application = "c_ticket"};
    const crier_subscriber_options options = {.size = sizeof options,
                                              .invitation = argv[1],
                                              .key_file = argv[2],
                                              .attributes = &attributes};
    crier_subscriber_handler handler = {.size = sizeof handler,
                                        .on_connected = on_connected,
                                        .on_disconnected = on_disconnected,
                                        .on_message = on_message,
                                        .on_ended = on_ended};
    if (strcmp(argv[3], "tickets") == 0) handler.on_ticket_wanted = on_ticket_wanted;
    crier_subscriber* subscriber = NULL;
    crier_error* error = NULL;
    if (crier_subscriber_start(&options, &handler, &subscriber, &error) != CRIER_OK) {
        fprintf(stderr, "%s\n", error->text);
        return 1;
    }
    char ticket[8192];
    while (fgets(ticket, sizeof ticket, stdin) != NULL) {
        ticket[strcspn(ticket, "\n")] = '\0';
        printf("used %s\n", crier_code_name(crier_subscriber_use_ticket(subscriber, ticket, NULL)));
    }
    crier_subscriber_free(subscriber);
    return 0;
}

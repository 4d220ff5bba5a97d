/* To everyone, from C; ends when it is on every screen.
 *
 *     notify            finds the broker as `crier` does: CRIER_INVITATION, what `crier join`
 * stored, or the broker on this machine
 */
#include <crier/crier.h>
#include <stdio.h>

static int give_up(crier_error* error) {
    fprintf(stderr, "%s\n", error->text);
    crier_error_free(error);
    return 1;
}

int main(void) {
    crier_publisher* publisher = NULL;
    crier_error* error = NULL;
    if (crier_publisher_connect(NULL, &publisher, &error) != CRIER_OK) return give_up(error);

    crier_content content = {.size = sizeof content, .text = "The server restarts at 22:00."};
    crier_target everyone = {.size = sizeof everyone, .kind = CRIER_TARGET_EVERYONE};
    crier_send_options options = {.size = sizeof options, .wait_for = CRIER_STATE_DISPLAYED};
    crier_send_result sent = {.size = sizeof sent};
    if (crier_publisher_send(publisher, &content, &everyone, &options, &sent, &error) != CRIER_OK)
        return give_up(error);
    printf("on %u of %u screens\n",
           (unsigned)crier_tally_reached(&sent.tally, CRIER_STATE_DISPLAYED),
           (unsigned)crier_tally_targeted(&sent.tally));
    crier_publisher_free(publisher);
    return sent.is_complete ? 0 : 1;
}

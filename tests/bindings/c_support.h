/// \file
/// What the programs in C share: checks that end the program, a publisher, and what callbacks tell
/// to the thread that waits.

#ifndef CRIER_TESTS_C_SUPPORT_H
#define CRIER_TESTS_C_SUPPORT_H

#include <crier/crier.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                            \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                                \
        }                                                                           \
    } while (0)

#define OK(call)                                                                        \
    do {                                                                                \
        crier_error* error = NULL;                                                      \
        if ((call) != CRIER_OK) {                                                       \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, error->text); \
            exit(1);                                                                    \
        }                                                                               \
        CHECK(error == NULL);                                                           \
    } while (0)

static const char* operators;
static const char* sessions;

static const crier_target everyone = {.size = sizeof everyone, .kind = CRIER_TARGET_EVERYONE};

static crier_publisher* connected_publisher(void) {
    const crier_publisher_options options = {
        .size = sizeof options, .invitation = operators, .client = "a program in C"};
    crier_publisher* publisher = NULL;
    OK(crier_publisher_connect(&options, &publisher, &error));
    CHECK(publisher != NULL);
    return publisher;
}

/* ---- What callbacks tell -------------------------------------------------------------------- */

struct told {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
};

static void begin_telling(struct told* told) {
    pthread_mutex_init(&told->mutex, NULL);
    pthread_cond_init(&told->changed, NULL);
}

static void end_telling(struct told* told) {
    pthread_cond_destroy(&told->changed);
    pthread_mutex_destroy(&told->mutex);
}

static void tell(struct told* told, int* count) {
    pthread_mutex_lock(&told->mutex);
    *count += 1;
    pthread_cond_broadcast(&told->changed);
    pthread_mutex_unlock(&told->mutex);
}

static void await(struct told* told, const int* count, int wanted) {
    pthread_mutex_lock(&told->mutex);
    while (*count < wanted) pthread_cond_wait(&told->changed, &told->mutex);
    pthread_mutex_unlock(&told->mutex);
}

#endif

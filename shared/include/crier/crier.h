/// \file
/// Crier for programs in C, and for languages that can call C: one header, one library.
///
///     crier_publisher* publisher = NULL;
///     crier_error* error = NULL;
///     if (crier_publisher_connect(NULL, &publisher, &error) != CRIER_OK) return report(error);
///     const crier_content content = {.size = sizeof content, .text = "Restart at 22:00."};
///     const crier_target everyone = {.size = sizeof everyone, .kind = CRIER_TARGET_EVERYONE};
///     crier_publisher_send(publisher, &content, &everyone, NULL, NULL, &error);
///
/// The rules of the whole interface are in crier/c_words.h. C99 and C++; Linux.

#ifndef CRIER_CRIER_H
#define CRIER_CRIER_H

#include "crier/c_audit.h"
#include "crier/c_cluster.h"
#include "crier/c_publisher.h"
#include "crier/c_subscriber.h"
#include "crier/c_words.h"

#endif

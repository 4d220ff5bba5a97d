/// \file
/// The C interface to the brokers of a cluster, as operators are told of them. Programs include
/// crier/crier.h; the rules of the interface are in crier/c_words.h.

#ifndef CRIER_C_CLUSTER_H
#define CRIER_C_CLUSTER_H

#include "crier/c_publisher.h"

#ifdef __cplusplus
extern "C" {
#endif

/// One broker, as the one that was asked knows it.
typedef struct crier_cluster_broker {
    size_t size;
    crier_id id;
    const char* name;      ///< Of its host, for people. Empty: not known.
    const char* software;  ///< Program and version.
    size_t endpoint_count;
    const char* const* endpoints;  ///< Where sessions find it.
    bool is_this;                  ///< It is the one that was asked.
    bool is_reachable;
    bool takes_entries;  ///< Operators can send at it.
    int64_t started_ms;   ///< 0: the one that was asked has not heard it since its own start.
    int64_t heard_ms;     ///< The last time; 0: likewise.
    uint32_t sessions;    ///< That it serves; unreachable ones included.
    uint32_t connected;   ///< Of those.
    uint64_t log_number;  ///< Of the cluster's log, up to where it has taken it in.
} crier_cluster_broker;

typedef struct crier_cluster {
    size_t size;
    size_t count;                                ///< Zero: the broker is alone.
    const crier_cluster_broker* const* brokers;  ///< In the order of their names.
} crier_cluster;

/// The brokers of the cluster.
/// Blocking: up to `timeout_ms`; zero: 10,000.
CRIER_API crier_code crier_publisher_cluster(crier_publisher* publisher, int64_t timeout_ms,
                                             crier_cluster** cluster, crier_error** error);
CRIER_API void crier_cluster_free(crier_cluster* cluster);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif

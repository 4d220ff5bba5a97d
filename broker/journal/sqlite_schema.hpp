/// \file
/// The journal's tables, as SQLite is told to make them, and how an older journal is brought up to
/// date. JOURNAL.md describes the same for people.

#pragma once

#include <cstdint>

#include "broker/journal/sqlite_statement.hpp"
#include "crier/result.hpp"
#include "crier/time.hpp"

namespace crier::broker {

/// Looks whether this is a journal that this code knows, or a new database; changes nothing.
/// Errors: version_unsupported (written by a newer broker), journal_damaged (another program's
///   database), storage_failed.
Status check_is_ours(Connection& connection);

/// Makes a new database a journal, or brings an older one up to date, in one transaction.
/// Errors: as above.
Status prepare_schema(Connection& connection);

/// The first one with tables `places` and `cluster`.
inline constexpr std::int64_t schema_with_places = 2;

/// Only looks: an older one is brought up to date when a broker opens it.
/// Errors: as above; a new database is one too.
Result<std::int64_t> read_schema_version(Connection& connection);

/// Of all times that are kept of entries, sessions and sightings; 1970: there are none.
Result<UtcTime> newest_time(Connection& connection);

}  // namespace crier::broker

/// \file
/// The journal's tables, as SQLite is told to make them, and how an older journal is brought up to
/// date. JOURNAL.md describes the same for people.

#pragma once

#include "broker/journal/sqlite_statement.hpp"
#include "crier/result.hpp"

namespace crier::broker {

/// Looks whether this is a journal that this code knows, or a new database; changes nothing.
/// Errors: version_unsupported (written by a newer broker), journal_damaged (another program's
///   database), storage_failed.
Status check_is_ours(Connection& connection);

/// Makes a new database a journal, or brings an older one up to date, in one transaction.
/// Errors: as above.
Status prepare_schema(Connection& connection);

/// Only looks. Errors: as above; an older schema is one too.
Status check_schema(Connection& connection);

}  // namespace crier::broker

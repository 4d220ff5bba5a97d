/// \file
/// A journal that passes everything on to another one; a test overrides what it wants to see or to
/// change.

#pragma once

#include <optional>
#include <vector>

#include "broker/journal/journal.hpp"

namespace crier::testing {

class ForwardingJournal : public broker::Journal {
public:
    /// `to` must outlive it.
    explicit ForwardingJournal(broker::Journal& to) : to_(to) {}

    Result<std::vector<broker::EntryResult>> append(const broker::Batch& batch) override {
        return to_.append(batch);
    }
    Result<broker::Recovery> recover() override { return to_.recover(); }
    Result<std::vector<broker::StoredMessage>> read_messages(std::optional<std::uint64_t> before,
                                                             std::size_t count_max) override {
        return to_.read_messages(before, count_max);
    }
    Result<std::optional<broker::StoredMessage>> read_message(const MessageId& id) override {
        return to_.read_message(id);
    }
    Result<std::vector<broker::SessionRecord>> read_sessions(
        const std::vector<std::uint32_t>& numbers) override {
        return to_.read_sessions(numbers);
    }
    Result<std::vector<broker::SightingsPiece>> read_sightings(std::uint64_t after,
                                                               std::size_t count_max) override {
        return to_.read_sightings(after, count_max);
    }
    Result<std::vector<broker::Place>> read_places(std::optional<broker::LogPosition> before,
                                                   std::size_t count_max) override {
        return to_.read_places(before, count_max);
    }
    Result<std::vector<broker::PlacedEntry>> read_placed(const broker::LogPosition& after,
                                                         std::size_t count_max) override {
        return to_.read_placed(after, count_max);
    }
    Result<std::vector<broker::PlacedEntry>> read_log(std::uint64_t after,
                                                      std::size_t count_max) override {
        return to_.read_log(after, count_max);
    }
    Result<std::size_t> prune(UtcTime before, std::size_t count_max) override {
        return to_.prune(before, count_max);
    }
    void sign_with(const SigningKey& key) override { to_.sign_with(key); }
    Result<std::optional<broker::SignedHead>> newest_head() override { return to_.newest_head(); }
    Result<broker::SignedHead> sign_head(UtcTime now) override { return to_.sign_head(now); }
    Result<broker::EntriesFound> read_entries(const broker::EntryQuery& query,
                                              std::size_t rows_max) override {
        return to_.read_entries(query, rows_max);
    }
    Result<broker::AuditPiece> read_audit(std::uint64_t after, std::size_t rows_max) override {
        return to_.read_audit(after, rows_max);
    }

private:
    broker::Journal& to_;
};

}  // namespace crier::testing

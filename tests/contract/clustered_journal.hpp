/// \file
/// The journal of a broker that belongs to a cluster, as its engine meets it: entries go through
/// the log that brokers share (here a stream in memory, in virtual time) and are answered when they
/// came back and are on the disk; all else is written at once.

#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "broker/journal/journal.hpp"
#include "shared/base/assert.hpp"
#include "tests/support/cluster_node.hpp"
#include "tests/support/memory_stream.hpp"

namespace crier::broker {

class ClusteredJournal final : public Journal {
public:
    /// The stream outlives this journal, as NATS does.
    ClusteredJournal(std::unique_ptr<Journal> disk, testing::MemoryStream& stream,
                     testing::ClusterNode& node, Instant& now)
        : stream_(stream), node_(node), now_(now) {
        node_.journal = std::move(disk);
        node_.on_written = [this](const std::vector<EntryResult>& results) {
            results_.insert(results_.end(), results.begin(), results.end());
        };
    }

    Result<std::vector<EntryResult>> append(const Batch& batch) override {
        results_.clear();
        for (const Entry& entry : batch.entries) accept(entry);
        CRIER_ASSERT(results_.size() == batch.entries.size(), "each is answered once");
        std::vector<EntryResult> results = std::move(results_);
        Batch rest = batch;
        rest.entries.clear();
        if (!results.empty() && rest.empty()) return results;
        const auto written = disk().append(rest);
        if (!written) return fail(written.error());
        return results;
    }

    Result<Recovery> recover() override { return disk().recover(); }
    Result<std::vector<StoredMessage>> read_messages(std::optional<std::uint64_t> before,
                                                     std::size_t count_max) override {
        return disk().read_messages(before, count_max);
    }
    Result<std::optional<StoredMessage>> read_message(const MessageId& id) override {
        return disk().read_message(id);
    }
    Result<std::vector<SessionRecord>> read_sessions(
        const std::vector<std::uint32_t>& numbers) override {
        return disk().read_sessions(numbers);
    }
    Result<std::vector<SightingsPiece>> read_sightings(std::uint64_t after,
                                                       std::size_t count_max) override {
        return disk().read_sightings(after, count_max);
    }
    Result<std::vector<Place>> read_places(std::optional<LogPosition> before,
                                           std::size_t count_max) override {
        return disk().read_places(before, count_max);
    }
    Result<std::vector<PlacedEntry>> read_placed(const LogPosition& after,
                                                 std::size_t count_max) override {
        return disk().read_placed(after, count_max);
    }
    Result<std::vector<PlacedEntry>> read_log(std::uint64_t after, std::size_t count_max) override {
        return disk().read_log(after, count_max);
    }
    Result<std::size_t> prune(UtcTime before, std::size_t count_max) override {
        return disk().prune(before, count_max);
    }
    void sign_with(const SigningKey& key) override { disk().sign_with(key); }
    Result<std::optional<SignedHead>> newest_head() override { return disk().newest_head(); }
    Result<SignedHead> sign_head(UtcTime now) override { return disk().sign_head(now); }
    Result<EntriesFound> read_entries(const EntryQuery& query, std::size_t rows_max) override {
        return disk().read_entries(query, rows_max);
    }
    Result<AuditPiece> read_audit(std::uint64_t after, std::size_t rows_max) override {
        return disk().read_audit(after, rows_max);
    }

private:
    Journal& disk() { return *node_.journal; }

    void accept(const Entry& entry) {
        // Of two requests with one id the second one is never of the same moment.
        now_ += Milliseconds(1);
        if (!node_.is_running()) node_.start(now_);
        node_.turn(now_);
        run_until([this] { return node_.is_ready(); });
        node_.propose(entry);
        run_until([this, &entry] { return !node_.open.contains(entry.id); });
    }

    template <class Done>
    void run_until(Done is_done) {
        while (!is_done()) {
            stream_.advance(now_);
            if (node_.turn(now_)) continue;
            const auto at_stream = stream_.next();
            const auto at_node = node_.next();
            CRIER_ASSERT(at_stream || at_node, "somebody has something to do");
            now_ = std::max(now_, std::min(at_stream.value_or(Instant::max()),
                                           at_node.value_or(Instant::max())));
        }
    }

    testing::MemoryStream& stream_;
    testing::ClusterNode& node_;
    Instant& now_;
    std::vector<EntryResult> results_;
};

}  // namespace crier::broker

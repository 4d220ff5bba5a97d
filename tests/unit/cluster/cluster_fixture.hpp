/// \file
/// Three brokers and their stream, in virtual time, without faults but those that a test makes.

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "broker/cluster/envelope.hpp"
#include "tests/support/cluster_node.hpp"

namespace crier::testing {

class ClusterTest : public ::testing::Test {
protected:
    ClusterTest() {
        stream.settings.epoch = utc_from_ms(0);
        // Some seconds after the beginning, so that clocks can be wrong.
        now += Milliseconds(100'000);
        stream.advance(now);
    }

    void start_all() {
        for (ClusterNode* node : all) node->start(now);
        settle();
    }

    /// Everything that happens without time passing.
    void settle() {
        bool has_done = true;
        while (has_done) {
            stream.advance(now);
            has_done = false;
            for (ClusterNode* node : all) has_done = node->turn(now) || has_done;
        }
    }

    void pass(Milliseconds time) {
        const Instant end = now + time;
        while (now < end) {
            settle();
            std::optional<Instant> next = stream.next();
            for (const ClusterNode* node : all) {
                const auto at = node->next();
                if (at) next = next ? std::min(*next, *at) : *at;
            }
            now = next ? std::clamp(*next, now + Milliseconds(1), end) : end;
        }
        settle();
    }

    void cut_all() {
        for (std::size_t port = 0; port < all.size(); ++port) stream.cut(port);
        settle();
    }
    void connect_all() {
        for (std::size_t port = 0; port < all.size(); ++port) {
            if (all[port]->is_running()) stream.connect(port);
        }
        settle();
    }
    /// As when all servers start again from what an older disk has.
    void restore(const MemoryStream::Copy& copy) {
        cut_all();
        stream.restore(copy, MemoryStream::Restart::noticed);
        pass(Milliseconds(1'000));
    }

    /// The same, of the stream without its messages below `first`.
    void restore_from(std::uint64_t first) {
        MemoryStream::Copy copy = stream.copy();
        copy.first = first;
        std::erase_if(copy.messages, [&](const auto& one) { return one.number < first; });
        restore(copy);
    }

    /// Proposes entry `number`, which is accepted.
    void accept(ClusterNode& node, std::uint64_t number) {
        node.propose(entry_number(number));
        settle();
        EXPECT_TRUE(node.accepted.contains(message_id(number))) << number;
    }

    /// All are ready, and have these entries, each once; the stream has them too.
    void expect_everywhere(const std::vector<MessageId>& entries) {
        const std::set<MessageId> wanted(entries.begin(), entries.end());
        for (ClusterNode* node : all) {
            const std::vector<MessageId> stored = node->stored();
            EXPECT_EQ(std::set(stored.begin(), stored.end()), wanted);
            EXPECT_EQ(stored.size(), entries.size());
            EXPECT_TRUE(node->is_ready());
        }
        const std::vector<MessageId> in_it = in_stream();
        for (const MessageId& id : wanted) {
            EXPECT_NE(std::find(in_it.begin(), in_it.end(), id), in_it.end()) << to_string(id);
        }
    }

    [[nodiscard]] static std::vector<BrokerId> members() {
        return {broker_id(0), broker_id(1), broker_id(2)};
    }
    [[nodiscard]] static std::vector<MessageId> ids(std::vector<std::uint64_t> numbers) {
        std::vector<MessageId> ids;
        for (const std::uint64_t number : numbers) ids.push_back(message_id(number));
        return ids;
    }

    /// What lies in the stream: the entries' ids; {} in place of a generation.
    [[nodiscard]] std::vector<MessageId> in_stream() const {
        std::vector<MessageId> found;
        for (const StreamMessage& message : stream.messages()) {
            const auto envelope = broker::open(message, cluster_key());
            if (!envelope) continue;
            const auto* entry = std::get_if<Entry>(&envelope->content);
            found.push_back(entry == nullptr ? MessageId{} : entry->id);
        }
        return found;
    }

    /// The generations that were begun, in their order.
    [[nodiscard]] std::vector<std::uint64_t> generations() const {
        std::vector<std::uint64_t> found;
        for (const StreamMessage& message : stream.messages()) {
            const auto envelope = broker::open(message, cluster_key());
            if (envelope && std::holds_alternative<broker::NewGeneration>(envelope->content)) {
                found.push_back(envelope->generation);
            }
        }
        return found;
    }

    [[nodiscard]] std::size_t copies_of(std::uint64_t number) const {
        const std::vector<MessageId> found = in_stream();
        return static_cast<std::size_t>(std::count(found.begin(), found.end(), message_id(number)));
    }

    Instant now{};
    MemoryStream stream{StreamSettings{}};
    ClusterNode a{0, stream};
    ClusterNode b{1, stream};
    ClusterNode c{2, stream};
    std::array<ClusterNode*, 3> all{&a, &b, &c};
};

/// An ordering alone: events in, effects out, by hand.
class BareOrdering {
public:
    explicit BareOrdering(std::optional<LogCursor> cursor = std::nullopt,
                          std::size_t unplaced = 0) {
        settings.broker = broker_id(0);
        settings.key = cluster_key();
        broker::Recovery recovery;
        recovery.cursor = cursor;
        recovery.unplaced = unplaced;
        recovery.last_seq = unplaced;
        recovery.members = {settings.broker};
        ordering = std::make_unique<broker::Ordering>(settings, recovery, moment(), effects);
    }

    /// What it asks for on that.
    const broker::OrderingEffects& step(const broker::OrderingEvent& event) {
        effects.clear();
        ordering->step(event, moment(), effects);
        for (const broker::OrderingEffect& effect : effects) {
            const auto* state = std::get_if<broker::StateChanged>(&effect);
            if (state != nullptr) ready_ = !state->problem;
        }
        return effects;
    }
    const broker::OrderingEffects& pass(Milliseconds time) {
        now += time;
        return step(broker::TimePassed{});
    }
    /// As from a journal without places and entries.
    void answer_journal() {
        const broker::OrderingEffects asked = effects;
        for (const broker::OrderingEffect& effect : asked) {
            if (const auto* places = std::get_if<broker::ReadPlaces>(&effect)) {
                step(broker::PlacesRead{places->ticket, std::vector<broker::Place>{}});
            }
        }
    }
    /// Ready on an empty stream.
    void make_ready() {
        step(broker::BackboneUp{});
        answer_journal();
        EXPECT_TRUE(is_ready());
    }

    [[nodiscard]] bool is_ready() const { return ready_; }
    template <class Effect>
    [[nodiscard]] const Effect* find() const {
        for (const broker::OrderingEffect& effect : effects) {
            if (const auto* found = std::get_if<Effect>(&effect)) return found;
        }
        return nullptr;
    }
    [[nodiscard]] Moment moment() const { return {now, utc_from_ms(0) + now.time_since_epoch()}; }

    /// A message as the stream has it.
    [[nodiscard]] StreamMessage message(std::uint64_t number, broker::Envelope envelope) const {
        const auto sealed = broker::seal(envelope, cluster_key());
        return {number, moment().utc, sealed.id, sealed.body};
    }
    [[nodiscard]] StreamMessage entry(std::uint64_t number, std::uint64_t entry,
                                      std::uint64_t generation = 1) const {
        return message(number, {broker_id(1), generation, moment().utc, entry_number(entry)});
    }

    broker::OrderingSettings settings;
    Instant now{Milliseconds(1'000'000)};
    broker::OrderingEffects effects;
    std::unique_ptr<broker::Ordering> ordering;

private:
    bool ready_ = false;
};

}  // namespace crier::testing

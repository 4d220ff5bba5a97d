/// \file
/// A notification server that says only what the test has it say, and notes what it is asked.

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "subscriber/screens/notification_server.hpp"

namespace crier::screens::testing {

class PlayedNotificationServer final : public NotificationServer {
public:
    const std::optional<ServerFacts>& facts() const override { return facts_; }
    void wake() override { wakings += 1; }
    NoteTicket notify(const Note& note) override {
        notes.push_back(note);
        if (!refuses.empty()) says(NotNotified{notes.size(), refuses});
        return notes.size();
    }
    void close(std::uint32_t id) override { closed.push_back(id); }
    void ask_held_back() override { questions += 1; }
    void add_waits(std::vector<pollfd>& waits) const override { waits.push_back({-1, 0, 0}); }
    std::optional<Milliseconds> next_serve() const override { return std::nullopt; }
    void serve() override {}
    bool is_lost() const override { return is_gone; }
    std::vector<ServerEvent> take_events() override { return std::exchange(events_, {}); }

    void comes(const std::string& instance = "bus :1.1",
               ServerFacts facts = {"played 1.0", true, true}) {
        facts_ = std::move(facts);
        says(ServerCame{*facts_, instance});
    }
    void goes(std::string cause) {
        facts_.reset();
        says(ServerGone{std::move(cause)});
    }
    /// In answer to the note of that number, from 1.
    void takes(NoteTicket ticket, std::uint32_t id,
               std::optional<std::string> held_back = std::nullopt, bool shows_critical = false) {
        says(Notified{ticket, id, {std::move(held_back), shows_critical}});
    }
    /// The screen hears of it when it is served next.
    void says(ServerEvent event) { events_.push_back(std::move(event)); }

    std::vector<std::uint32_t> take_closed() { return std::exchange(closed, {}); }

    std::vector<Note> notes;            ///< The note of ticket N is notes[N - 1].
    std::vector<std::uint32_t> closed;  ///< What it was asked to close.
    std::string refuses;                ///< Why it refuses each, at once; empty: it does not.
    bool is_gone = false;
    int wakings = 0;
    int questions = 0;  ///< Whether it holds back.

private:
    std::optional<ServerFacts> facts_;
    std::vector<ServerEvent> events_;
};

}  // namespace crier::screens::testing

// What is heard of screens, and what was on them when somebody asks.
#include <algorithm>
#include <limits>
#include <tuple>

#include "broker/core/page_filler.hpp"
#include "broker/core/stages.hpp"

namespace crier::broker {
namespace {

using What = Sighting::What;

bool is_on_screen(State state) {
    return state == State::displayed || is_answer(state);
}

/// What one page says of messages, each worked out once.
class WordsOfMessages {
public:
    explicit WordsOfMessages(const LogAnswered::Screens& found) : found_(found) {}

    Result<Words> at(std::uint64_t seq, std::uint32_t revision) {
        const auto [place, is_new] = words_.try_emplace({seq, revision});
        if (is_new) {
            Result<Words> words = words_of(found_.messages.at(seq), revision);
            if (!words) return words;
            place->second = std::move(*words);
        }
        return place->second;
    }

private:
    const LogAnswered::Screens& found_;
    std::map<std::pair<std::uint64_t, std::uint32_t>, Words> words_;
};

OnScreen on_screen(const SeenMessage& seen, const Session& session, const StoredMessage& message,
                   const Words& words) {
    OnScreen shown;
    shown.session = session.id;
    shown.user = session.attributes.user;
    shown.user_verified = session.user_verified;
    shown.system_user = session.attributes.system_user;
    shown.system_user_verified = session.system_user_verified;
    shown.machine = session.attributes.machine;
    shown.application = session.attributes.application;
    shown.message = message.entry.entry.id;
    shown.seq = seen.seq;
    shown.revision = seen.revision;
    shown.by = words.by;
    shown.said = words.said;
    shown.content = words.content;
    shown.shown = seen.shown;
    shown.is_certain = seen.is_certain;
    return shown;
}

}  // namespace

// ---- Hearing ------------------------------------------------------------------------------------

/// What a receipt says of the screen, whatever it says of the message's state: it may be of an
/// older revision, or come long after.
void Engine::Stages::note_screen(const Stay& stay, const protocol::Receipt& receipt,
                                 const Message* message) {
    if (!is_on_screen(receipt.state)) return;
    if (message != nullptr && message->cells.find(stay.number) == nullptr) return;
    // Clocks differ a little. Told once more, it has to be the same time again.
    const UtcTime earliest = message != nullptr ? message->sent : UtcTime{};
    const auto plausible = [&](UtcTime said) {
        if (said == UtcTime{}) return now.utc;  // It did not say.
        return std::min(std::max(said, earliest), now.utc);
    };
    Sighting heard{.session = stay.number, .seq = message != nullptr ? message->seq : 0};
    if (message == nullptr) heard.id = receipt.id;
    const bool tells_since = receipt.shown || receipt.state == State::displayed;
    if (tells_since || !receipt.removed) {
        heard.at = plausible(receipt.shown.value_or(receipt.at));
        heard.revision = receipt.revision;
        sightings.add(heard);
    }
    if (!receipt.removed) return;
    heard.what = What::gone;
    heard.revision = receipt.revision;
    heard.at = plausible(receipt.gone.value_or(now.utc));
    sightings.add(heard);
}

/// A session that comes back names what it shows.
void Engine::Stages::note_named(const Stay& stay, const protocol::Known& known,
                                const Message* message) {
    if (!known.on_screen || !is_on_screen(known.state)) return;
    if (message != nullptr && message->cells.find(stay.number) == nullptr) return;
    Sighting heard{What::named, stay.peer->hello_at, stay.number, 0, known.revision};
    if (message != nullptr) {
        heard.seq = message->seq;
    } else {
        heard.id = known.id;
    }
    sightings.add(heard);
}

/// Each name is written down. Who comes and goes all the time could fill the disk with them.
bool Engine::Stages::pay_for_names(Stay& stay, const std::vector<protocol::Known>& known) const {
    const auto names = std::count_if(known.begin(), known.end(), [](const protocol::Known& one) {
        return one.on_screen && is_on_screen(one.state);
    });
    return stay.names.spend(now.steady, Stay::names_limits, static_cast<double>(names));
}

/// Nothing is known of it since it was heard last.
void Engine::Stages::note_lost(const Stay& stay) {
    const Milliseconds silent = now.steady - stay.peer->last_heard;
    sightings.add({.what = What::lost, .at = now.utc - silent, .session = stay.number});
}

void Engine::Stages::note_all_lost() {
    for (const auto& [number, stay] : stays.all()) {
        if (is_connected(stay)) note_lost(stay);
    }
}

/// It is kept until it is on the disk, because nobody tells it again.
void Engine::Stages::flush_sightings() {
    if (sightings.empty()) return;
    RecordSightings record{sightings.take(), now.utc};
    if (!storage_problem) {
        emit(record);
        writes += 1;
    }
    unwritten_sightings_bytes += record.sightings.size();
    // What was not even tried waits for the journal to be back.
    const std::uint64_t write =
        storage_problem ? std::numeric_limits<std::uint64_t>::max() : writes;
    unwritten_sightings.emplace_back(write, std::move(record));
    constexpr std::size_t bytes_max = 4u << 20;
    if (unwritten_sightings_bytes <= bytes_max || !storage_problem) return;
    // The disk has been full for long: what was heard meanwhile is not known.
    unwritten_sightings.clear();
    unwritten_sightings_bytes = 0;
    sightings.add({.what = What::started, .at = now.utc});
}

void Engine::Stages::forget_written_sightings() {
    while (!unwritten_sightings.empty() && unwritten_sightings.front().first <= committed) {
        unwritten_sightings_bytes -= unwritten_sightings.front().second.sightings.size();
        unwritten_sightings.pop_front();
    }
}

void Engine::Stages::write_sightings_anew() {
    for (auto& [write, record] : unwritten_sightings) {
        emit(record);
        write = writes += 1;
    }
    flush_sightings();
}

// ---- Telling ------------------------------------------------------------------------------------

void Engine::Stages::on_request(Peer& peer, const protocol::AskScreens& request) {
    auto filter = protocol::Filter::parse(request.where);
    if (!filter) {
        protocol::Refused refused = refused_by(filter.error(), request.where);
        refused.request = request.request;
        return send(peer.id, protocol::ToOperator{std::move(refused)});
    }
    // An operator's clock may be ahead of this one.
    constexpr Milliseconds ahead_max{60'000};
    if (request.at > now.utc + ahead_max) {
        return refuse(peer,
                      {ErrorCode::time_invalid, to_string(request.at) +
                                                    " is yet to come: nobody knows what will be on "
                                                    "screens then"},
                      request.request);
    }
    // Each reads all there is, and keeps much of it until it is done.
    constexpr std::ptrdiff_t screens_at_once = 4;
    const auto asked_now =
        std::count_if(log_questions.begin(), log_questions.end(),
                      [](const auto& question) { return question.second.is_of_screens; });
    if (asked_now >= screens_at_once) {
        return refuse(
            peer, {ErrorCode::overloaded, "others ask for screens just now: try again in a moment"},
            request.request);
    }
    AskLog::Screens asked{std::min(request.at, now.utc),
                          [filter = std::move(*filter)](const SessionRecord& record) {
                              const Result<Session> session = session_from(record);
                              return session && filter.matches(*session);
                          },
                          // Each is looked at once in a heartbeat.
                          limits::silence_max(settings.heartbeat) + settings.heartbeat};
    auto answered = [this, request](Peer& asker, const LogAnswered& answer) {
        tell_screens(asker, request, std::get<LogAnswered::Screens>(*answer.answer));
    };
    flush_facts();  // What was heard in this turn counts too.
    ask_log(peer, request.request, AskLog{0, std::move(asked)}, std::move(answered));
}

/// A message is no evidence of a session that it was never for: anybody can claim to show anything.
void Engine::Stages::keep_own(std::vector<SeenMessage>& seen, const LogAnswered::Screens& found) {
    std::map<std::uint64_t, Cells> read;
    const auto was_for = [&](const SeenMessage& one) {
        const auto stored = found.messages.find(one.seq);
        if (stored == found.messages.end()) return false;  // Pruned.
        if (const Message* held = messages.find(one.seq)) {
            return held->cells.find(one.session) != nullptr;
        }
        const auto [place, is_new] = read.try_emplace(one.seq);
        if (is_new) {
            if (Result<Cells> cells = newest_cells_of(stored->second)) {
                place->second = std::move(*cells);
            }
        }
        return place->second.find(one.session) != nullptr;
    };
    std::erase_if(seen, [&](const SeenMessage& one) { return !was_for(one); });
}

void Engine::Stages::tell_screens(const Peer& asker, const protocol::AskScreens& request,
                                  const LogAnswered::Screens& found) {
    std::vector<SeenMessage> seen = found.seen;
    keep_own(seen, found);
    const auto key = [&](const SeenMessage& one) {
        return std::tuple(found.sessions.at(one.session).id, one.session, one.shown, one.seq);
    };
    std::sort(seen.begin(), seen.end(), [&](const SeenMessage& left, const SeenMessage& right) {
        return key(left) < key(right);
    });
    protocol::ScreenPage page;
    page.request = request.request;
    page.known_since = found.known_since;
    page.sessions = static_cast<std::uint32_t>(found.sessions.size());
    PageFiller filler(page.screens);
    WordsOfMessages words(found);
    for (std::size_t i = request.skip; i < seen.size(); ++i) {
        const Result<Session> session = session_from(found.sessions.at(seen[i].session));
        if (!session) return refuse(asker, session.error(), request.request);
        const Result<Words> said = words.at(seen[i].seq, seen[i].revision);
        if (!said) return refuse(asker, said.error(), request.request);
        if (filler.add(on_screen(seen[i], *session, found.messages.at(seen[i].seq), *said))) {
            continue;
        }
        page.more = true;
        break;
    }
    send(asker.id, protocol::ToOperator{std::move(page)});
}

}  // namespace crier::broker

#include "broker/core/key_ring.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "shared/base/limits.hpp"

namespace crier::broker {
namespace {

Error invalid(std::string why) {
    return {ErrorCode::target_invalid, std::move(why)};
}

/// What is wrong with it, whatever keys there are.
std::optional<Error> problem_of(const RegisteredKey& said, UtcTime now) {
    const auto rights = Rights::parse(said.rights);
    if (!rights) return invalid(said.name + ": " + rights.error().detail);
    const bool is_own = rights->send_scope().kind == SendScope::Kind::own_user;
    if (is_own && (said.user.empty() || said.user.find_first_of("*?") != std::string::npos)) {
        return invalid(said.name + ": send:own needs a user, without * and ?");
    }
    if (said.expires && *said.expires <= now) {
        return invalid(said.name + " expires at " + to_string(*said.expires) + ", which is past");
    }
    return std::nullopt;
}

/// A key that a change names more than once.
std::optional<PublicKey> find_twin(const KeyChange& change) {
    std::set<PublicKey> seen;
    for (const RegisteredKey& one : change.set) {
        if (!seen.insert(one.key).second) return one.key;
    }
    for (const PublicKey& key : change.revoke) {
        if (!seen.insert(key).second) return key;
    }
    return std::nullopt;
}

/// Who may change keys, now and for ever: one that expires may be all that is left one day.
bool has_keeper(const KeyRing& ring, const KeyChange& change) {
    const Principals lasting = ring.in_force(UtcTime::max(), change);
    return std::any_of(lasting.all().begin(), lasting.all().end(),
                       [](const auto& one) { return one.second.rights.has(Right::keys); });
}

/// Every ticket that it could be about has expired.
bool is_pointless(UtcTime revoked, UtcTime now) {
    return revoked + limits::ticket_time_max + limits::ticket_early_max < now;
}

void put_in_force(Principals& principals, const RegisteredKey& said, UtcTime now) {
    if (said.expires && *said.expires <= now) return;
    // What was registered was looked at before; a right that only a newer broker knows is none.
    const Result<Rights> rights = Rights::parse(said.rights);
    if (!rights) return;
    std::string within = filter_of(rights->send_scope(), said.user);
    principals.add(said.key, {said.name, *rights, std::move(within), said.user});
}

}  // namespace

KeyRing::KeyRing(const Principals& first) {
    for (const auto& [key, principal] : first.all()) {
        RegisteredKey said;
        said.key = key;
        said.name = principal.name;
        said.rights = principal.rights.lines();
        words_[key].said = std::move(said);
    }
}

std::optional<Error> KeyRing::refusal_of(const KeyChange& change, UtcTime now) const {
    for (const RegisteredKey& one : change.set) {
        if (const auto problem = problem_of(one, now)) return problem;
    }
    if (const auto twin = find_twin(change)) {
        return invalid("the key " + to_string(*twin) + " is named twice");
    }
    for (const PublicKey& key : change.revoke) {
        if (find(key) != nullptr) continue;
        return invalid("the key " + to_string(key) +
                       " is not registered; `crier keys list` lists those that are");
    }
    const auto added = static_cast<std::size_t>(
        std::count_if(change.set.begin(), change.set.end(),
                      [this](const RegisteredKey& one) { return find(one.key) == nullptr; }));
    if (list(std::nullopt).size() + added > limits::keys_max) {
        return Error{ErrorCode::limit_exceeded,
                     "more than " + std::to_string(limits::keys_max) + " keys"};
    }
    const std::size_t revoked = revocations() - pointless_revocations(now) +
                                change.revoke_tickets.size() + change.revoke_tickets_of.size();
    if (revoked > limits::keys_max) {
        return Error{ErrorCode::limit_exceeded,
                     "more than " + std::to_string(limits::keys_max) +
                         " revocations of tickets: name users, not tickets"};
    }
    if (!has_keeper(*this, change)) {
        return invalid(
            "nobody could change keys any more: one key that does not expire must keep "
            "the right \"keys\"");
    }
    return std::nullopt;
}

std::vector<std::uint64_t> KeyRing::take(const Source& source, const KeyChange& change) {
    std::vector<std::uint64_t> over;
    kept_[source.seq] = {source, 1};  // Held until all of it is said.
    for (const RegisteredKey& one : change.set) {
        RegisteredKey said = one;
        said.since = source.at;
        said.by = source.by;
        say(source, one.key, std::move(said), over);
    }
    for (const PublicKey& key : change.revoke) say(source, key, std::nullopt, over);
    for (const std::string& id : change.revoke_tickets) revoke(tickets_, source, id, over);
    for (const std::string& user : change.revoke_tickets_of) {
        revoke(tickets_of_, source, user, over);
    }
    make_room(source.at, over);
    let_go(source.seq, over);
    return over;
}

void KeyRing::say(const Source& source, const PublicKey& key, std::optional<RegisteredKey> said,
                  std::vector<std::uint64_t>& over) {
    Word& word = words_[key];
    if (std::tie(source.at, source.id) <= std::tie(word.at, word.id)) return;
    const std::uint64_t before = word.seq;
    word = {source.seq, source.at, source.id, std::move(said)};
    kept_[source.seq].words += 1;
    if (before != 0) let_go(before, over);
}

void KeyRing::revoke(Revocations& revocations, const Source& source, const std::string& name,
                     std::vector<std::uint64_t>& over) {
    Revocation& said = revocations[name];
    if (source.at <= said.at) return;
    const std::uint64_t before = std::exchange(said.seq, source.seq);
    said.at = source.at;
    kept_[source.seq].words += 1;
    if (before != 0) let_go(before, over);
}

std::size_t KeyRing::pointless_revocations(UtcTime now) const {
    std::size_t count = 0;
    for (const Revocations* all : {&tickets_, &tickets_of_}) {
        for (const auto& [name, revocation] : *all) count += is_pointless(revocation.at, now);
    }
    return count;
}

/// Forgets the oldest, when every ticket that they could be about has expired. Not before there are
/// too many: a clock that was once ahead would else bring all revoked tickets back.
void KeyRing::make_room(UtcTime now, std::vector<std::uint64_t>& over) {
    const auto is_older = [](const auto& one, const auto& other) {
        return one.second.at < other.second.at;
    };
    while (revocations() > limits::keys_max) {
        Revocations* oldest_in = nullptr;
        Revocations::iterator oldest;
        for (Revocations* all : {&tickets_, &tickets_of_}) {
            const auto first = std::min_element(all->begin(), all->end(), is_older);
            if (first == all->end()) continue;
            if (oldest_in != nullptr && !is_older(*first, *oldest)) continue;
            oldest_in = all;
            oldest = first;
        }
        if (!is_pointless(oldest->second.at, now)) return;
        let_go(oldest->second.seq, over);
        oldest_in->erase(oldest);
    }
}

void KeyRing::let_go(std::uint64_t seq, std::vector<std::uint64_t>& over) {
    const auto kept = kept_.find(seq);
    if (--kept->second.words > 0) return;
    kept_.erase(kept);
    over.push_back(seq);
}

const KeyRing::Source* KeyRing::source(const MessageId& id) const {
    const auto found = std::find_if(kept_.begin(), kept_.end(), [&id](const auto& numbered) {
        return numbered.second.source.id == id;
    });
    return found == kept_.end() ? nullptr : &found->second.source;
}

UtcTime KeyRing::time_of_change(UtcTime now) const {
    for (const auto& [seq, kept] : kept_) now = std::max(now, kept.source.at + Milliseconds{1});
    return now;
}

const RegisteredKey* KeyRing::find(const PublicKey& key) const {
    const auto found = words_.find(key);
    return found == words_.end() || !found->second.said ? nullptr : &*found->second.said;
}

bool KeyRing::was_revoked(const PublicKey& key) const {
    const auto found = words_.find(key);
    return found != words_.end() && !found->second.said;
}

std::vector<PublicKey> KeyRing::revoked() const {
    std::vector<PublicKey> keys;
    for (const auto& [key, word] : words_) {
        if (!word.said) keys.push_back(key);
    }
    return keys;
}

bool KeyRing::is_for_sessions(const PublicKey& key) const {
    const RegisteredKey* said = find(key);
    if (said == nullptr) return false;
    const Result<Rights> rights = Rights::parse(said->rights);
    return rights && rights->has(Right::session);
}

bool KeyRing::was_revoked(const Ticket& ticket) const {
    if (!ticket.id.empty() && tickets_.contains(ticket.id)) return true;
    const auto user = tickets_of_.find(ticket.user);
    return user != tickets_of_.end() && ticket.issued <= user->second.at + limits::ticket_early_max;
}

std::vector<const RegisteredKey*> KeyRing::list(const std::optional<PublicKey>& after) const {
    std::vector<const RegisteredKey*> listed;
    for (auto word = after ? words_.upper_bound(*after) : words_.begin(); word != words_.end();
         ++word) {
        if (word->second.said) listed.push_back(&*word->second.said);
    }
    return listed;
}

Principals KeyRing::in_force(UtcTime now, const KeyChange& change) const {
    Principals principals;
    const auto is_changed = [&change](const PublicKey& key) {
        const auto& set = change.set;
        const auto& revoke = change.revoke;
        return std::find(revoke.begin(), revoke.end(), key) != revoke.end() ||
               std::any_of(set.begin(), set.end(), [&](const auto& one) { return one.key == key; });
    };
    for (const RegisteredKey& one : change.set) put_in_force(principals, one, now);
    for (const auto& [key, word] : words_) {
        if (word.said && !is_changed(key)) put_in_force(principals, *word.said, now);
    }
    return principals;
}

std::optional<UtcTime> KeyRing::next_expiry(UtcTime now) const {
    std::optional<UtcTime> next;
    for (const auto& [key, word] : words_) {
        const auto expires = word.said ? word.said->expires : std::nullopt;
        if (expires && *expires > now && (!next || *expires < *next)) next = expires;
    }
    return next;
}

}  // namespace crier::broker

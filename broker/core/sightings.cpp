#include "broker/core/sightings.hpp"

#include <algorithm>

#include "broker/core/varint.hpp"

namespace crier::broker {
namespace {

using What = Sighting::What;

constexpr std::uint8_t kind_mask = 7;
constexpr std::uint8_t same_session = 8;
constexpr std::uint8_t same_seq = 16;
constexpr std::uint8_t same_revision = 32;
constexpr std::uint8_t same_time = 64;
constexpr std::uint8_t begins = 0x80;

/// Differences of either sign, the small ones in few bytes.
std::uint64_t zigzag(std::uint64_t difference) {
    const auto is_negative = static_cast<std::int64_t>(difference) < 0;
    return (difference << 1) ^ (is_negative ? ~std::uint64_t{0} : 0);
}

std::uint64_t unzigzag(std::uint64_t packed) {
    return (packed >> 1) ^ ((packed & 1) != 0 ? ~std::uint64_t{0} : 0);
}

bool is_of_session(What what) {
    return what != What::started;
}

bool is_of_message(What what) {
    return what == What::shown || what == What::gone || what == What::named;
}

}  // namespace

void SightingWriter::add(const Sighting& sighting) {
    if (bytes_.empty()) {
        bytes_.push_back(begins);
        before_ = {};
    }
    const bool has_session = is_of_session(sighting.what);
    const bool has_message = is_of_message(sighting.what);
    const bool is_same_session = !has_session || sighting.session == before_.session;
    const bool is_same_seq =
        !has_message || (sighting.seq == before_.seq && sighting.seq != 0 && before_.seq != 0);
    const bool is_same_revision = !has_message || sighting.revision == before_.revision;
    const bool is_same_time = sighting.at == before_.at;

    unsigned head = static_cast<std::uint8_t>(sighting.what);
    if (is_same_session) head |= same_session;
    if (is_same_seq) head |= same_seq;
    if (is_same_revision) head |= same_revision;
    if (is_same_time) head |= same_time;
    bytes_.push_back(static_cast<std::uint8_t>(head));
    if (!is_same_session) {
        put_varint(bytes_, zigzag(std::uint64_t{sighting.session} - before_.session));
        before_.session = sighting.session;
    }
    if (!is_same_seq) {
        put_varint(bytes_, zigzag(sighting.seq - before_.seq));
        before_.seq = sighting.seq;
        if (sighting.seq == 0) {
            const auto& id = sighting.id.value_or(MessageId{}).bytes;
            bytes_.insert(bytes_.end(), id.begin(), id.end());
        }
    }
    if (!is_same_revision) {
        put_varint(bytes_, sighting.revision);
        before_.revision = sighting.revision;
    }
    if (!is_same_time) {
        const auto ms = static_cast<std::uint64_t>(to_ms(sighting.at));
        put_varint(bytes_, zigzag(ms - static_cast<std::uint64_t>(to_ms(before_.at))));
        before_.at = sighting.at;
    }
}

Bytes SightingWriter::take() {
    Bytes taken;
    taken.reserve(bytes_.size());  // The next turn will bring about as much.
    taken.swap(bytes_);
    return taken;
}

Status read_sightings(const Bytes& packed,
                      const std::function<void(const Sighting&)>& on_sighting) {
    VarintReader in(packed);
    Sighting before;
    while (!in.at_end()) {
        const std::uint8_t head = in.byte();
        if (head == begins) {
            before = {};
            continue;
        }
        if (head > begins || (head & kind_mask) > static_cast<std::uint8_t>(What::named))
            return fail(ErrorCode::journal_damaged, "a sighting is of no known kind");
        before.what = static_cast<What>(head & kind_mask);
        before.id.reset();
        if ((head & same_session) == 0) {
            before.session += static_cast<std::uint32_t>(unzigzag(in.varint()));
        }
        if ((head & same_seq) == 0) {
            before.seq += unzigzag(in.varint());
            if (before.seq == 0) {
                MessageId& id = before.id.emplace();
                for (std::uint8_t& byte : id.bytes) byte = in.byte();
            }
        }
        if ((head & same_revision) == 0) before.revision = in.number();
        if ((head & same_time) == 0) {
            const auto ms = static_cast<std::uint64_t>(to_ms(before.at)) + unzigzag(in.varint());
            before.at = utc_from_ms(static_cast<std::int64_t>(ms));
        }
        if (!in.ok()) return fail(ErrorCode::journal_damaged, "a sighting does not read back");
        Sighting heard = before;
        if (!is_of_session(heard.what)) heard.session = 0;
        if (!is_of_message(heard.what)) heard.seq = heard.revision = 0;
        on_sighting(heard);
    }
    return {};
}

}  // namespace crier::broker

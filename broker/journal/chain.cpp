#include "broker/journal/chain.hpp"

#include <concepts>
#include <span>
#include <string>
#include <string_view>

namespace crier::broker {
namespace {

// What a hash or a signature is of, so that none can pass for one of another thing.
constexpr std::string_view entry_domain = "crier entry 1";
constexpr std::string_view head_domain = "crier head 1";
constexpr std::string_view pruned_domain = "crier pruned 1";
constexpr std::string_view beginning_domain = "crier beginning 1";

/// No log gets as long; seqs that go on behind it are still SQLite's, which are signed.
constexpr std::uint64_t beginning_max = std::uint64_t{1} << 62;

/// Integers as 8 bytes, little-endian; texts and blobs with their length before them.
class Form {
public:
    Form& add(std::integral auto value) {
        auto rest = static_cast<std::uint64_t>(value);
        for (int i = 0; i < 8; ++i, rest >>= 8) {
            bytes_.push_back(static_cast<std::uint8_t>(rest));
        }
        return *this;
    }
    Form& add(std::span<const std::uint8_t> bytes) {
        add(bytes.size());
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        return *this;
    }
    Form& add(std::string_view text) {
        return add({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    }
    Bytes take() { return std::move(bytes_); }

private:
    Bytes bytes_;
};

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Bytes form_of(const SignedHead& head) {
    return Form()
        .add(head_domain)
        .add(head.seq)
        .add(std::span<const std::uint8_t>(head.chain))
        .add(to_ms(head.time))
        .take();
}

Bytes form_of(const PrunedRange& range, std::string_view domain = pruned_domain) {
    return Form()
        .add(domain)
        .add(range.first)
        .add(range.last)
        .add(std::span<const std::uint8_t>(range.before))
        .add(std::span<const std::uint8_t>(range.chain))
        .take();
}

}  // namespace

Bytes canonical_form(std::uint64_t seq, const Entry& entry) {
    // An id that is not there has no bytes; one that is has 16.
    const auto about = entry.about ? std::span<const std::uint8_t>(entry.about->bytes)
                                   : std::span<const std::uint8_t>{};
    return Form()
        .add(seq)
        .add(std::span<const std::uint8_t>(entry.id.bytes))
        .add(static_cast<std::uint8_t>(entry.kind))
        .add(about)
        .add(to_ms(entry.at))
        .add(std::string_view(entry.principal))
        .add(std::span<const std::uint8_t>(entry.content_hash))
        .add(std::span<const std::uint8_t>(entry.body))
        .take();
}

Bytes32 chain_value(const Bytes32& before, std::uint64_t seq, const Entry& entry) {
    Bytes input(before.begin(), before.end());
    const Bytes form = canonical_form(seq, entry);
    input.insert(input.end(), form.begin(), form.end());
    return blake2b(input, bytes_of(entry_domain));
}

SignedHead sign_head(std::uint64_t seq, const Bytes32& chain, UtcTime time, const SigningKey& key) {
    SignedHead head{.seq = seq, .chain = chain, .time = time, .key = key.public_key()};
    head.signature = key.sign(form_of(head));
    return head;
}

bool has_valid_signature(const SignedHead& head) {
    return is_signed_by(head.key, form_of(head), head.signature);
}

Signature sign_pruned(const PrunedRange& range, const SigningKey* key) {
    return key == nullptr ? Signature{} : key->sign(form_of(range));
}

bool has_valid_signature(const PrunedRange& range, const Bytes32& public_key) {
    return is_signed_by(public_key, form_of(range), range.signature);
}

Status check_beginning(const PrunedRange& range, std::uint64_t last_seq) {
    if (range.first != 1 || range.last < range.first || range.last > beginning_max ||
        range.before != chain_start) {
        return fail(ErrorCode::malformed_frame, "no log begins with entries " +
                                                    std::to_string(range.first) + " to " +
                                                    std::to_string(range.last) + " pruned");
    }
    if (last_seq == 0) return {};
    return fail(ErrorCode::file_unusable,
                "this journal has begun already, it goes on behind entry " +
                    std::to_string(last_seq) + "; only an empty one can begin behind another's");
}

Signature sign_beginning(const PrunedRange& range, const SigningKey* key) {
    return key == nullptr ? Signature{} : key->sign(form_of(range, beginning_domain));
}

bool is_signed_beginning(const PrunedRange& range, const Bytes32& public_key) {
    return is_signed_by(public_key, form_of(range, beginning_domain), range.signature);
}

}  // namespace crier::broker

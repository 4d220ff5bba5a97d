#include "shared/base/crypto.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "shared/base/assert.hpp"

namespace crier {
namespace {

/// libsodium wants to be initialised once, before the first random number.
void ready() {
    static const bool initialised = sodium_init() >= 0;
    CRIER_ASSERT(initialised, "libsodium finds a source of random numbers on every Linux");
}

}  // namespace

Secret::~Secret() {
    sodium_memzero(bytes_.data(), bytes_.size());
}

Secret Secret::random() {
    Secret secret;
    fill_random(secret.bytes_);
    return secret;
}

void wipe(std::span<char> bytes) noexcept {
    sodium_memzero(bytes.data(), bytes.size());
}

void wipe(std::span<std::uint8_t> bytes) noexcept {
    sodium_memzero(bytes.data(), bytes.size());
}

void fill_random(std::span<std::uint8_t> bytes) noexcept {
    ready();
    randombytes_buf(bytes.data(), bytes.size());
}

std::uint64_t random_number() noexcept {
    ready();
    std::uint64_t number = 0;
    randombytes_buf(&number, sizeof number);
    return number;
}

Bytes32 blake2b(std::span<const std::uint8_t> data, std::span<const std::uint8_t> key) noexcept {
    Bytes32 hash;
    crypto_generichash(hash.data(), hash.size(), data.data(), data.size(),
                       key.empty() ? nullptr : key.data(), key.size());
    return hash;
}

SigningKey::SigningKey(const Secret& seed) : seed_(seed) {
    std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> pair;
    crypto_sign_seed_keypair(public_key_.data(), pair.data(), seed_.bytes().data());
    sodium_memzero(pair.data(), pair.size());
}

Signature SigningKey::sign(std::span<const std::uint8_t> data) const noexcept {
    // As libsodium wants it: the seed, then the public key.
    std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> pair;
    std::copy(seed_.bytes().begin(), seed_.bytes().end(), pair.begin());
    std::copy(public_key_.begin(), public_key_.end(), pair.begin() + crypto_sign_SEEDBYTES);
    Signature signature;
    crypto_sign_detached(signature.data(), nullptr, data.data(), data.size(), pair.data());
    sodium_memzero(pair.data(), pair.size());
    return signature;
}

bool is_signed_by(const Bytes32& public_key, std::span<const std::uint8_t> data,
                  const Signature& signature) noexcept {
    return crypto_sign_verify_detached(signature.data(), data.data(), data.size(),
                                       public_key.data()) == 0;
}

Bytes32 public_key_of(const Secret& secret_key) noexcept {
    Bytes32 public_key;
    crypto_scalarmult_base(public_key.data(), secret_key.bytes().data());
    return public_key;
}

static_assert(box_overhead == crypto_box_MACBYTES);
static_assert(sizeof(BoxNonce) == crypto_box_NONCEBYTES);

std::optional<std::vector<std::uint8_t>> make_box(std::span<const std::uint8_t> plain,
                                                  const BoxNonce& nonce,
                                                  const Bytes32& to_public_key,
                                                  const Secret& from_secret_key) {
    std::vector<std::uint8_t> box(plain.size() + box_overhead);
    const int failed = crypto_box_easy(box.data(), plain.data(), plain.size(), nonce.data(),
                                       to_public_key.data(), from_secret_key.bytes().data());
    if (failed != 0) return std::nullopt;
    return box;
}

std::optional<std::vector<std::uint8_t>> open_box(std::span<const std::uint8_t> box,
                                                  const BoxNonce& nonce,
                                                  const Bytes32& from_public_key,
                                                  const Secret& to_secret_key) {
    if (box.size() < box_overhead) return std::nullopt;
    std::vector<std::uint8_t> plain(box.size() - box_overhead);
    const int failed = crypto_box_open_easy(plain.data(), box.data(), box.size(), nonce.data(),
                                            from_public_key.data(), to_secret_key.bytes().data());
    if (failed != 0) return std::nullopt;
    return plain;
}

bool equal(const Bytes32& left, const Bytes32& right) noexcept {
    return sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

SessionId session_id_of(const Bytes32& public_key) noexcept {
    constexpr std::string_view domain = "crier session";
    std::array<std::uint8_t, domain.size() + 32> input{};
    std::copy(domain.begin(), domain.end(), input.begin());
    std::copy(public_key.begin(), public_key.end(), input.begin() + domain.size());
    const Bytes32 hash = blake2b(input);
    SessionId id;
    std::copy_n(hash.begin(), SessionId::size, id.bytes.begin());
    return id;
}

Bytes32 join_proof(const Secret& join_secret, const Bytes32& public_key) noexcept {
    return blake2b(public_key, join_secret.bytes());
}

MessageId new_message_id(UtcTime now) noexcept {
    MessageId id;
    fill_random(id.bytes);
    const auto ms = static_cast<std::uint64_t>(to_ms(now));
    for (std::size_t index = 0; index < 6; ++index) {
        id.bytes[index] = static_cast<std::uint8_t>(ms >> (40 - 8 * index));
    }
    id.bytes[6] = static_cast<std::uint8_t>(0x70 | (id.bytes[6] & 0x0f));  // version 7
    id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3f));  // RFC 9562 variant
    return id;
}

std::string to_base64url(std::span<const std::uint8_t> bytes) {
    constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
    text.pop_back();  // libsodium counts the terminating NUL.
    return text;
}

namespace {

bool decode_base64(std::string_view text, int variant, std::string& bytes) {
    std::string decoded(text.size(), '\0');
    std::size_t size = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(decoded.data()), decoded.size(),
                          text.data(), text.size(), nullptr, &size, nullptr, variant) != 0) {
        return false;
    }
    decoded.resize(size);
    bytes = std::move(decoded);
    return true;
}

}  // namespace

bool from_base64url(std::string_view text, std::string& bytes) {
    return decode_base64(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING, bytes);
}

bool from_base64(std::string_view text, std::string& bytes) {
    return decode_base64(text, sodium_base64_VARIANT_ORIGINAL, bytes);
}

}  // namespace crier

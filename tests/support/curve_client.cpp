#include "tests/support/curve_client.hpp"

#include <sodium.h>

#include <algorithm>
#include <string_view>

namespace crier::testing {
namespace {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;
using Nonce = std::array<std::uint8_t, crypto_box_NONCEBYTES>;

constexpr std::size_t mac_size = crypto_box_MACBYTES;
constexpr std::size_t short_nonce_size = 8;
constexpr std::size_t long_nonce_size = 16;
constexpr std::size_t cookie_size = 96;
constexpr std::string_view message_name = "\x07MESSAGE";
constexpr std::uint8_t more_flag = 0x01;
constexpr std::uint8_t command_flag = 0x02;

/// A nonce is a prefix that names the command, and a tail that is never used twice.
Nonce nonce_of(std::string_view prefix, BytesView tail) {
    Nonce nonce{};
    std::copy(prefix.begin(), prefix.end(), nonce.begin());
    std::copy(tail.begin(), tail.end(), nonce.begin() + static_cast<std::ptrdiff_t>(prefix.size()));
    return nonce;
}

std::array<std::uint8_t, short_nonce_size> big_endian(std::uint64_t number) {
    std::array<std::uint8_t, short_nonce_size> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
    }
    return bytes;
}

std::uint64_t from_big_endian(BytesView bytes) {
    std::uint64_t number = 0;
    for (const std::uint8_t byte : bytes) number = number << 8 | byte;
    return number;
}

void append(Bytes& out, BytesView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

Bytes box(BytesView plain, const Nonce& nonce, const CurveKey& to, const CurveKey& from_secret) {
    Bytes sealed(plain.size() + mac_size);
    if (crypto_box_easy(sealed.data(), plain.data(), plain.size(), nonce.data(), to.data(),
                        from_secret.data()) != 0) {
        sealed.clear();
    }
    return sealed;
}

}  // namespace

CurveKeyPair CurveKeyPair::generate() {
    CurveKeyPair keys;
    crypto_box_keypair(keys.public_key.data(), keys.secret_key.data());
    return keys;
}

CurveKeyPair CurveKeyPair::of(const CurveKey& secret_key) {
    CurveKeyPair keys;
    keys.secret_key = secret_key;
    crypto_scalarmult_base(keys.public_key.data(), secret_key.data());
    return keys;
}

CurveClient::CurveClient(const CurveKey& server_key, const CurveKeyPair& own_keys)
    : server_key_(server_key), own_(own_keys), transient_(CurveKeyPair::generate()) {}

Bytes CurveClient::hello() {
    constexpr std::size_t padding = 72;
    const std::array<std::uint8_t, 64> zeros{};
    const auto short_nonce = big_endian(++sent_);
    Bytes body;
    body.reserve(256);
    body.assign({1, 0});
    body.insert(body.end(), padding, 0);
    append(body, transient_.public_key);
    append(body, short_nonce);
    append(body, box(zeros, nonce_of("CurveZMQHELLO---", short_nonce), server_key_,
                     transient_.secret_key));
    return body;
}

Bytes CurveClient::on_welcome(BytesView welcome, BytesView metadata) {
    constexpr std::size_t plain_size = sizeof(CurveKey) + cookie_size;
    if (welcome.size() != long_nonce_size + plain_size + mac_size) return {};
    std::array<std::uint8_t, plain_size> plain{};
    const Nonce nonce = nonce_of("WELCOME-", welcome.first(long_nonce_size));
    const BytesView sealed = welcome.subspan(long_nonce_size);
    if (crypto_box_open_easy(plain.data(), sealed.data(), sealed.size(), nonce.data(),
                             server_key_.data(), transient_.secret_key.data()) != 0) {
        return {};
    }
    CurveKey server_transient{};
    std::copy_n(plain.begin(), server_transient.size(), server_transient.begin());
    const BytesView cookie = BytesView(plain).subspan(server_transient.size());
    if (crypto_box_beforenm(shared_.data(), server_transient.data(),
                            transient_.secret_key.data()) != 0) {
        return {};
    }

    // The vouch: the long-term key says that the transient one is its own.
    std::array<std::uint8_t, long_nonce_size> vouch_nonce{};
    randombytes_buf(vouch_nonce.data(), vouch_nonce.size());
    Bytes vouched;
    append(vouched, transient_.public_key);
    append(vouched, server_key_);
    Bytes secret_part;
    append(secret_part, own_.public_key);
    append(secret_part, vouch_nonce);
    append(secret_part,
           box(vouched, nonce_of("VOUCH---", vouch_nonce), server_transient, own_.secret_key));
    append(secret_part, metadata);

    const auto short_nonce = big_endian(++sent_);
    Bytes initiate;
    append(initiate, cookie);
    append(initiate, short_nonce);
    append(initiate, box(secret_part, nonce_of("CurveZMQINITIATE", short_nonce), server_transient,
                         transient_.secret_key));
    return initiate;
}

bool CurveClient::on_ready(BytesView ready) {
    if (ready.size() < short_nonce_size + mac_size) return false;
    const BytesView sealed = ready.subspan(short_nonce_size);
    const Nonce nonce = nonce_of("CurveZMQREADY---", ready.first(short_nonce_size));
    Bytes metadata(sealed.size() - mac_size);
    received_ = from_big_endian(ready.first(short_nonce_size));
    return crypto_box_open_easy_afternm(metadata.data(), sealed.data(), sealed.size(), nonce.data(),
                                        shared_.data()) == 0;
}

std::optional<CurveClient::Opened> CurveClient::open(std::span<std::uint8_t> message) {
    constexpr std::size_t header = message_name.size() + short_nonce_size;
    if (message.size() < header + mac_size + 1) return std::nullopt;
    if (!std::equal(message_name.begin(), message_name.end(), message.begin())) return std::nullopt;
    const BytesView short_nonce = message.subspan(message_name.size(), short_nonce_size);
    const std::uint64_t number = from_big_endian(short_nonce);
    if (number <= received_) return std::nullopt;
    received_ = number;

    const std::span<std::uint8_t> sealed = message.subspan(header);
    const Nonce nonce = nonce_of("CurveZMQMESSAGES", short_nonce);
    if (crypto_box_open_easy_afternm(sealed.data(), sealed.data(), sealed.size(), nonce.data(),
                                     shared_.data()) != 0) {
        return std::nullopt;
    }
    const std::uint8_t flags = sealed[0];
    return Opened{sealed.subspan(1, sealed.size() - mac_size - 1), (flags & command_flag) != 0,
                  (flags & more_flag) != 0};
}

BytesView CurveClient::seal(bool is_command, BytesView body, bool has_more) {
    constexpr std::size_t header = message_name.size() + short_nonce_size;
    const auto short_nonce = big_endian(++sent_);
    sealed_.assign(message_name.begin(), message_name.end());
    append(sealed_, short_nonce);
    sealed_.push_back(
        static_cast<std::uint8_t>((is_command ? command_flag : 0) | (has_more ? more_flag : 0)));
    append(sealed_, body);
    const std::size_t plain_size = 1 + body.size();
    sealed_.resize(header + plain_size + mac_size);
    const Nonce nonce = nonce_of("CurveZMQMESSAGEC", short_nonce);
    // In place: libsodium allows the box and the plain text to overlap.
    crypto_box_easy_afternm(sealed_.data() + header, sealed_.data() + header, plain_size,
                            nonce.data(), shared_.data());
    return sealed_;
}

}  // namespace crier::testing

#include "crier/registered_key.hpp"

#include <algorithm>

#include "shared/base/crypto.hpp"

namespace crier {

std::string to_string(const PublicKey& key) {
    return to_base64url(key);
}

Result<PublicKey> parse_public_key(std::string_view text) {
    std::string bytes;
    PublicKey key{};
    if (!from_base64url(text, bytes) || bytes.size() != key.size()) {
        return fail(ErrorCode::usage_invalid, "\"" + std::string(text.substr(0, 64)) +
                                                  "\" is no public key: it has 43 characters of "
                                                  "base64url");
    }
    std::copy(bytes.begin(), bytes.end(), key.begin());
    return key;
}

}  // namespace crier

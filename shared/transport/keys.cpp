#include "shared/transport/keys.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include "shared/transport/whole_file.hpp"

namespace crier::transport {
namespace {

constexpr std::size_t secret_text_size = 43;  // 32 bytes in base64url

tl::unexpected<Error> cannot_use(const std::filesystem::path& file, const std::string& why) {
    return fail(ErrorCode::file_unusable, "cannot use the secret in " + file.string() + ": " + why);
}

/// The whole file, up to `text.size()` bytes; negative: errno says why not.
ssize_t read_all(int descriptor, std::span<char> text) {
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t got = read(descriptor, text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return got;
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    return static_cast<ssize_t>(size);
}

Status check_mode(int descriptor, const std::filesystem::path& file) {
    struct stat facts {};
    if (fstat(descriptor, &facts) != 0) {
        return cannot_use(file, std::generic_category().message(errno));
    }
    if (!S_ISREG(facts.st_mode)) return cannot_use(file, "it is not a regular file");
    if (facts.st_uid != geteuid() && facts.st_uid != 0) {
        return cannot_use(file, "it belongs to another user");
    }
    if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return cannot_use(file, "others than its owner may read or write it; run: chmod 600 " +
                                    file.string() + ", and replace it if they may have done so");
    }
    return {};
}

Result<Secret> parse_secret(std::string_view text, const std::filesystem::path& file) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    std::string decoded;
    if (text.size() != secret_text_size || !from_base64url(text, decoded) ||
        decoded.size() != Bytes32{}.size()) {
        return cannot_use(file, "it does not hold a secret, which is one line of " +
                                    std::to_string(secret_text_size) + " characters");
    }
    Bytes32 bytes;
    std::copy(decoded.begin(), decoded.end(), bytes.begin());
    wipe(decoded);
    Secret secret(bytes);
    wipe(bytes);
    return secret;
}

Result<bool> write_new(const std::filesystem::path& file, const Secret& secret) {
    std::string text = to_base64url(secret.bytes()) + "\n";
    Result<bool> is_new = write_whole_file(file, text, {.mode = 0600, .group = {}}, IfThere::keep);
    wipe(text);
    return is_new;
}

}  // namespace

KeyPair KeyPair::generate() {
    return of(Secret::random());
}

KeyPair KeyPair::of(const Secret& secret_key) {
    return {public_key_of(secret_key), secret_key};
}

Result<Secret> read_secret(const std::filesystem::path& file) {
    const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return cannot_use(file, std::generic_category().message(errno));

    std::array<char, secret_text_size + 3> text{};
    const Status mode = check_mode(descriptor, file);
    const ssize_t size = mode ? read_all(descriptor, text) : 0;
    const int reason = errno;
    close(descriptor);
    if (!mode) return fail(mode.error());
    if (size < 0) return cannot_use(file, std::generic_category().message(reason));

    Result<Secret> secret = parse_secret({text.data(), static_cast<std::size_t>(size)}, file);
    wipe(text);
    return secret;
}

Status write_secret(const std::filesystem::path& file, const Secret& secret) {
    const Result<bool> is_new = write_new(file, secret);
    if (!is_new) return fail(is_new.error());
    if (!*is_new) {
        return fail(ErrorCode::file_unusable,
                    file.string() + " is there already: a secret is never replaced; move it away");
    }
    return {};
}

Result<Secret> read_or_make_secret(const std::filesystem::path& file) {
    if (access(file.c_str(), F_OK) != 0 && errno == ENOENT) {
        // Whoever comes first has made it; the others read that one.
        const Result<bool> is_new = write_new(file, Secret::random());
        if (!is_new) return fail(is_new.error());
    }
    return read_secret(file);
}

}  // namespace crier::transport

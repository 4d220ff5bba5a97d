#include "broker/security/key_store.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "shared/transport/whole_file.hpp"

namespace crier::broker {
namespace {

using transport::KeyPair;

constexpr mode_t directory_mode = 0700;
constexpr mode_t for_others_than_owner = S_IRWXG | S_IRWXO;
constexpr mode_t writable_by_others = S_IWGRP | S_IWOTH;

tl::unexpected<Error> cannot_use(const std::filesystem::path& path, const std::string& why) {
    return fail(ErrorCode::file_unusable, "cannot use " + path.string() + ": " + why);
}

/// Errors: file_unusable.
Status prepare_directory(const std::filesystem::path& directory) {
    if (mkdir(directory.c_str(), directory_mode) != 0 && errno != EEXIST) {
        return cannot_use(directory, std::generic_category().message(errno));
    }
    struct stat facts {};
    if (stat(directory.c_str(), &facts) != 0) {
        return cannot_use(directory, std::generic_category().message(errno));
    }
    if (!S_ISDIR(facts.st_mode)) return cannot_use(directory, "it is not a folder");
    if ((facts.st_mode & for_others_than_owner) != 0) {
        return cannot_use(
            directory, "others than its owner may enter it; run: chmod 700 " + directory.string());
    }
    return {};
}

/// Everything on the operators' door.
Rights operators_rights() {
    Rights rights = Rights::all();
    rights.remove(Right::listen);
    return rights;
}

Principals invited_only(const KeyStore& keys) {
    Principals principals;
    principals.add(keys.invited_operator.public_key, {"operator", operators_rights()});
    principals.add(keys.invited_listener.public_key, {"listener", {Right::listen}});
    return principals;
}

/// Errors: file_unusable, configuration_invalid.
Result<Principals> load_principals(const std::filesystem::path& file) {
    struct stat facts {};
    if (stat(file.c_str(), &facts) != 0) {
        return cannot_use(file, std::generic_category().message(errno));
    }
    if ((facts.st_mode & writable_by_others) != 0) {
        return cannot_use(file,
                          "others than its owner may write it; check its lines, then run: "
                          "chmod 600 " +
                              file.string());
    }
    std::ifstream stream(file);
    std::stringstream text;
    text << stream.rdbuf();
    if (!stream) return cannot_use(file, "it cannot be read");
    return parse_principals(text.str());
}

/// Those that the brokers of a cluster share come first, in the order of a join line.
constexpr std::array names{"broker.key",   "join.key",    "resume.key", "operator.key",
                           "listener.key", "cluster.key", "audit.key",  "broker.id"};
constexpr std::size_t shared_count = 6;
constexpr std::string_view join_prefix = "crier1.brokers.";
constexpr std::size_t check_size = 4;  ///< Of the hash at the end of a join line.

Status read_secrets(const std::filesystem::path& directory, KeyStore& keys) {
    std::array<Secret, names.size()> secrets;
    for (std::size_t i = 0; i < names.size(); ++i) {
        Result<Secret> secret = transport::read_or_make_secret(directory / names[i]);
        if (!secret) return fail(std::move(secret.error()));
        secrets[i] = *secret;
    }
    keys.broker = KeyPair::of(secrets[0]);
    keys.join_secret = secrets[1];
    keys.resume_key = secrets[2];
    keys.invited_operator = KeyPair::of(secrets[3]);
    keys.invited_listener = KeyPair::of(secrets[4]);
    keys.cluster_key = secrets[5];
    keys.audit_key = secrets[6];
    const Bytes32& named = secrets[7].bytes();
    std::copy_n(named.begin(), BrokerId::size, keys.broker_id.bytes.begin());
    return {};
}

/// Against a line that was cut off or mistyped.
std::array<std::uint8_t, check_size> check_of(std::span<const std::uint8_t> secrets) {
    std::array<std::uint8_t, check_size> check{};
    std::copy_n(blake2b(secrets).begin(), check_size, check.begin());
    return check;
}

}  // namespace

std::string to_join_line(const KeyStore& keys) {
    std::vector<std::uint8_t> bytes;
    for (const Secret& secret :
         {keys.broker.secret_key, keys.join_secret, keys.resume_key,
          keys.invited_operator.secret_key, keys.invited_listener.secret_key, keys.cluster_key}) {
        bytes.insert(bytes.end(), secret.bytes().begin(), secret.bytes().end());
    }
    const auto check = check_of(bytes);
    bytes.insert(bytes.end(), check.begin(), check.end());
    return std::string(join_prefix) + to_base64url(bytes);
}

Status join_cluster(const std::filesystem::path& data_directory, std::string_view line) {
    const auto invalid = [](const std::string& why) {
        return fail(ErrorCode::invitation_invalid,
                    why + "; ask a broker of the cluster for one: crierd invite brokers");
    };
    if (!line.starts_with(join_prefix)) return invalid("this is no brokers' invitation");
    std::string text;
    const bool is_base64 = from_base64url(line.substr(join_prefix.size()), text);
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    wipe(text);
    constexpr std::size_t secrets_size = shared_count * sizeof(Bytes32);
    if (!is_base64 || bytes.size() != secrets_size + check_size) {
        return invalid("this brokers' invitation is cut off or mistyped");
    }
    const auto secrets = std::span(bytes).first(secrets_size);
    const auto check = check_of(secrets);
    if (!std::equal(check.begin(), check.end(), std::span(bytes).last(check_size).begin())) {
        return invalid("this brokers' invitation is cut off or mistyped");
    }
    std::error_code ignored;
    const std::filesystem::path directory = data_directory / "keys";
    if (std::filesystem::exists(directory / names.front(), ignored)) {
        return fail(ErrorCode::file_unusable,
                    directory.string() +
                        " has keys of its own: a broker joins with a new data folder, or with one "
                        "whose keys were set aside; its invitations count no more then");
    }
    std::filesystem::create_directories(data_directory, ignored);
    if (Status prepared = prepare_directory(directory); !prepared) return prepared;
    for (std::size_t i = 0; i < shared_count; ++i) {
        Bytes32 secret{};
        std::copy_n(secrets.subspan(i * secret.size()).begin(), secret.size(), secret.begin());
        const Status written = transport::write_secret(directory / names[i], Secret(secret));
        if (!written) return written;
    }
    return {};
}

Result<KeyStore> open_key_store(const std::filesystem::path& data_directory) {
    const std::filesystem::path directory = data_directory / "keys";
    if (Status prepared = prepare_directory(directory); !prepared) {
        return fail(std::move(prepared.error()));
    }
    KeyStore keys;
    if (Status read = read_secrets(directory, keys); !read) return fail(std::move(read.error()));

    const std::filesystem::path list = directory / "principals";
    // Written last, at the first start only: a line that was removed stays removed.
    Result<bool> written = transport::write_whole_file(
        list, to_text(invited_only(keys)), {.mode = 0600, .group = {}}, transport::IfThere::keep);
    if (!written) return fail(std::move(written.error()));
    Result<Principals> principals = load_principals(list);
    if (!principals) return fail(std::move(principals.error()));
    keys.principals = std::move(*principals);
    return keys;
}

}  // namespace crier::broker

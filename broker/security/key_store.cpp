#include "broker/security/key_store.hpp"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

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

Principals invited_only(const KeyStore& keys) {
    Principals principals;
    principals.add(
        keys.invited_operator.public_key,
        {"operator",
         {std::string(rights::send), std::string(rights::list), std::string(rights::watch)}});
    principals.add(keys.invited_listener.public_key, {"listener", {std::string(rights::listen)}});
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

Status read_secrets(const std::filesystem::path& directory, KeyStore& keys) {
    struct Entry {
        const char* name;
        Secret secret;
    };
    std::array entries = {Entry{"broker.key", {}},   Entry{"join.key", {}},
                          Entry{"resume.key", {}},   Entry{"operator.key", {}},
                          Entry{"listener.key", {}}, Entry{"audit.key", {}}};
    for (Entry& entry : entries) {
        Result<Secret> secret = transport::read_or_make_secret(directory / entry.name);
        if (!secret) return fail(std::move(secret.error()));
        entry.secret = *secret;
    }
    keys.broker = KeyPair::of(entries[0].secret);
    keys.join_secret = entries[1].secret;
    keys.resume_key = entries[2].secret;
    keys.invited_operator = KeyPair::of(entries[3].secret);
    keys.invited_listener = KeyPair::of(entries[4].secret);
    keys.audit_key = entries[5].secret;
    return {};
}

}  // namespace

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

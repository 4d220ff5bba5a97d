#include "shared/protocol/invitation.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "shared/base/text.hpp"
#include "shared/protocol/wire.hpp"

namespace crier::protocol {
namespace {

constexpr std::string_view prefix = "crier1.";
constexpr std::size_t checksum_bytes = 4;
constexpr std::size_t endpoints_max = 8;
constexpr std::size_t endpoint_bytes_max = 256;
constexpr std::size_t line_bytes_max = 8 * 1024;
constexpr std::string_view blanks = " \t\r\n";

constexpr std::array kinds{Invitation::Kind::sessions, Invitation::Kind::operators,
                           Invitation::Kind::listeners};

tl::unexpected<Error> invalid(std::string detail) {
    return fail(ErrorCode::invitation_invalid, std::move(detail));
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

Invitation read_invitation(const MapReader& map, Invitation::Kind kind) {
    Invitation invitation;
    invitation.kind = kind;
    const ListReader endpoints = map.at("endpoints").list({1, endpoints_max});
    for (const Value endpoint : endpoints) {
        invitation.endpoints.push_back(endpoint.line(endpoint_bytes_max));
    }
    if (const Value key = map.find("server_key")) invitation.server_key = key.binary32();
    if (const Value secret = map.find("secret")) invitation.secret = Secret(secret.binary32());
    const bool may_lack_it = kind == Invitation::Kind::sessions && invitation.server_key;
    if (invitation.server_key.has_value() != invitation.secret.has_value() && !may_lack_it) {
        map.place().refuse(ErrorCode::invitation_invalid,
                           "has one of server_key and secret, and not the other");
    }
    return invitation;
}

/// Everything behind "crier1.KIND.", decoded; it is wiped by the caller.
Result<Invitation> read_body(const std::string& body, Invitation::Kind kind) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(body.data());
    if (body.size() <= checksum_bytes) return invalid("the invitation is cut short");
    const BytesView map_bytes(data, body.size() - checksum_bytes);
    const Bytes32 hash = blake2b(map_bytes);
    if (!std::equal(hash.begin(), hash.begin() + checksum_bytes, map_bytes.end())) {
        return invalid(
            "the invitation is cut short or was changed: its checksum is wrong; copy it "
            "again, whole");
    }
    const Result<Document> document = Document::parse(map_bytes);
    if (!document) return invalid("the invitation is damaged: " + document.error().detail);
    Problem problem;
    const MapReader map(*document, "invitation", problem);
    Invitation invitation = read_invitation(map, kind);
    if (problem) return invalid(problem.error().detail);
    return invitation;
}

/// Whether it is meant as an invitation, of whatever version, and not as a file's path. A line
/// taken for a path would be printed with the error that there is no such file, secret and all.
bool is_line(std::string_view text) {
    constexpr std::string_view name = "crier";
    return text.size() > name.size() && text.substr(0, name.size()) == name &&
           text[name.size()] >= '0' && text[name.size()] <= '9';
}

/// Byte by byte: what follows the line is not taken from whoever reads next.
std::string read_input_line() {
    std::string line;
    char byte = 0;
    while (line.size() <= line_bytes_max) {
        const ssize_t count = read(STDIN_FILENO, &byte, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0 || byte == '\n') break;
        line += byte;
    }
    return line;
}

Result<std::string> read_file(const std::string& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string text(line_bytes_max + 1, '\0');
    if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file.eof() && !file) {
        return fail(ErrorCode::file_unusable, "cannot read the invitation in " + path + ": " +
                                                  std::strerror(errno == 0 ? EIO : errno));
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

/// The sessions' invitation is for everybody on the machine; the others hold a key of their own,
/// and the broker's are for its group too.
Status check_access(const std::string& file, Invitation::Kind kind) {
    struct stat facts {};
    if (kind == Invitation::Kind::sessions || stat(file.c_str(), &facts) != 0) return {};
    const bool is_open = S_ISREG(facts.st_mode) && (facts.st_mode & S_IRWXO) != 0;
    if (!is_open) return {};
    return fail(ErrorCode::file_unusable,
                file +
                    ": everybody on this machine can read it, and it holds a key: chmod 600 it, "
                    "and let the key be replaced if somebody may have");
}

}  // namespace

std::string_view name_of(Invitation::Kind kind) noexcept {
    switch (kind) {
        case Invitation::Kind::sessions:
            return "sessions";
        case Invitation::Kind::operators:
            return "operators";
        case Invitation::Kind::listeners:
            return "listeners";
    }
    return {};
}

std::string to_line(const Invitation& invitation) {
    Bytes bytes;
    {
        MapWriter map(bytes);
        map.strings("endpoints", invitation.endpoints);
        if (invitation.server_key) map.binary("server_key", *invitation.server_key);
        if (invitation.secret) map.binary("secret", invitation.secret->bytes());
    }
    const Bytes32 hash = blake2b(bytes);
    bytes.insert(bytes.end(), hash.begin(), hash.begin() + checksum_bytes);
    std::string line =
        std::string(prefix) + std::string(name_of(invitation.kind)) + "." + to_base64url(bytes);
    wipe(bytes);
    return line;
}

Result<Invitation> parse_invitation(std::string_view line) {
    line = trimmed(line);
    if (line.empty()) return invalid("no invitation: it is empty");
    if (line.size() > line_bytes_max) return invalid("no invitation: longer than one ever is");
    if (line.substr(0, prefix.size()) != prefix) {
        const bool is_cut = prefix.substr(0, line.size()) == line;
        const bool is_other = line.substr(0, 5) == "crier" && line.find('.') != line.npos;
        if (is_cut) return invalid("the invitation is cut short");
        if (!is_other) return invalid("no invitation: one begins with " + std::string(prefix));
        return invalid("the invitation is of another version than " +
                       std::string(prefix.substr(0, prefix.size() - 1)) +
                       ": use a program as new as the broker");
    }
    line.remove_prefix(prefix.size());
    const std::size_t dot = line.find('.');
    if (dot == line.npos) return invalid("the invitation is cut short");
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](Invitation::Kind one) {
        return name_of(one) == line.substr(0, dot);
    });
    if (kind == kinds.end()) {
        return invalid("the invitation is for none of sessions, operators, listeners");
    }
    std::string body;
    if (!from_base64url(line.substr(dot + 1), body)) {
        return invalid(
            "the invitation is cut short, or has characters that do not belong to it; "
            "copy it again, whole");
    }
    Result<Invitation> invitation = read_body(body, *kind);
    wipe(body);
    return invitation;
}

Result<Invitation> read_invitation(const std::string& line_or_file) {
    std::string line = line_or_file;
    if (line_or_file == "-") {
        line = read_input_line();
    } else if (!trimmed(line_or_file).empty() && !is_line(trimmed(line_or_file))) {
        Result<std::string> text = read_file(line_or_file);
        if (!text) return fail(text.error());
        line = *std::move(text);
    }
    Result<Invitation> invitation = parse_invitation(line);
    wipe(line);
    return invitation;
}

Result<Invitation> load_invitation(const std::string& line_or_file, Invitation::Kind wanted) {
    Result<Invitation> invitation = read_invitation(line_or_file);
    if (invitation && invitation->kind != wanted) {
        return invalid("the invitation is for " + std::string(name_of(invitation->kind)) +
                       ", and one for " + std::string(name_of(wanted)) + " is needed");
    }
    const bool is_file = line_or_file != "-" && !is_line(line_or_file);
    if (invitation && invitation->secret && is_file) {
        if (Status access = check_access(line_or_file, wanted); !access) {
            return fail(std::move(access.error()));
        }
    }
    return invitation;
}

}  // namespace crier::protocol

#include "broker/security/ticket_issuers.hpp"

#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <strings.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "shared/base/json_reader.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/config/toml_file.hpp"

namespace crier::broker {
namespace {

constexpr std::size_t secret_bytes_min = 32;
constexpr int rsa_bits_min = 2'048;  ///< RFC 7518, 3.3.
constexpr mode_t readable_by_others = S_IRWXG | S_IRWXO;

struct AlgorithmRow {
    std::string_view name;
    jwt_alg_t as_in_libjwt;
};
constexpr std::array<AlgorithmRow, 3> algorithms{
    {{"ES256", JWT_ALG_ES256}, {"RS256", JWT_ALG_RS256}, {"HS256", JWT_ALG_HS256}}};

const AlgorithmRow& row_of(TicketAlgorithm algorithm) {
    return algorithms[static_cast<std::size_t>(algorithm)];
}

// ---- An issuer's file ---------------------------------------------------------------------------

tl::unexpected<Error> wrong(const std::string& file, const std::string& why) {
    return fail(ErrorCode::configuration_invalid, file + ": " + why);
}

std::optional<TicketAlgorithm> algorithm_from(std::string_view name) {
    const auto row = std::find_if(algorithms.begin(), algorithms.end(),
                                  [name](const AlgorithmRow& one) { return one.name == name; });
    if (row == algorithms.end()) return std::nullopt;
    return static_cast<TicketAlgorithm>(row - algorithms.begin());
}

/// What the file says, by key. Errors: configuration_invalid.
Result<std::map<std::string, std::string>> texts_in(std::string_view text,
                                                    const std::string& file) {
    constexpr std::array<std::string_view, 5> known{"issuer", "audience", "algorithm", "public_key",
                                                    "secret"};
    const auto lines = config::parse_toml(text, file);
    if (!lines) return fail(lines.error());
    std::map<std::string, std::string> texts;
    for (const config::TomlLine& line : *lines) {
        const std::string place = file + ":" + std::to_string(line.line);
        if (std::find(known.begin(), known.end(), line.name) == known.end()) {
            return wrong(place, line.name + " is not known here");
        }
        const auto* value = line.value ? std::get_if<std::string>(&*line.value) : nullptr;
        if (value == nullptr || value->empty()) return wrong(place, line.name + " must be a text");
        texts[line.name] = *value;
    }
    for (const char* name : {"issuer", "audience", "algorithm"}) {
        if (!texts.contains(name)) return wrong(file, std::string(name) + " is missing");
    }
    return texts;
}

/// "": libjwt can check with it what was signed by this algorithm. Else what it must be; libjwt
/// itself would say of every ticket that its signature is wrong.
std::string problem_of(const std::string& pem, TicketAlgorithm algorithm) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> text(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PUBKEY(text.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    if (!key) return "public_key cannot be read: it is damaged, or of no kind that is known";
    if (algorithm == TicketAlgorithm::rs256) {
        const bool is_good =
            EVP_PKEY_is_a(key.get(), "RSA") == 1 && EVP_PKEY_get_bits(key.get()) >= rsa_bits_min;
        return is_good ? "" : "public_key must be of RSA, of 2048 bits at least, for RS256";
    }
    std::array<char, 32> curve{};
    const bool is_curve =
        EVP_PKEY_is_a(key.get(), "EC") == 1 &&
        EVP_PKEY_get_group_name(key.get(), curve.data(), curve.size(), nullptr) == 1;
    const bool is_good = is_curve && curve.data() == std::string_view("prime256v1");
    return is_good ? "" : "public_key must be of the curve P-256 (prime256v1), for ES256";
}

/// Errors: what it must be.
tl::expected<std::string, std::string> key_in(const std::map<std::string, std::string>& texts,
                                              TicketAlgorithm algorithm) {
    const bool is_shared = algorithm == TicketAlgorithm::hs256;
    const auto found = texts.find(is_shared ? "secret" : "public_key");
    if (found == texts.end() || texts.contains(is_shared ? "public_key" : "secret")) {
        return tl::unexpected(
            std::string(row_of(algorithm).name) + " needs " +
            (is_shared ? "secret, and no public_key" : "public_key, and no secret"));
    }
    if (!is_shared) {
        if (!found->second.starts_with("-----BEGIN PUBLIC KEY-----")) {
            return tl::unexpected(
                std::string("public_key must begin with -----BEGIN PUBLIC KEY-----: "
                            "openssl pkey -in KEY.pem -pubout prints it"));
        }
        const std::string problem = problem_of(found->second, algorithm);
        if (!problem.empty()) return tl::unexpected(problem);
        return found->second;
    }
    std::string bytes;
    if (from_base64url(found->second, bytes) && bytes.size() >= secret_bytes_min) return bytes;
    return tl::unexpected(std::string("secret must be base64url of 32 bytes at least"));
}

// ---- A token ------------------------------------------------------------------------------------

/// The three parts of a token, and what the first two say.
struct Token {
    JsonValue header;
    JsonValue claims;
};

Result<JsonValue> read_part(std::string_view part) {
    std::string text;
    if (!from_base64url(part, text)) return no_ticket("is no JWT: a part is not base64url");
    auto value = read_json(text);
    // In our own words: the parser's quote what was sent, and whoever sent it has proven nothing
    // yet.
    if (!value) return no_ticket("is no JWT: a part is no JSON, or has a name twice");
    if (value->kind != JsonValue::Kind::object) return no_ticket("is no JWT: a part is no object");
    return std::move(*value);
}

Result<Token> parse_token(std::string_view token) {
    if (token.size() > limits::ticket_bytes_max) return no_ticket("is too long");
    const std::size_t first = token.find('.');
    const std::size_t second = token.find('.', std::min(first, token.size() - 1) + 1);
    if (token.empty() || first == std::string_view::npos || second == std::string_view::npos ||
        token.find('.', second + 1) != std::string_view::npos) {
        return no_ticket("is no JWT: it does not have three parts");
    }
    auto header = read_part(token.substr(0, first));
    if (!header) return fail(std::move(header.error()));
    auto claims = read_part(token.substr(first + 1, second - first - 1));
    if (!claims) return fail(std::move(claims.error()));
    return Token{std::move(*header), std::move(*claims)};
}

/// nullptr: not there, or no text.
const std::string* text_of(const JsonValue& object, std::string_view name) {
    const JsonValue* value = member_of(object, name);
    return value != nullptr && value->kind == JsonValue::Kind::string ? &value->text : nullptr;
}

/// libjwt takes such a text for the end of the token, and finds the signature wrong.
bool has_nul(const JsonValue& value) {
    const auto is_ended = [](std::string_view text) { return text.find('\0') != text.npos; };
    return is_ended(value.text) ||
           std::any_of(value.elements.begin(), value.elements.end(), has_nul) ||
           std::any_of(value.members.begin(), value.members.end(), [&](const auto& member) {
               return is_ended(member.first) || has_nul(member.second);
           });
}

/// It may be left out.
bool is_of_type_jwt(const JsonValue& header) {
    const JsonValue* type = member_of(header, "typ");
    if (type == nullptr) return true;
    return type->kind == JsonValue::Kind::string && strcasecmp(type->text.c_str(), "jwt") == 0;
}

/// Whether libjwt finds the signature right, by the issuer's key and its algorithm alone.
bool is_signed_by(const TicketIssuer& issuer, const std::string& token) {
    jwt_t* decoded = nullptr;
    const auto* key = reinterpret_cast<const unsigned char*>(issuer.key.data());
    const int problem =
        jwt_decode(&decoded, token.c_str(), key, static_cast<int>(issuer.key.size()));
    const std::unique_ptr<jwt_t, decltype(&jwt_free)> held(decoded, &jwt_free);
    return problem == 0 && jwt_get_alg(decoded) == row_of(issuer.algorithm).as_in_libjwt;
}

bool is_for(const JsonValue& claims, const std::string& audience) {
    const JsonValue* value = member_of(claims, "aud");
    if (value == nullptr) return false;
    const auto names_it = [&audience](const JsonValue& one) {
        return one.kind == JsonValue::Kind::string && one.text == audience;
    };
    return names_it(*value) ||
           std::any_of(value->elements.begin(), value->elements.end(), names_it);
}

/// Claims of a token that counts, one after the other; what is wrong with the first is kept.
class ClaimReader {
public:
    explicit ClaimReader(const JsonValue& claims) : claims_(claims) {}

    std::optional<std::string> line(const char* name, std::size_t bytes_max) {
        const JsonValue* value = member_of(claims_, name);
        if (value == nullptr) return std::nullopt;
        if (is_line(*value, bytes_max)) return value->text;
        refuse(std::string(name) + " must be a line of 1 to " + std::to_string(bytes_max) +
               " bytes");
        return std::nullopt;
    }

    std::optional<std::vector<std::string>> lines(const char* name) {
        const JsonValue* value = member_of(claims_, name);
        if (value == nullptr) return std::nullopt;
        std::vector<std::string> all;
        for (const JsonValue& one : value->elements) {
            if (is_line(one, limits::attribute_bytes_max)) all.push_back(one.text);
        }
        const bool is_list = value->kind == JsonValue::Kind::array &&
                             all.size() == value->elements.size() &&
                             all.size() <= limits::groups_max;
        if (is_list) return all;
        refuse(std::string(name) + " must be a list of at most " +
               std::to_string(limits::groups_max) + " lines");
        return std::nullopt;
    }

    /// Whole seconds since 1970.
    UtcTime time(const char* name) {
        const JsonValue* value = member_of(claims_, name);
        constexpr std::int64_t seconds_max = 1LL << 43;  // In milliseconds a time of ours still.
        std::int64_t seconds = -1;
        if (value != nullptr && value->kind == JsonValue::Kind::number) {
            const char* end = value->text.data() + value->text.size();
            const auto read = std::from_chars(value->text.data(), end, seconds);
            if (read.ec != std::errc() || read.ptr != end) seconds = -1;
        }
        if (seconds >= 0 && seconds < seconds_max) return utc_from_ms(seconds * 1'000);
        refuse(std::string(name) + " must be there, in whole seconds since 1970");
        return {};
    }

    SessionId session() {
        const JsonValue* confirmation = member_of(claims_, "cnf");
        const std::string* id = confirmation != nullptr ? text_of(*confirmation, "kid") : nullptr;
        if (id != nullptr) {
            if (const auto session = parse_id<SessionId>(*id)) return *session;
        }
        refuse("cnf must name the session: {\"kid\": \"<the session's id, 32 hex digits>\"}");
        return {};
    }

    void refuse(std::string why) {
        if (problem_.empty()) problem_ = std::move(why);
    }
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    static bool is_line(const JsonValue& value, std::size_t bytes_max) {
        return value.kind == JsonValue::Kind::string && !value.text.empty() &&
               value.text.size() <= bytes_max && is_one_line(value.text);
    }

    const JsonValue& claims_;
    std::string problem_;
};

Result<Ticket> ticket_in(const JsonValue& claims) {
    ClaimReader reader(claims);
    Ticket ticket;
    ticket.id = reader.line("jti", limits::ticket_id_bytes_max).value_or("");
    ticket.user = reader.line("sub", limits::attribute_bytes_max).value_or("");
    if (ticket.user.empty()) reader.refuse("sub must be there: the user");
    ticket.session = reader.session();
    ticket.issued = reader.time("iat");
    ticket.expires = reader.time("exp");
    ticket.machine = reader.line("machine", limits::attribute_bytes_max);
    ticket.application = reader.line("application", limits::attribute_bytes_max);
    ticket.groups = reader.lines("groups");
    // Nothing begins later: who is not to come in yet is given the ticket then.
    if (member_of(claims, "nbf") != nullptr) reader.refuse("nbf is not taken");
    if (!reader.problem().empty()) return no_ticket("does not do: " + reader.problem());
    return ticket;
}

}  // namespace

Result<TicketIssuer> parse_issuer(std::string_view text, const std::string& file_name) {
    const auto texts = texts_in(text, file_name);
    if (!texts) return fail(texts.error());
    const auto algorithm = algorithm_from(texts->at("algorithm"));
    if (!algorithm) return wrong(file_name, "algorithm must be ES256, RS256 or HS256");
    auto key = key_in(*texts, *algorithm);
    if (!key) return wrong(file_name, key.error());
    return TicketIssuer{texts->at("issuer"), texts->at("audience"), *algorithm, std::move(*key)};
}

Result<TicketIssuers> TicketIssuers::load(const std::vector<std::string>& files) {
    std::vector<TicketIssuer> issuers;
    for (const std::string& file : files) {
        std::ifstream stream(file);
        std::ostringstream text;
        text << stream.rdbuf();
        struct stat facts {};
        if (!stream || stat(file.c_str(), &facts) != 0) {
            return fail(ErrorCode::file_unusable, "cannot use " + file + ": it cannot be read");
        }
        Result<TicketIssuer> issuer = parse_issuer(text.str(), file);
        if (!issuer) return fail(std::move(issuer.error()));
        const bool is_secret = issuer->algorithm == TicketAlgorithm::hs256;
        if (is_secret && (facts.st_mode & readable_by_others) != 0) {
            return fail(ErrorCode::file_unusable,
                        "cannot use " + file +
                            ": others than its owner may read the secret; run: "
                            "chmod 600 " +
                            file);
        }
        for (const TicketIssuer& other : issuers) {
            if (other.name == issuer->name) return wrong(file, "another file has the same issuer");
        }
        issuers.push_back(std::move(*issuer));
    }
    return TicketIssuers(std::move(issuers));
}

Result<Ticket> TicketIssuers::read(std::string_view token) const {
    const Result<Token> parsed = parse_token(token);
    if (!parsed) return fail(parsed.error());
    const std::string* name = text_of(parsed->claims, "iss");
    const auto issuer = std::find_if(
        issuers_.begin(), issuers_.end(),
        [name](const TicketIssuer& one) { return name != nullptr && one.name == *name; });
    if (issuer == issuers_.end()) return no_ticket("is of no issuer that is known here (iss)");
    const std::string* algorithm = text_of(parsed->header, "alg");
    if (algorithm == nullptr || *algorithm != row_of(issuer->algorithm).name) {
        return no_ticket("must be signed with " + std::string(row_of(issuer->algorithm).name));
    }
    if (member_of(parsed->header, "crit") != nullptr) {
        return no_ticket("asks for what is not known here (crit)");
    }
    if (!is_of_type_jwt(parsed->header)) return no_ticket("must have the typ JWT, or none");
    if (has_nul(parsed->header) || has_nul(parsed->claims)) {
        return no_ticket("does not do: a text in it has a NUL");
    }
    if (!is_signed_by(*issuer, std::string(token))) return no_ticket("has a wrong signature");
    if (!is_for(parsed->claims, issuer->audience)) {
        return no_ticket("is not meant for this broker (aud)");
    }
    return ticket_in(parsed->claims);
}

}  // namespace crier::broker

#include "broker/cluster/nats_connection.hpp"

#include <nats/nats.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <thread>

namespace crier::broker {
namespace {

constexpr std::int64_t connect_timeout_ms = 2'000;
constexpr std::int64_t write_timeout_ms = 2'000;
/// A server that answers neither of two pings is lost: three seconds.
constexpr std::int64_t ping_interval_ms = 1'000;
constexpr int pings_out_max = 2;
/// Nothing depends on it: closing the connection ends the wait.
constexpr std::int64_t hear_timeout_ms = 3'600'000;

template <class Object, void (*destroy)(Object*)>
struct Destroy {
    void operator()(Object* object) const noexcept { destroy(object); }
};
using Options = std::unique_ptr<natsOptions, Destroy<natsOptions, natsOptions_Destroy>>;
using Connection = std::unique_ptr<natsConnection, Destroy<natsConnection, natsConnection_Destroy>>;
using Subscription =
    std::unique_ptr<natsSubscription, Destroy<natsSubscription, natsSubscription_Destroy>>;
using Message = std::unique_ptr<natsMsg, Destroy<natsMsg, natsMsg_Destroy>>;

/// What libnats says went wrong in this thread's last call: "Authorization Violation".
std::string words_of(natsStatus status) {
    const char* const last = nats_GetLastError(nullptr);
    const std::string_view kind = natsStatus_GetText(status);
    if (last == nullptr || *last == '\0') return std::string(kind);
    return std::string(kind) + ": " + last;
}

template <class Number>
std::optional<Number> number_in(const std::optional<std::string>& text) {
    Number number = 0;
    if (!text) return std::nullopt;
    const char* const end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, number);
    return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

/// libnats finds out only when it connects.
bool is_url(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == url.npos) return false;
    if (url.substr(0, scheme) != "nats" && url.substr(0, scheme) != "tls") return false;
    std::string_view host = url.substr(scheme + 3);
    if (const std::size_t at = host.rfind('@'); at != host.npos) host.remove_prefix(at + 1);
    const std::size_t colon = host.rfind(':');
    if (host.empty() || colon == 0) return false;
    if (colon == host.npos || host.ends_with(']')) return true;  // A port is not needed.
    const auto port = number_in<std::uint16_t>(std::string(host.substr(colon + 1)));
    return port && *port > 0;
}

Status check_readable(const std::filesystem::path& file, std::string_view what) {
    if (file.empty() || access(file.c_str(), R_OK) == 0) return {};
    return fail(ErrorCode::file_unusable, std::string(what) + " " + file.string() +
                                              " cannot be read; correct its name or its mode");
}

/// One step of making options. What is wrong there is wrong in the settings.
Status made(natsStatus status, std::string_view what) {
    if (status == NATS_OK) return {};
    return fail(ErrorCode::configuration_invalid,
                std::string(what) + " cannot be used: " + words_of(status));
}

Status set_login(natsOptions* options, const NatsLogin& login) {
    if (!login.credentials_file.empty()) {
        return made(natsOptions_SetUserCredentialsFromFiles(options, login.credentials_file.c_str(),
                                                            nullptr),
                    "the NATS credentials file");
    }
    if (!login.nkey.empty()) {
        return made(
            natsOptions_SetNKeyFromSeed(options, login.nkey.c_str(), login.nkey_seed_file.c_str()),
            "the NKey for NATS");
    }
    if (login.user.empty()) return {};
    return made(natsOptions_SetUserInfo(options, login.user.c_str(), login.password.c_str()),
                "the user for NATS");
}

Status set_tls(natsOptions* options, const NatsTls& tls) {
    if (!tls.ca_file.empty()) {
        const Status set = made(natsOptions_LoadCATrustedCertificates(options, tls.ca_file.c_str()),
                                "the file of NATS's certificate authorities");
        if (!set) return set;
    }
    if (!tls.certificate_file.empty()) {
        const Status set = made(natsOptions_LoadCertificatesChain(
                                    options, tls.certificate_file.c_str(), tls.key_file.c_str()),
                                "the certificate for NATS, or its key,");
        if (!set) return set;
    }
    if (!tls.is_required) return {};
    return made(natsOptions_SetSecure(options, true), "TLS for NATS");
}

Result<Options> options_for(const NatsSettings& settings, const std::string& url) {
    natsOptions* raw = nullptr;
    natsStatus status = natsOptions_Create(&raw);
    Options options(raw);
    if (status == NATS_OK) status = natsOptions_SetAllowReconnect(raw, false);
    if (status == NATS_OK) status = natsOptions_SetTimeout(raw, connect_timeout_ms);
    if (status == NATS_OK) status = natsOptions_SetWriteDeadline(raw, write_timeout_ms);
    if (status == NATS_OK) status = natsOptions_SetPingInterval(raw, ping_interval_ms);
    if (status == NATS_OK) status = natsOptions_SetMaxPingsOut(raw, pings_out_max);
    if (status == NATS_OK) status = natsOptions_SetName(raw, "crierd");
    // A server's word that nobody is there for a question would be lost in
    // natsSubscription_NextMsg, which has a status for it, and not for which question.
    if (status == NATS_OK) status = natsOptions_DisableNoResponders(raw, true);
    // Otherwise a thread of libnats waits a millisecond for more before it sends.
    if (status == NATS_OK) status = natsOptions_SetSendAsap(raw, true);
    Status set = made(status, "libnats");
    if (set) set = made(natsOptions_SetURL(raw, url.c_str()), public_part(url));
    if (set) set = set_login(raw, settings.login);
    if (set) set = set_tls(raw, settings.tls);
    if (!set) return fail(set.error());
    return options;
}

Error why_not_connected(natsStatus status, const std::string& url) {
    const std::string words = words_of(status);
    switch (status) {
        case NATS_CONNECTION_AUTH_FAILED:
        case NATS_NOT_PERMITTED:
            return {ErrorCode::not_authorized, "the NATS server " + url +
                                                   " does not let this broker in (" + words +
                                                   "); check user, password or key"};
        case NATS_SSL_ERROR:
        case NATS_SECURE_CONNECTION_WANTED:
        case NATS_SECURE_CONNECTION_REQUIRED:
            return {ErrorCode::configuration_invalid, "TLS with the NATS server " + url +
                                                          " fails (" + words +
                                                          "); check its settings here and there"};
        default:
            break;
    }
    return {ErrorCode::backbone_unreachable,
            "the NATS server " + url + " cannot be reached: " + words +
                "; it is tried again. Is it running, and is cluster.servers right?"};
}

std::optional<std::string> header(natsMsg* message, const char* name) {
    const char* value = nullptr;
    if (natsMsgHeader_Get(message, name, &value) != NATS_OK || value == nullptr) return {};
    return value;
}

std::string text_of(const char* text) {
    return text == nullptr ? std::string() : text;
}

NatsMessage read(natsMsg* message) {
    NatsMessage read;
    read.subject = text_of(natsMsg_GetSubject(message));
    read.reply = text_of(natsMsg_GetReply(message));
    if (const char* data = natsMsg_GetData(message); data != nullptr) {
        read.data.assign(data, static_cast<std::size_t>(natsMsg_GetDataLength(message)));
    }
    read.id = header(message, "Nats-Msg-Id");
    // A status is a first line of headers and nothing else: no publisher can give it a body.
    if (!read.data.empty()) return read;
    read.status = number_in<std::uint32_t>(header(message, "Status")).value_or(0);
    read.last_delivered = number_in<std::uint64_t>(header(message, "Nats-Last-Consumer"));
    read.stalled = header(message, "Nats-Consumer-Stalled").value_or("");
    return read;
}

}  // namespace

std::string public_part(std::string_view url) {
    const std::size_t scheme = url.find("://");
    const std::size_t begin = scheme == url.npos ? 0 : scheme + 3;
    const std::size_t at = url.rfind('@');
    if (at == url.npos || at < begin) return std::string(url);
    return std::string(url.substr(0, begin)) + std::string(url.substr(at + 1));
}

Status check(const NatsSettings& settings) {
    const auto invalid = [](std::string detail) {
        return fail(ErrorCode::configuration_invalid, std::move(detail));
    };
    if (settings.urls.empty()) return invalid("no NATS server is named; give at least one URL");
    if (!is_name(settings.cluster_name)) {
        return invalid("\"" + settings.cluster_name.substr(0, 64) +
                       "\" is no name for a cluster: it has 1 to 32 of A-Z, a-z, 0-9, _ and -");
    }
    const NatsLogin& login = settings.login;
    if (login.nkey.empty() != login.nkey_seed_file.empty()) {
        return invalid("an NKey for NATS needs both its public key and the file of its seed");
    }
    if (!login.user.empty() + !login.credentials_file.empty() + !login.nkey.empty() > 1) {
        return invalid("NATS takes one of user, credentials file and NKey; give only one");
    }
    if (settings.tls.certificate_file.empty() != settings.tls.key_file.empty()) {
        return invalid("a certificate for NATS needs both its file and that of its key");
    }
    using Named = std::pair<const std::filesystem::path*, std::string_view>;
    for (const auto& [file, what] :
         {Named(&login.credentials_file, "the NATS credentials file"),
          Named(&login.nkey_seed_file, "the file of the NKey's seed"),
          Named(&settings.tls.ca_file, "the file of NATS's certificate authorities"),
          Named(&settings.tls.certificate_file, "the file of the certificate for NATS"),
          Named(&settings.tls.key_file, "the file of the certificate's key")}) {
        if (Status readable = check_readable(*file, what); !readable) return readable;
    }
    for (const std::string& url : settings.urls) {
        if (!is_url(url)) {
            return invalid("\"" + public_part(url) +
                           "\" is no URL of a NATS server; it looks like nats://host:4222");
        }
        if (const auto options = options_for(settings, url); !options) return fail(options.error());
    }
    return {};
}

/// One subject and the thread that reads it. Its subscription stays when nobody listens any more,
/// and goes with the connection: libnats 3.4 may crash when a message comes for one that is
/// destroyed.
struct NatsConnection::Listener {
    std::string name;
    Subscription subscription;
    std::atomic<bool> is_unwanted = false;
    std::thread thread;

    void join() {
        if (thread.joinable()) thread.join();
    }
};

/// The connection goes last, after what it gave out and the threads that use that.
class NatsConnection::Library {
public:
    explicit Library(Connection connection) : connection_(std::move(connection)) {}
    ~Library() {
        natsConnection_Close(connection_.get());  // Every wait for a message returns.
        for (const auto& listener : listeners_) listener->join();
    }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    [[nodiscard]] natsConnection* connection() const { return connection_.get(); }
    Listener& add(std::string name, Subscription subscription) {
        listeners_.push_back(std::make_unique<Listener>());
        listeners_.back()->name = std::move(name);
        listeners_.back()->subscription = std::move(subscription);
        return *listeners_.back();
    }
    /// nullptr: nobody listens to it.
    [[nodiscard]] Listener* find(const std::string& name) const {
        for (const auto& listener : listeners_) {
            if (listener->name == name && !listener->is_unwanted) return listener.get();
        }
        return nullptr;
    }

private:
    Connection connection_;
    std::vector<std::unique_ptr<Listener>> listeners_;
};

NatsConnection::NatsConnection(std::string url, std::function<void()> on_lost)
    : url_(std::move(url)), on_lost_(std::move(on_lost)) {}

NatsConnection::~NatsConnection() = default;

Result<std::unique_ptr<NatsConnection>> NatsConnection::open(const NatsSettings& settings,
                                                             const std::string& url,
                                                             std::function<void()> on_lost) {
    const Result<Options> options = options_for(settings, url);
    if (!options) return fail(options.error());
    natsConnection* raw = nullptr;
    const natsStatus status = natsConnection_Connect(&raw, options->get());
    if (status != NATS_OK) return fail(why_not_connected(status, public_part(url)));
    // Not make_unique: the constructor is nobody else's.
    std::unique_ptr<NatsConnection> opened(
        new NatsConnection(public_part(url), std::move(on_lost)));
    opened->library_ = std::make_unique<Library>(Connection(raw));
    return opened;
}

Status NatsConnection::listen(const std::string& name, Hear hear) {
    natsSubscription* raw = nullptr;
    const natsStatus status =
        natsConnection_SubscribeSync(&raw, library_->connection(), name.c_str());
    if (status != NATS_OK) {
        return fail(ErrorCode::backbone_unreachable,
                    "the NATS server " + url_ + " does not let this broker hear " + name + " (" +
                        words_of(status) + "); its NATS user may have to be let subscribe to that");
    }
    Listener& listener = library_->add(name, Subscription(raw));
    listener.thread = std::thread([this, &listener, hear = std::move(hear)] {
        read_all(listener, hear);
        nats_ReleaseThreadMemory();
    });
    return {};
}

void NatsConnection::read_all(const Listener& listener, const Hear& hear) {
    while (true) {
        natsMsg* message = nullptr;
        const natsStatus status =
            natsSubscription_NextMsg(&message, listener.subscription.get(), hear_timeout_ms);
        const Message owner(message);
        if (status == NATS_TIMEOUT) continue;
        if (status != NATS_OK) break;
        NatsMessage heard = read(message);
        heard.heard_as = listener.name;
        if (!hear(std::move(heard))) break;
    }
    if (listener.is_unwanted) return;
    is_lost_ = true;
    on_lost_();
}

void NatsConnection::stop_listening(const std::string& name) {
    Listener* const listener = library_->find(name);
    if (listener == nullptr) return;
    listener->is_unwanted = true;
    natsSubscription_Unsubscribe(listener->subscription.get());  // The wait for a message returns.
    listener->join();
}

std::string NatsConnection::last_words() const {
    const char* words = nullptr;
    natsConnection_GetLastError(library_->connection(), &words);
    return text_of(words);
}

Status NatsConnection::send(const std::string& subject, const std::string& reply,
                            const NatsHeaders& headers, std::span<const std::uint8_t> body) {
    natsMsg* raw = nullptr;
    natsStatus status =
        body.size() > INT_MAX
            ? NATS_MAX_PAYLOAD
            : natsMsg_Create(&raw, subject.c_str(), reply.empty() ? nullptr : reply.c_str(),
                             reinterpret_cast<const char*>(body.data()),
                             static_cast<int>(body.size()));
    const Message message(raw);
    for (const auto& [name, value] : headers) {
        if (status == NATS_OK) status = natsMsgHeader_Set(raw, name.c_str(), value.c_str());
    }
    if (status == NATS_OK) status = natsConnection_PublishMsg(library_->connection(), raw);
    if (status == NATS_OK) return {};
    if (status == NATS_MAX_PAYLOAD) {
        return fail(ErrorCode::limit_exceeded, "the NATS server " + url_ + " takes no message of " +
                                                   std::to_string(body.size()) +
                                                   " bytes; raise its max_payload");
    }
    return fail(ErrorCode::backbone_unreachable,
                "the NATS server " + url_ + " cannot be written to: " + words_of(status));
}

}  // namespace crier::broker

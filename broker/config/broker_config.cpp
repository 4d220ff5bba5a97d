#include "broker/config/broker_config.hpp"

#include <unistd.h>

#include <cstdlib>

namespace crier::broker {
namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

/// The folder that systemd has made for crierd's own unit. Empty: it is not named so.
std::string service_folder(const char* name) {
    std::string folder = variable(name);
    return std::filesystem::path(folder).filename() == "crier" ? folder : "";
}

/// Empty: nothing says where.
std::filesystem::path data_by_default(const Surroundings& around) {
    if (!around.service_state.empty()) return around.service_state;
    if (around.is_root) return "/var/lib/crier";
    if (!around.state_home.empty()) return std::filesystem::path(around.state_home) / "crier";
    if (around.home.empty()) return {};
    return std::filesystem::path(around.home) / ".local/state/crier";
}

std::filesystem::path runtime_by_default(const Surroundings& around) {
    if (!around.service_runtime.empty()) return around.service_runtime;
    if (around.is_root) return "/run/crier";
    if (around.runtime_home.empty()) return {};
    return std::filesystem::path(around.runtime_home) / "crier";
}

Status check_insecure(const config::Settings& settings, std::string_view name,
                      const std::vector<std::string>& endpoints) {
    for (const std::string& endpoint : endpoints) {
        if (is_local(endpoint)) continue;
        return fail(ErrorCode::configuration_invalid,
                    std::string(name) + ": " + settings.quote("security.insecure") +
                        " allows endpoints on this machine only (ipc, 127.0.0.1, [::1]), because " +
                        "anyone who reaches " + endpoint +
                        " could then read and send every message (" + settings.source_of(name) +
                        ")");
    }
    return {};
}

/// Without CURVE a hello names its key, and nobody can tell whose that is.
Status check_insecure_ways_in(const config::Settings& settings, const BrokerConfig& config) {
    const bool is_closed = !config.sessions_invited;
    if (!is_closed && config.ticket_issuers.empty()) return {};
    const std::string_view name = is_closed ? "sessions.invited" : "sessions.ticket_issuers";
    return fail(ErrorCode::configuration_invalid,
                std::string(name) + ": " + settings.quote("security.insecure") +
                    " lets any session in as whom it says it is: without CURVE no key is proven, "
                    "and no ticket is looked at (" +
                    settings.source_of(name) + ")");
}

/// An endpoint and the setting that it is in.
struct Place {
    std::string_view setting;
    std::string_view endpoint;
};

Status check_apart(const config::Settings& settings, const std::vector<Place>& places) {
    for (std::size_t i = 0; i < places.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const auto& [first, taken] = places[j];
            const auto& [second, wanted] = places[i];
            const bool is_same_door = first == second;
            // "ipc" is a socket for each door.
            if (wanted == "ipc" && !is_same_door) continue;
            if (!excludes(taken, wanted)) continue;
            std::string text = std::string(second) + ": " + std::string(wanted) +
                               " cannot be listened at, because ";
            text += is_same_door ? "the same list" : std::string(first);
            text += " has " + std::string(taken);
            if (!is_same_door) text += " (" + settings.source_of(first) + ")";
            return fail(ErrorCode::configuration_invalid,
                        text + " (" + settings.source_of(second) + ")");
        }
    }
    return {};
}

}  // namespace

Surroundings Surroundings::of_this_process() {
    Surroundings around;
    around.is_root = geteuid() == 0;
    around.home = variable("HOME");
    around.config_home = variable("XDG_CONFIG_HOME");
    around.state_home = variable("XDG_STATE_HOME");
    around.runtime_home = variable("XDG_RUNTIME_DIR");
    around.service_config = service_folder("CONFIGURATION_DIRECTORY");
    around.service_state = service_folder("STATE_DIRECTORY");
    around.service_runtime = service_folder("RUNTIME_DIRECTORY");
    return around;
}

Result<Places> places_of(const BrokerConfig& config, const Surroundings& around) {
    if (!around.own_data.empty()) {
        const auto own = std::filesystem::absolute(around.own_data).lexically_normal();
        return Places{own, own, own / "invitations"};
    }
    Places places;
    places.data =
        config.data.empty() ? data_by_default(around) : std::filesystem::path(config.data);
    if (places.data.empty()) {
        return fail(ErrorCode::configuration_invalid,
                    "nothing says where the journal belongs: set storage.data, --data, or $HOME");
    }
    places.runtime =
        config.runtime.empty() ? runtime_by_default(around) : std::filesystem::path(config.runtime);
    if (places.runtime.empty()) {
        return fail(ErrorCode::configuration_invalid,
                    "nothing says where the invitations belong: set storage.runtime, --data, or "
                    "$XDG_RUNTIME_DIR");
    }
    places.invitations = places.runtime;
    return places;
}

Status check_together(const config::Settings& settings, const BrokerConfig& config) {
    struct Door {
        std::string_view setting;
        const std::vector<std::string>& endpoints;
        bool may_be_closed;
    };
    const std::array doors{
        Door{"sessions.endpoints", config.sessions_endpoints, false},
        Door{"operators.endpoints", config.operators_endpoints, false},
        Door{"bell.endpoints", config.bell_endpoints, true},
    };
    std::vector<Place> places;
    for (const Door& door : doors) {
        if (door.endpoints.empty() && !door.may_be_closed) {
            return fail(ErrorCode::configuration_invalid,
                        std::string(door.setting) + " = []: must have at least one endpoint (" +
                            settings.source_of(door.setting) + ")");
        }
        for (const std::string& endpoint : door.endpoints)
            places.push_back({door.setting, endpoint});
        if (!config.insecure) continue;
        if (auto checked = check_insecure(settings, door.setting, door.endpoints); !checked) {
            return checked;
        }
    }
    if (config.insecure) {
        if (auto checked = check_insecure_ways_in(settings, config); !checked) return checked;
    }
    if (!config.sessions_invited && !config.sessions_enrolled && config.ticket_issuers.empty()) {
        return fail(ErrorCode::configuration_invalid,
                    "no session could come in: set sessions.invited, sessions.enrolled, or "
                    "sessions.ticket_issuers (" +
                        settings.source_of("sessions.invited") + ")");
    }
    return check_apart(settings, places);
}

}  // namespace crier::broker

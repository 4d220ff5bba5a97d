/// \file
/// Endpoints as people write them: what is allowed, and what they become.

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/endpoint.hpp"

namespace crier::broker {

/// Rules for settings: nullopt when the text will do, else "must be …". The host of a TCP endpoint
/// is an address, `*`, or the name of a network interface that this machine has: libzmq looks no
/// name up to listen at.
[[nodiscard]] std::optional<std::string> endpoint_problem(std::string_view endpoint);
/// Where others come to: there a host's name will do, and no port of the system's choice.
[[nodiscard]] std::optional<std::string> place_problem(std::string_view endpoint);
[[nodiscard]] std::optional<std::string> host_problem(std::string_view host);
[[nodiscard]] std::optional<std::string> folder_problem(std::string_view folder);

[[nodiscard]] std::optional<std::string> nats_url_problem(std::string_view url);
[[nodiscard]] std::optional<std::string> cluster_name_problem(std::string_view name);

/// "tcp://127.0.0.1:0".
[[nodiscard]] bool is_any_port(std::string_view endpoint);

/// Whoever listens at one of them cannot listen at the other: they are the same, or have a port in
/// common of which one takes every address.
[[nodiscard]] bool excludes(std::string_view left, std::string_view right);

/// "ipc" becomes RUNTIME/DOOR.socket; the others stay.
[[nodiscard]] std::vector<std::string> resolved(const std::vector<std::string>& endpoints,
                                                const std::filesystem::path& runtime,
                                                std::string_view door);

/// "tcp://0.0.0.0:7411" is where a broker listens, and nowhere that a client can go: the same with
/// this machine's name. Others stay.
[[nodiscard]] std::string reachable(const std::string& endpoint);

/// What an invitation names: ipc first, because only there the kernel vouches for the account, then
/// TCP; with `hosts`, each TCP port under each of them.
[[nodiscard]] std::vector<std::string> advertised(const std::vector<std::string>& endpoints,
                                                  const std::vector<std::string>& hosts);

/// The same without what other machines cannot reach, unless nothing else is left.
[[nodiscard]] std::vector<std::string> for_other_machines(std::vector<std::string> endpoints);

}  // namespace crier::broker

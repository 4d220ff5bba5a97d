/// \file
/// Which of a message's languages a session is shown.

#pragma once

#include <string_view>

#include "crier/message.hpp"

namespace crier::protocol {

/// The translation that fits a locale best, as RFC 4647 looks up: "fr_CA.UTF-8" takes "fr-CA", else
/// "fr"; and where there is none, another French, such as "fr-BE". nullptr: the message's own text,
/// because it fits best, or because nothing fits. Case does not matter.
[[nodiscard]] const Translation* best_translation(const Content& content, std::string_view locale);

}  // namespace crier::protocol

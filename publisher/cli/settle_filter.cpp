#include "publisher/cli/settle_filter.hpp"

#include <utility>

#include "publisher/cli/times.hpp"

namespace crier::cli {

std::optional<protocol::FilterError> settle_filter(std::string& where, UtcTime now) {
    auto written = protocol::Filter::write_out_times(
        where, [now](std::string_view text) { return parse_since(text, now); });
    if (!written) return std::move(written.error());
    if (auto slip = protocol::Filter::find_slip(where)) return slip;
    where = *std::move(written);
    return std::nullopt;
}

}  // namespace crier::cli

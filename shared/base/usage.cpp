#include "shared/base/usage.hpp"

namespace crier {

std::string value_problem(const std::string& value) {
    if (value.empty()) return "the value is empty";
    if (value.starts_with("--")) return "the value is missing before " + value;
    return {};
}

std::string usage_complaint(std::string_view complaint) {
    constexpr std::string_view start_of_unknown = "The following argument";
    if (const auto end = complaint.find(": 1 required "); end != complaint.npos) {
        return std::string(complaint.substr(0, end)) + " needs a value";
    }
    const auto colon = complaint.find(": ");
    if (complaint.starts_with(start_of_unknown) && colon != complaint.npos) {
        return "not understood: " + std::string(complaint.substr(colon + 2));
    }
    return std::string(complaint);
}

}  // namespace crier

#include "subscriber/screens/noted_ids.hpp"

#include <charconv>
#include <fstream>

namespace crier::screens {

NotedIds::NotedIds(std::filesystem::path file) : file_(std::move(file)) {
    std::ifstream stream(file_);
    std::getline(stream, left_instance_);
    std::string line;
    while (std::getline(stream, line)) {
        std::uint32_t id = 0;
        const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), id);
        if (error != std::errc() || end != line.data() + line.size()) break;
        left_.push_back(id);
    }
}

std::vector<std::uint32_t> NotedIds::take_left(const std::string& instance) {
    const std::vector<std::uint32_t> left = std::exchange(left_, {});
    return left_instance_ == instance ? left : std::vector<std::uint32_t>();
}

void NotedIds::write(const std::string& instance, const std::vector<std::uint32_t>& ids) {
    // That it cannot be written costs a repeated notification after a crash, and no message.
    std::ofstream stream(file_, std::ios::trunc);
    stream << instance << "\n";
    for (const std::uint32_t id : ids) stream << id << "\n";
}

}  // namespace crier::screens

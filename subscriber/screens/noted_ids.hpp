/// \file
/// A small file with the ids of the notifications that stand on the desktop: for the run after a
/// crash, to take them off. Written over in place: a crash of the machine takes the desktop along.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace crier::screens {

/// A first line with the server's instance, then an id a line.
class NotedIds {
public:
    /// Reads what is there; a missing or damaged file has none.
    explicit NotedIds(std::filesystem::path file);

    /// Of the earlier run, if they were given by this instance of a server; only once.
    [[nodiscard]] std::vector<std::uint32_t> take_left(const std::string& instance);
    void write(const std::string& instance, const std::vector<std::uint32_t>& ids);

private:
    std::filesystem::path file_;
    std::string left_instance_;
    std::vector<std::uint32_t> left_;
};

}  // namespace crier::screens

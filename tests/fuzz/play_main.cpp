// Plays a fuzzer without libFuzzer, as a test of a usual build: its seeds, the inputs in a folder,
// and so many that are made of the seeds by chance, the same ones each time.
//
//     play_NAME COUNT [FOLDER]

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "tests/fuzz/fuzzer.hpp"

namespace crier::fuzz {

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "fuzzer: not so: %s\n", what);
    std::abort();
}

namespace {

Bytes bytes_in(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Some bytes are others, and the end may be missing.
Bytes changed(Bytes bytes, std::mt19937& random) {
    const auto below = [&random](std::size_t bound) { return random() % bound; };
    constexpr std::size_t changes_max = 8;
    for (std::size_t left = 1 + below(changes_max); left > 0 && !bytes.empty(); --left) {
        bytes[below(bytes.size())] = static_cast<std::uint8_t>(below(256));
    }
    const bool is_cut = below(4) == 0;
    if (is_cut) bytes.resize(below(bytes.size() + 1));
    return bytes;
}

std::size_t play(std::size_t count, const std::filesystem::path& folder) {
    std::vector<Bytes> inputs = seeds();
    if (!folder.empty()) {
        for (const auto& file : std::filesystem::directory_iterator(folder)) {
            inputs.push_back(bytes_in(file.path()));
        }
    }
    for (const Bytes& input : inputs) try_input(input);
    std::mt19937 random(1);
    for (std::size_t i = 0; i < count; ++i) {
        try_input(changed(inputs[random() % inputs.size()], random));
    }
    return inputs.size() + count;
}

}  // namespace
}  // namespace crier::fuzz

int main(int argument_count, char** arguments) {
    if (argument_count < 2) return 64;
    const std::size_t count = std::stoul(arguments[1]);
    const std::size_t played = crier::fuzz::play(count, argument_count > 2 ? arguments[2] : "");
    std::printf("%zu inputs\n", played);
}

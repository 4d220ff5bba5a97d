// The two functions that libFuzzer's main() calls. With --seeds=FOLDER the fuzzer writes its seeds
// there and is done.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/fuzz/fuzzer.hpp"

namespace crier::fuzz {

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "fuzzer: not so: %s\n", what);
    std::abort();
}

namespace {

bool write_seeds(const std::string& folder) {
    std::size_t number = 0;
    for (const Bytes& bytes : seeds()) {
        std::ofstream file(folder + "/seed-" + std::to_string(++number), std::ios::binary);
        file << text_of(bytes);
        if (!file.flush()) return false;
    }
    return number > 0;
}

}  // namespace
}  // namespace crier::fuzz

extern "C" int LLVMFuzzerInitialize(int* argument_count, char*** arguments);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerInitialize(int* argument_count, char*** arguments) {
    constexpr std::string_view option = "--seeds=";
    if (*argument_count < 2) return 0;
    const std::string_view given = (*arguments)[1];
    if (!given.starts_with(option)) return 0;
    const bool is_written = crier::fuzz::write_seeds(std::string(given.substr(option.size())));
    std::exit(is_written ? EXIT_SUCCESS : EXIT_FAILURE);
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    crier::fuzz::try_input({data, size});
    return 0;
}

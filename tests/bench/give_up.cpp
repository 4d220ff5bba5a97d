#include "tests/bench/give_up.hpp"

#include <cstdio>
#include <cstdlib>

namespace crier::bench {

void give_up(const std::string& why) {
    std::fprintf(stderr, "fan_out_bench: %s\n", why.c_str());
    std::exit(1);
}

}  // namespace crier::bench

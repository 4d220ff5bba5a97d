// crierd. Everything is built in broker.cpp and asked for in commands.cpp.
#include <malloc.h>

#include <exception>
#include <iostream>

#include "broker/commands.hpp"
#include "shared/base/core_dumps.hpp"

int main(int argc, char** argv) {
    crier::keep_out_of_core_dumps();
    // libzmq gives each connection queues of 16 KiB, of which an idle one uses the first few
    // hundred bytes. On pages of their own the rest of them takes no memory, and what is given back
    // is the system's at once: 6 KiB less for each idle session.
    constexpr int queue_bytes = 16 * 1024;
    mallopt(M_MMAP_THRESHOLD, queue_bytes);
    // Linux allows a process some 65,000 mappings. What is beyond these comes from the heap again.
    constexpr int blocks_on_own_pages = 40'000;
    mallopt(M_MMAP_MAX, blocks_on_own_pages);
    try {
        return crier::broker::run_crierd(argc, argv);
    } catch (const std::exception& surprise) {
        // None of our own code throws: a library has met what it cannot do without, memory mostly.
        std::cerr << "crierd: " << surprise.what() << '\n';
        return 70;
    }
}

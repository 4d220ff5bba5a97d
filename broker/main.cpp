// crierd. Everything is built in broker.cpp and asked for in commands.cpp.
#include <exception>
#include <iostream>

#include "broker/commands.hpp"

int main(int argc, char** argv) {
    try {
        return crier::broker::run_crierd(argc, argv);
    } catch (const std::exception& surprise) {
        // None of our own code throws: a library has met what it cannot do without, memory mostly.
        std::cerr << "crierd: " << surprise.what() << '\n';
        return 70;
    }
}

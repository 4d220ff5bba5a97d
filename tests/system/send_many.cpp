// Sends "message 1" to "message COUNT", one after the other, as an embedding program would.
//
//     send_many INVITATION COUNT

#include <cstdlib>
#include <iostream>
#include <string>

#include "crier/publisher.hpp"

int main(int argc, char** argv) {
    if (argc != 3) return 64;
    auto publisher = crier::Publisher::connect({.invitation = argv[1]});
    if (!publisher) {
        std::cerr << crier::to_string(publisher.error()) << '\n';
        return 1;
    }
    const int count = std::atoi(argv[2]);
    for (int number = 1; number <= count; ++number) {
        const std::string text = "message " + std::to_string(number);
        const auto sent = publisher->send({.text = text}, crier::Target::everyone());
        if (sent) continue;
        std::cerr << text << ": " << crier::to_string(sent.error()) << '\n';
        return 1;
    }
    return 0;
}

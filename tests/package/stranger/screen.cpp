// A session of a program of its own: prints each message's topic and text, a line each.
//
//     screen INVITATION USER

#include <crier/subscriber.hpp>
#include <iostream>

int main(int argc, char** argv) {
    if (argc != 3) return 64;
    crier::SubscriberOptions options;
    options.invitation = argv[1];
    options.attributes.user = argv[2];
    options.attributes.system_user = argv[2];
    options.attributes.application = "stranger";
    options.attributes.type = "embedded";

    crier::SubscriberHandler handler;
    handler.on_connected = [](const crier::SubscriberConnected& connected) {
        std::cout << "connected " << crier::to_string(connected.session) << std::endl;
    };
    handler.on_message = [](const crier::IncomingMessage& message) {
        std::cout << message.topic << ' ' << message.content.text << std::endl;
    };
    auto subscriber = crier::Subscriber::start(options, handler);
    if (!subscriber) {
        std::cerr << crier::to_string(subscriber.error()) << '\n';
        return 1;
    }
    // Until whoever started it closes its standard input.
    char byte = 0;
    while (std::cin.get(byte)) {
    }
    return 0;
}

// Messages on a console: printed on the subscriber's own thread, while main() reads what the person
// types.
//
//     crier-console INVITATION [USER]
//
// Enter says "I have read this" of the newest message; a number answers it, if it is a question.

#include <crier/subscriber.hpp>
#include <cstdlib>
#include <future>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace {

/// What a message says is not ours: nothing in it is to move the cursor, or to do worse.
std::string plain(const std::string& text) {
    std::string shown;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const auto next = static_cast<unsigned char>(at + 1 < text.size() ? text[at + 1] : 0);
        const bool is_c1 = byte == 0xc2 && next >= 0x80 && next < 0xa0;
        const bool is_c0 = (byte < 0x20 && byte != '\n') || byte == 0x7f;
        shown += is_c0 || is_c1 ? '?' : text[at];
        if (is_c1) ++at;
    }
    return shown;
}

/// What is on the screen. Both threads look at it.
class Screen {
public:
    /// False when it cannot be seen: nobody reads what we print.
    bool show(const crier::IncomingMessage& message, crier::UtcTime now) {
        const std::lock_guard lock(mutex_);
        std::erase_if(shown_, [&](const auto& one) { return one.id == message.id; });
        shown_.push_back(message);
        std::cout << plain(message.from) << ": " << plain(crier::text_at(message, now)) << '\n';
        for (std::size_t index = 0; index < message.content.choices.size(); ++index) {
            std::cout << "  " << index + 1 << "  " << plain(message.content.choices[index]) << '\n';
        }
        return static_cast<bool>(std::cout.flush());
    }

    void take_off(const crier::MessageId& id, std::string_view why) {
        const std::lock_guard lock(mutex_);
        std::erase_if(shown_, [&](const auto& one) { return one.id == id; });
        std::cout << why << std::endl;
    }

    std::optional<crier::IncomingMessage> newest() const {
        const std::lock_guard lock(mutex_);
        return shown_.empty() ? std::nullopt : std::optional(shown_.back());
    }

private:
    mutable std::mutex mutex_;
    std::vector<crier::IncomingMessage> shown_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: crier-console INVITATION [USER]\n";
        return 64;
    }
    crier::SubscriberOptions options;
    options.invitation = argv[1];
    options.attributes.user = argc > 2 ? argv[2] : "";
    options.attributes.application = "console";
    options.report = crier::Report::manual;

    Screen screen;
    // A handler may run before start() has returned: it waits here for what start() makes.
    std::promise<crier::Subscriber*> made;
    const std::shared_future<crier::Subscriber*> self = made.get_future().share();

    crier::SubscriberHandler handler;
    handler.on_connected = [](const auto&) { std::cout << "connected" << std::endl; };
    handler.on_disconnected = [](const crier::SubscriberDisconnected& now) {
        std::cout << "not connected: " << plain(now.error.detail) << std::endl;
    };
    handler.on_message = [&](const crier::IncomingMessage& message) {
        if (screen.show(message, self.get()->broker_time())) {
            self.get()->displayed(message.id, message.revision);
        } else {
            self.get()->failed(message.id, message.revision, "nobody reads the standard output");
        }
    };
    handler.on_removed = [&](const crier::MessageRemoved& removed) {
        screen.take_off(removed.id, crier::name_of(removed.cause));
    };
    handler.on_ended = [](const crier::SubscriberEnded& ended) {
        std::cout << crier::name_of(ended.cause) << ": " << plain(ended.error.detail) << std::endl;
        std::_Exit(1);  // Nothing is left to be said to the broker, and main() waits for a key.
    };

    auto subscriber = crier::Subscriber::start(options, handler);
    if (!subscriber) {
        std::cerr << crier::to_string(subscriber.error()) << '\n';
        return 1;
    }
    made.set_value(&*subscriber);

    for (std::string line; std::getline(std::cin, line);) {
        const auto message = screen.newest();
        if (!message) continue;
        const std::size_t choices = message->content.choices.size();
        const std::size_t choice = std::strtoul(line.c_str(), nullptr, 10);
        if (choices == 0) {
            subscriber->acknowledged(message->id, message->revision);
        } else if (choice >= 1 && choice <= choices) {
            subscriber->answered(message->id, message->revision,
                                 static_cast<std::uint32_t>(choice - 1));
        } else {
            continue;
        }
        subscriber->removed(message->id, message->revision);
        screen.take_off(message->id, "done");
    }
    return 0;  // The subscriber's destructor says what is still to be said, and goodbye.
}

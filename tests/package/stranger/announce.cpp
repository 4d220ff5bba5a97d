// The main job from a program: to everyone, to each session of one user, and what became of it;
// from several threads at once.
//
//     announce INVITATION SESSIONS      waits until SESSIONS sessions are connected

#include <atomic>
#include <crier/publisher.hpp>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

int report(const crier::Error& error) {
    std::cerr << crier::to_string(error) << '\n';
    return 1;
}

bool send(crier::Publisher& publisher, const std::string& text, const crier::Target& target,
          std::uint32_t expected) {
    crier::SendOptions options;
    options.wait_for = crier::State::displayed;
    const auto sent = publisher.send({.text = text}, target, options);
    if (!sent) return report(sent.error()) == 0;
    const auto outcome = publisher.outcome(sent->id);
    if (!outcome) return report(outcome.error()) == 0;
    const bool is_right = sent->is_complete && sent->tally.targeted() == expected &&
                          outcome->sessions.size() == expected;
    if (!is_right) std::cerr << "\"" << text << "\" did not reach " << expected << " sessions\n";
    return is_right;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 64;
    auto publisher = crier::Publisher::connect({.invitation = argv[1]});
    if (!publisher) return report(publisher.error());

    const auto everyone = static_cast<std::uint32_t>(std::atoi(argv[2]));
    const auto hers = publisher->sessions(crier::Target::matching("system_user=Vanessa"));
    if (!hers) return report(hers.error());
    std::cout << "Vanessa has " << hers->size() << " sessions" << std::endl;

    std::atomic<int> failures = 0;
    std::vector<std::thread> threads;
    for (int number = 1; number <= 4; ++number) {
        threads.emplace_back([&, number] {
            const std::string text = "broadcast " + std::to_string(number);
            if (!send(*publisher, text, crier::Target::everyone(), everyone)) ++failures;
        });
    }
    for (const crier::Session& session : *hers) {
        threads.emplace_back([&, id = session.id] {
            if (!send(*publisher, "Salut Vanessa", crier::Target::of({id}), 1)) ++failures;
        });
    }
    for (std::thread& thread : threads) thread.join();
    return failures == 0 ? 0 : 1;
}

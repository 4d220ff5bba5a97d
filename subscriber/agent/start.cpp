#include "subscriber/agent/start.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace crier::agent {
namespace {

namespace fs = std::filesystem;

constexpr int sessions_of_a_user_max = 256;

/// For this user alone; fine if it is there.
Status make_folder(const fs::path& folder) {
    if (mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
    return fail(ErrorCode::file_unusable,
                "cannot make the folder " + folder.string() + ": " + std::strerror(errno));
}

Result<Subscriber> start_with(const SessionFiles& files, const SubscriberOptions& base,
                              const SubscriberHandler& handler) {
    SubscriberOptions options = base;
    options.key_file = files.key_file;
    options.state_folder = files.state_folder;
    return Subscriber::start(std::move(options), handler);
}

}  // namespace

std::optional<SessionFiles> chosen_files(const AgentOptions& options) {
    if (options.key_file.empty() && options.state_folder.empty()) return std::nullopt;
    SessionFiles files{options.key_file, options.state_folder};
    if (files.state_folder.empty()) files.state_folder = files.key_file.string() + ".state";
    if (files.key_file.empty()) files.key_file = files.state_folder / "key";
    return files;
}

Result<SessionFiles> numbered_files(const fs::path& runtime, int number) {
    const fs::path folder = runtime / "crier" / std::to_string(number);
    for (const fs::path& part : {folder.parent_path(), folder}) {
        if (Status status = make_folder(part); !status) return fail(status.error());
    }
    return SessionFiles{folder / "key", folder / "state"};
}

Result<Subscriber> start_session(const AgentOptions& options, const Surroundings& surroundings,
                                 const SubscriberOptions& base, const SubscriberHandler& handler,
                                 SessionFiles& used) {
    if (const auto chosen = chosen_files(options)) {
        if (options.key_file.empty()) {
            if (Status status = make_folder(options.state_folder); !status) {
                return fail(status.error());
            }
        }
        used = *chosen;
        return start_with(used, base, handler);
    }
    const Result<fs::path> runtime = runtime_folder(surroundings);
    if (!runtime) return fail(runtime.error());
    for (int number = 1; number <= sessions_of_a_user_max; ++number) {
        const Result<SessionFiles> files = numbered_files(*runtime, number);
        if (!files) return fail(files.error());
        used = *files;
        Result<Subscriber> subscriber = start_with(used, base, handler);
        const bool is_taken = !subscriber && subscriber.error().code == ErrorCode::in_use;
        if (!is_taken) return subscriber;
    }
    return fail(ErrorCode::in_use, (*runtime / "crier").string() + ": all " +
                                       std::to_string(sessions_of_a_user_max) +
                                       " places are taken by other agents; end some of them");
}

}  // namespace crier::agent

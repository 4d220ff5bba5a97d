// The journal under kill -9: whatever was confirmed is there, and nothing is there by halves.
// Method: a child process takes the steps of journal_workload.hpp and writes the number of each
// confirmed one to a pipe; it is killed at seeded moments, again and again on the same files.

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <random>

#include "broker/journal/sqlite_journal.hpp"
#include "tests/integration/journal_workload.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::broker {
namespace {

/// Small, so that checkpoints come every few steps.
SqliteJournalSettings settings_for(const std::filesystem::path& directory) {
    return {.data_dir = directory, .ballast_bytes = 1u << 20};
}

/// Takes steps until it is killed.
[[noreturn]] void run_child(const SqliteJournalSettings& settings, int confirmations) {
    auto journal = SqliteJournal::open(settings);
    if (!journal) _exit(2);
    const auto last = workload::last_step(**journal);
    if (!last) _exit(3);
    for (std::uint64_t step = *last + 1;; ++step) {
        if (!workload::take_step(**journal, step)) _exit(4);
        if (write(confirmations, &step, sizeof step) != sizeof step) _exit(5);
    }
}

class Child {
public:
    explicit Child(const SqliteJournalSettings& settings) {
        std::array<int, 2> ends{};
        EXPECT_EQ(pipe(ends.data()), 0);
        pid_ = fork();
        if (pid_ == 0) {
            close(ends[0]);
            run_child(settings, ends[1]);
        }
        close(ends[1]);
        confirmations_ = ends[0];
    }
    ~Child() { close(confirmations_); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Kills it once it has confirmed `steps`, and some time after; tells the last confirmed step.
    std::uint64_t kill_after(int steps, std::chrono::microseconds time) {
        std::uint64_t last = 0;
        for (int i = 0; i < steps; ++i) {
            if (read(confirmations_, &last, sizeof last) != sizeof last) break;
        }
        const auto deadline = std::chrono::steady_clock::now() + time;
        while (wait_for_confirmation(deadline)) {
            if (read(confirmations_, &last, sizeof last) != sizeof last) break;
        }
        kill(pid_, SIGKILL);
        int status = 0;
        waitpid(pid_, &status, 0);
        EXPECT_TRUE(WIFSIGNALED(status)) << "it gave up by itself: " << WEXITSTATUS(status);
        while (read(confirmations_, &last, sizeof last) == sizeof last) continue;
        return last;
    }

private:
    bool wait_for_confirmation(std::chrono::steady_clock::time_point deadline) const {
        const std::chrono::nanoseconds left = deadline - std::chrono::steady_clock::now();
        if (left.count() <= 0) return false;
        const timespec limit{.tv_sec = 0, .tv_nsec = left.count()};
        pollfd confirmed{.fd = confirmations_, .events = POLLIN, .revents = 0};
        return ppoll(&confirmed, 1, &limit, nullptr) == 1;
    }

    pid_t pid_ = 0;
    int confirmations_ = -1;
};

TEST(JournalCrash, KeepsEverythingThatWasConfirmedAfterKillMinusNine) {
    constexpr int rounds = 50;
    const testing::TemporaryDirectory directory;
    const SqliteJournalSettings settings = settings_for(directory.path());
    std::mt19937 random(20'261'123);
    std::uint64_t confirmed = 0;
    std::uint64_t found_before = 0;
    for (int round = 0; round < rounds; ++round) {
        const int steps = static_cast<int>(random() % 8);
        const std::chrono::microseconds time(random() % 8'000);
        confirmed = std::max(confirmed, Child(settings).kill_after(steps, time));

        auto journal = SqliteJournal::open(settings);
        ASSERT_TRUE(journal) << "round " << round << (journal ? "" : to_string(journal.error()));
        const auto last = workload::last_step(**journal);
        ASSERT_TRUE(last) << "round " << round;
        EXPECT_GE(*last, confirmed) << "round " << round;
        EXPECT_LE(*last, std::max(confirmed, found_before) + 1)
            << "one at most in a round was not confirmed yet";
        found_before = *last;
        EXPECT_EQ(workload::difference(**journal, workload::model_of(*last)), "")
            << "round " << round << ", step " << *last;
        const Status sound = (*journal)->verify();
        EXPECT_TRUE(sound) << "round " << round << ": " << (sound ? "" : to_string(sound.error()));
    }
    EXPECT_GT(confirmed, 50u) << "a test that writes nothing proves nothing";
}

TEST(JournalCrash, FreesTheDataDirectoryWhenItsHolderIsKilled) {
    const testing::TemporaryDirectory directory;
    Child child(settings_for(directory.path()));
    EXPECT_GE(child.kill_after(1, std::chrono::microseconds(0)), 1u);
    EXPECT_TRUE(SqliteJournal::open(settings_for(directory.path())));
}

}  // namespace
}  // namespace crier::broker

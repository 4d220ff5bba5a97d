/// \file
/// What the engine and the links notice, as log lines and counts: one table says how loud each is.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "broker/cluster/member.hpp"
#include "broker/core/engine.hpp"
#include "broker/links/link.hpp"
#include "broker/log.hpp"

namespace crier::broker {

inline constexpr std::size_t fact_count = static_cast<std::size_t>(Fact::stopped) + 1;

[[nodiscard]] Level level_of(Fact fact) noexcept;

/// Thread-safety: the event loop's thread.
class Notices {
public:
    /// Of one kind of line (event and code) this many are written a minute; what is beyond is
    /// counted, and the next line after the minute says how many. So nobody can fill a disk.
    static constexpr std::uint32_t lines_a_minute_max = 20;

    /// The security log, lines marked `security=true`: who was refused or cut, one line a minute
    /// for each session, principal or address (what is known of them) and reason. So many lines a
    /// minute at most; what was left out is counted in the next minute's first line.
    static constexpr std::uint32_t security_lines_a_minute_max = 100;

    /// `log` must outlive this.
    explicit Notices(Log& log) : log_(log) {}

    void tell(const Notice& notice, Instant now);
    void tell(Door door, const Link::Ended& ended, Instant now);
    /// Of strangers: who did not get as far as a first frame.
    void tell(const transport::ConnectionHint& hint, Instant now);
    void tell(const MemberNotice& notice);

    /// While the broker tests its own doors, what they refuse is no news.
    void set_self_testing(bool is_self_testing) noexcept {
        is_self_testing_ = is_self_testing;
        self_tested_ = read_clocks().steady;
    }

    [[nodiscard]] std::uint64_t count(Fact fact) const noexcept {
        return counts_[static_cast<std::size_t>(fact)];
    }

    /// One line with every count that is not 0.
    void log_counts();

private:
    struct Minute {
        Instant began{};
        std::uint32_t lines = 0;
        std::uint64_t left_out = 0;
    };
    struct SecurityMinute {
        Instant began{};
        std::set<std::string> told;  ///< Reasons, each with who.
        std::uint64_t left_out = 0;
        std::uint64_t left_out_before = 0;  ///< In minutes before, and not told yet.
    };

    void write_security(Level level, std::string_view event, LogFields fields,
                        const std::string& reason_and_who, Instant now);
    void write(Level level, std::string_view event, LogFields fields, std::string_view kind,
               Instant now);

    Log& log_;
    std::array<std::uint64_t, fact_count> counts_{};
    std::array<std::uint64_t, link_end_count> ends_{};
    std::map<std::string, Minute, std::less<>> minutes_;  ///< As many as there are kinds of lines.
    SecurityMinute security_;
    bool is_self_testing_ = false;
    Instant self_tested_{};  ///< Since then it does, or does not.
};

}  // namespace crier::broker

/// \file
/// What the benchmark says: a table for people, and the same numbers as JSON.

#pragma once

#include <optional>
#include <string>
#include <vector>

namespace crier::bench {

/// One line of the table. Units are in its name.
struct Row {
    std::string name;
    std::optional<double> forwarder;  ///< nullopt: it has no such thing.
    double crier = 0;
    /// What Crier wants to be, as a ratio to the forwarder or as a value of its own.
    struct Goal {
        enum class Of : std::uint8_t { ratio, value };
        enum class Bound : std::uint8_t { at_least, at_most };
        Of of = Of::ratio;
        Bound bound = Bound::at_least;
        double limit = 0;
    };
    std::optional<Goal> goal;
    int decimals = 0;

    [[nodiscard]] std::optional<double> ratio() const;
    /// nullopt without a goal.
    [[nodiscard]] std::optional<bool> is_met() const;
};

[[nodiscard]] std::string to_table(const std::vector<Row>& rows);
[[nodiscard]] std::string to_json(const std::vector<Row>& rows);

}  // namespace crier::bench

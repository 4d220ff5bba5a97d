#include "publisher/cli/history.hpp"

#include <utility>

namespace crier::cli {

Result<Gathered<SentMessage>> read_history(const HistoryCommand& command,
                                           const ReadPage& read_page) {
    Gathered<SentMessage> found;
    std::optional<std::uint64_t> before;
    while (true) {
        auto page = read_page(before);
        if (!page) return fail(std::move(page.error()));
        // Who is silent for one page is mostly so for all; the last one that anybody was says who.
        if (!page->silent.empty()) found.silent = page->silent;
        const bool is_last = page->size() < history_page;
        if (!is_last) before = page->back().seq;
        bool is_any_young_enough = false;
        for (SentMessage& message : *page) {
            if (command.since && message.sent < *command.since) continue;
            is_any_young_enough = true;
            if (!command.by || message.from == *command.by) found.push_back(std::move(message));
        }
        if (is_last || !is_any_young_enough) return found;
    }
}

}  // namespace crier::cli

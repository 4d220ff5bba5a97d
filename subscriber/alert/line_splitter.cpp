#include "subscriber/alert/line_splitter.hpp"

namespace crier::alert {

void LineSplitter::add(std::string_view bytes, const Taker& take) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::string_view piece = bytes.substr(0, end);
        bytes.remove_prefix(end == bytes.npos ? bytes.size() : end + 1);
        if (is_too_long_ || begun_.size() + piece.size() > bytes_max_) {
            is_too_long_ = true;
            begun_.clear();
        } else {
            begun_ += piece;
        }
        if (end == std::string_view::npos) return;
        if (is_too_long_ || !begun_.empty()) take(begun_, is_too_long_);
        begun_.clear();
        is_too_long_ = false;
    }
}

}  // namespace crier::alert

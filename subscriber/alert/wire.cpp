#include "subscriber/alert/wire.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "subscriber/alert/line_protocol.hpp"

namespace crier::alert {

Wire::Wire(int input, int output, Hooks hooks)
    : input_(input),
      output_(output),
      hooks_(std::move(hooks)),
      splitter_(line_bytes_max),
      notifier_(input, QSocketNotifier::Read) {
    QObject::connect(&notifier_, &QSocketNotifier::activated, &notifier_, [this] { read_some(); });
}

void Wire::read_some() {
    std::array<char, 65'536> bytes;
    const ssize_t count = ::read(input_, bytes.data(), bytes.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) {
        notifier_.setEnabled(false);
        return hooks_.input_ended();
    }
    splitter_.add({bytes.data(), static_cast<std::size_t>(count)}, hooks_.line);
}

void Wire::write_line(std::string_view line) {
    const std::string whole = std::string(line) + '\n';
    std::string_view rest = whole;
    while (!rest.empty() && !has_failed_) {
        const ssize_t count = ::write(output_, rest.data(), rest.size());
        if (count >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            has_failed_ = true;
            hooks_.output_failed();
        }
    }
}

}  // namespace crier::alert

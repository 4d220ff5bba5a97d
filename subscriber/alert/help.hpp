/// \file
/// What `crier-alert --help` prints, and how the program ends. By hand, to fit 80 columns.

#pragma once

#include <cstdint>
#include <string_view>

namespace crier::alert {

enum class ExitCode : std::uint8_t {
    input_ended = 0,
    no_display = 3,
    output_gone = 7,
    usage = 64,
    broken = 70,
};

inline constexpr std::string_view help_text =
    R"(crier-alert: shows messages in a window that stays on top until they are
answered.

USAGE
  crier-alert [OPTIONS]

  crier-agent starts it, when a message is to be answered and there is a
  display. It reads JSON, a line each, and writes what became of the messages
  in the same way. When its input ends, it closes its window and ends.

OPTIONS
  --version                Print the version.
  -h, --help               Print this.

EXAMPLES
  To try it by hand; Ctrl-D closes it:
    (echo '{"show":{"id":"1","revision":1,"severity":"warning",' \
          '"text":"A restart at 22:00.","choices":["now","later"]}}'
     cat) | crier-alert

ENVIRONMENT
  DISPLAY, WAYLAND_DISPLAY Where the display is. With both, X11 comes first:
                           there a window can stay above the others.
  QT_QPA_PLATFORM          Another choice of Qt's platforms.
  QT_SCALE_FACTOR          2 makes everything twice as large.

EXIT STATUS
  0   its input has ended
  3   there is no display, or it cannot be used
  7   the output cannot be written any more
  64  the command line was not understood
  70  an error in the program itself
)";

}  // namespace crier::alert

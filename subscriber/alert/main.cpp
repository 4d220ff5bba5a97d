// `crier-alert`: the window in which crier-agent shows alerts. Builds each part and hands it what
// it needs.
#include <unistd.h>

#include <QApplication>
#include <QFontInfo>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/core_dumps.hpp"
#include "subscriber/alert/accessibility.hpp"
#include "subscriber/alert/alert_window.hpp"
#include "subscriber/alert/help.hpp"
#include "subscriber/alert/line_protocol.hpp"
#include "subscriber/alert/platform.hpp"
#include "subscriber/alert/wire.hpp"

namespace crier::alert {
namespace {

/// Smaller is hard to read across a desk; some systems without a desktop say 9.
constexpr qreal font_points_min = 10.5;

constexpr std::string_view no_display =
    "crier-alert: there is no display that can be used: set DISPLAY or WAYLAND_DISPLAY\n";

ExitCode refuse(std::string_view what, ExitCode code) {
    std::fwrite(what.data(), 1, what.size(), stderr);
    return code;
}

/// Qt aborts where it finds no display. It has said why by then.
void end_without_display(int) {
    // The process ends here in any case.
    [[maybe_unused]] const auto count =
        ::write(STDERR_FILENO, no_display.data(), no_display.size());
    _exit(static_cast<int>(ExitCode::no_display));
}

std::optional<ExitCode> answer_options(int argc, char** argv) {
    if (argc < 2) return std::nullopt;
    const std::string_view option = argv[1];
    std::string text;
    if (argc == 2 && option == "--version") text = "crier-alert " CRIER_VERSION "\n";
    if (argc == 2 && (option == "--help" || option == "-h")) text = help_text;
    if (text.empty()) {
        return refuse("crier-alert: it takes no arguments; see crier-alert --help\n",
                      ExitCode::usage);
    }
    if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) {
        return ExitCode::input_ended;
    }
    return refuse("crier-alert: the output could not be written\n", ExitCode::output_gone);
}

void prepare(QApplication& application) {
    QApplication::setQuitOnLastWindowClosed(false);
    QApplication::setApplicationName(QStringLiteral("crier-alert"));
    QFont font = QApplication::font();
    if (font.pointSizeF() > 0 && font.pointSizeF() < font_points_min) {
        font.setPointSizeF(font_points_min);
    }
    // Before fonts of symbols, which draw emoji as outlines. Passed over where it is missing.
    // By its real name, because "Sans Serif" would be missing too.
    font.setFamilies({QFontInfo(font).family(), QStringLiteral("Noto Color Emoji")});
    QApplication::setFont(font);
    application.setStyle(QStringLiteral("Fusion"));
    tell_screen_readers_of_alerts();
}

ExitCode show_messages(QApplication& application) {
    prepare(application);
    Wire* out = nullptr;
    AlertWindow window([&out](std::string_view line) { out->write_line(line); });
    const auto end = [](ExitCode code) { QCoreApplication::exit(static_cast<int>(code)); };
    const auto complain = [&out](const std::string& what) {
        std::fprintf(stderr, "crier-alert: %s\n", what.c_str());
        out->write_line(error_line(what));
    };
    const auto take = [&](std::string_view line, bool is_too_long) {
        if (is_too_long) {
            return complain("a line is longer than " + std::to_string(line_bytes_max) + " bytes");
        }
        Result<Instruction> instruction = parse_line(line);
        if (!instruction) return complain(instruction.error().detail);
        window.carry_out(*std::move(instruction));
    };
    Wire wire(STDIN_FILENO, STDOUT_FILENO,
              {.line = take,
               .input_ended = [end] { end(ExitCode::input_ended); },
               .output_failed = [end] { end(ExitCode::output_gone); }});
    out = &wire;
    wire.write_line(ready_line(platform_name(), is_kept_on_top()));
    return static_cast<ExitCode>(QApplication::exec());
}

ExitCode run(int argc, char** argv) {
    if (const auto code = answer_options(argc, argv)) return *code;
    const auto platform = choose_platform(read_display_variables());
    if (!platform) return refuse(no_display, ExitCode::no_display);
    qputenv("QT_QPA_PLATFORM", QByteArray::fromStdString(*platform));
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGABRT, end_without_display);
    QApplication application(argc, argv);
    std::signal(SIGABRT, SIG_DFL);
    return show_messages(application);
}

}  // namespace
}  // namespace crier::alert

int main(int argc, char** argv) {
    crier::keep_out_of_core_dumps();
    using crier::alert::ExitCode;
    try {
        return static_cast<int>(crier::alert::run(argc, argv));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "crier-alert: unexpected: %s\n", error.what());
        return static_cast<int>(ExitCode::broken);
    }
}

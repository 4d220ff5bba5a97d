/// \file
/// Says of a message that it is on the screen, and not a moment before.
///
///     its text is painted ──> the painting is handed over ──> the next frame falls due ──> told
///
/// The next frame is what the display asks for: an X server's window must be exposed for it, and a
/// Wayland compositor asks only for windows that it shows (frame callbacks). A window that is
/// minimized, on another workspace, or that the window manager has not mapped yet, gets none.

#pragma once

#include <QObject>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>

class QWidget;

namespace crier::alert {

class MessageFrame;

class PaintWitness : public QObject {
public:
    struct Hooks {
        std::function<MessageFrame*(const std::string& id)> find;  ///< nullptr: gone.
        std::function<void(const MessageFrame& frame)> displayed;  ///< Once for each revision.
        std::function<void()> exposed;  ///< The window came to the screen: paint all again.
    };

    PaintWitness(QWidget& window, Hooks hooks);

    /// Call once the window has its native one.
    void watch();

    void painted(const MessageFrame& frame);

    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    enum class Phase : std::uint8_t { idle, painting, asked };

    void ask();
    void confirm();
    [[nodiscard]] bool is_exposed() const;
    [[nodiscard]] bool was_told(const MessageFrame& frame) const;
    void tell(const MessageFrame& frame);

    QWidget& window_;
    Hooks hooks_;
    Phase phase_ = Phase::idle;
    std::map<std::string, std::uint64_t> painted_;  ///< Which revision, since the last asking.
    std::map<std::string, std::uint64_t> asked_;    ///< Painted before it.
    /// Also of messages that are gone: an agent may show one again.
    std::unordered_map<std::string, std::uint64_t> told_;
    std::deque<std::string> told_in_order_;
};

}  // namespace crier::alert

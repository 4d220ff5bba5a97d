/// \file
/// One message in the window: a card with its words, its countdown and its buttons.

#pragma once

#include <QElapsedTimer>
#include <QFrame>
#include <QTimer>
#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include "subscriber/alert/alert_button.hpp"
#include "subscriber/alert/line_protocol.hpp"

class QLabel;

namespace crier::alert {

class PlainText;

class MessageFrame : public QFrame {
public:
    /// What its buttons do, and what it tells its window.
    struct Hooks {
        std::function<void()> acknowledge;
        std::function<void(std::size_t choice)> answer;
        std::function<void()> dismiss;
        std::function<void()> painted;  ///< Its text was, with at least one line of it to be seen.
        std::function<void()> resized;  ///< It wants another height.
        /// The keyboard selects there, in the frame's coordinates: scroll to it.
        std::function<void(const QRect& place)> reveal;
    };

    /// For so long after its buttons appeared, or moved, they do nothing: whoever was typing or
    /// clicking meant something else. As long as a person takes to see that something has changed
    /// and to hold a movement that had begun.
    static constexpr std::chrono::milliseconds settling_time{700};

    MessageFrame(ShownMessage message, Hooks hooks, QWidget* parent);

    /// The same id: replaces what differs, and leaves alone what does not.
    void replace(ShownMessage message);

    [[nodiscard]] const ShownMessage& message() const { return message_; }
    /// What a person reads is painted and in view.
    [[nodiscard]] bool is_seen() const;
    /// Paints the text again, and so tells again whether it is to be seen.
    void paint_again();
    /// The window got the keyboard: what is being typed was not meant for it.
    void keyboard_came();

    /// A digit, from 1. False: no such choice.
    bool press_digit(int digit);
    /// Where Tab goes, in this order; the first is the text.
    [[nodiscard]] std::vector<QWidget*> stops() const;

protected:
    void paintEvent(QPaintEvent* event) override;
    void moveEvent(QMoveEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void build();
    void build_choices();
    void apply_texts();
    void apply_buttons(bool choices_are_new);
    void apply_colors();
    void tick();
    /// Its buttons have moved or changed: they are deaf until they settle, from their painting on.
    void unsettle();
    [[nodiscard]] bool is_open(Means means) const;

    ShownMessage message_;
    Hooks hooks_;
    bool is_acknowledged_ = false;  ///< Said for this state of the message: once is enough.
    QElapsedTimer painted_;         ///< Since when its buttons stand where they are.
    QElapsedTimer keyboard_;
    qint64 ends_ms_ = 0;  ///< The countdown's end, by the clock that goes on in sleep.
    QTimer ticker_;

    QWidget* icon_ = nullptr;
    PlainText* header_ = nullptr;
    PlainText* title_ = nullptr;
    PlainText* text_ = nullptr;
    PlainText* facts_ = nullptr;
    QLabel* countdown_ = nullptr;
    QWidget* button_row_ = nullptr;
    std::vector<AlertButton*> choices_;
    AlertButton* acknowledge_ = nullptr;
    AlertButton* hide_ = nullptr;
    PlainText* note_ = nullptr;
};

}  // namespace crier::alert

/// \file
/// The strip at the top of a window: one message at a time, the others wait behind it.
///
/// A message counts as displayed when it was painted, and not before: one that waits, or whose
/// window is minimized, was not seen by anybody.

#pragma once

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <crier/subscriber.hpp>
#include <deque>
#include <functional>

class Banner : public QFrame {
public:
    std::function<void(const crier::IncomingMessage&)> on_painted;
    std::function<void(const crier::IncomingMessage&)> on_acknowledged;
    std::function<void(const crier::IncomingMessage&, std::uint32_t choice)> on_answered;
    std::function<crier::UtcTime()> now;  ///< By the broker's clock.

    explicit Banner(QWidget* parent) : QFrame(parent) {
        setFrameShape(QFrame::StyledPanel);
        setAutoFillBackground(true);
        text_.setTextFormat(Qt::PlainText);  // Who wrote it writes no HTML here.
        text_.setWordWrap(true);
        auto* rows = new QVBoxLayout(this);
        rows->addWidget(&text_);
        rows->addLayout(&buttons_);
        // A countdown goes on.
        QObject::connect(&second_, &QTimer::timeout, this, [this] { write_text(); });
        hide();
    }

    /// A newer revision takes the place of its message.
    void show_message(const crier::IncomingMessage& message) {
        const auto found = find(message.id);
        const bool is_first = found == messages_.begin();
        if (found == messages_.end()) {
            messages_.push_back(message);
        } else {
            *found = message;
        }
        if (is_first) show_first();  // It is the one that is shown, or there was none.
    }

    void take_off(const crier::MessageId& id) {
        const auto found = find(id);
        if (found == messages_.end()) return;
        const bool is_first = found == messages_.begin();
        messages_.erase(found);
        if (is_first) show_first();
    }

protected:
    void paintEvent(QPaintEvent* event) override {
        QFrame::paintEvent(event);
        if (is_painted_ || messages_.empty()) return;
        is_painted_ = true;
        on_painted(messages_.front());
    }

private:
    std::deque<crier::IncomingMessage>::iterator find(const crier::MessageId& id) {
        return std::find_if(messages_.begin(), messages_.end(),
                            [&](const auto& one) { return one.id == id; });
    }

    void show_first() {
        while (QLayoutItem* item = buttons_.takeAt(0)) {
            item->widget()->deleteLater();  // It may be the one that was pressed.
            delete item;
        }
        second_.stop();
        setVisible(!messages_.empty());
        if (messages_.empty()) return;

        is_painted_ = false;
        const crier::IncomingMessage message = messages_.front();
        write_text();
        if (message.content.countdown_to) second_.start(1'000);
        if (message.content.choices.empty()) {
            add_button("&I have read this", [this, message] { on_acknowledged(message); });
        }
        std::uint32_t choice = 0;
        for (const std::string& line : message.content.choices) {
            // A letter behind & is a key: "&1 yes" is Alt+1, and what the operator wrote is none.
            const QString label = QString::fromStdString(line).replace('&', "&&");
            add_button(QString("&%1  ").arg(choice + 1) + label,
                       [this, message, choice] { on_answered(message, choice); });
            ++choice;
        }
        update();
    }

    void add_button(const QString& label, const std::function<void()>& pressed) {
        auto* button = new QPushButton(label, this);
        buttons_.addWidget(button);
        // The button goes away by what it does: so not while it is still at it.
        QObject::connect(button, &QPushButton::clicked, this, pressed, Qt::QueuedConnection);
    }

    void write_text() {
        const crier::IncomingMessage& message = messages_.front();
        text_.setText(QString::fromStdString(message.from + ": " + crier::text_at(message, now())));
    }

    std::deque<crier::IncomingMessage> messages_;  ///< The first is shown.
    bool is_painted_ = false;                      ///< That one, in this revision.
    QLabel text_;
    QHBoxLayout buttons_;
    QTimer second_;
};

#include "subscriber/alert/message_frame.hpp"

#include <time.h>

#include <QApplication>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QStringList>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "shared/base/time.hpp"
#include "subscriber/alert/flow_layout.hpp"
#include "subscriber/alert/look.hpp"
#include "subscriber/alert/plain_text.hpp"

namespace crier::alert {
namespace {

QString to_qt(const std::string& text) {
    return QString::fromStdString(text);
}

/// Goes on while the machine sleeps, as the broker's countdown does.
qint64 now_ms() {
    timespec time{};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return static_cast<qint64>(time.tv_sec) * 1'000 + time.tv_nsec / 1'000'000;
}

/// By the first character that has a direction.
bool is_right_to_left(const ShownMessage& message) {
    QString all;
    for (const std::string& part : message.parts) all += to_qt(part);
    return (all + to_qt(message.title)).isRightToLeft();
}

class SeverityIcon : public QWidget {
public:
    SeverityIcon(Severity severity, QWidget* parent) : QWidget(parent), severity_(severity) {
        const int side = units(*this, 1.5);
        setFixedSize(side, side);
    }
    void set_severity(Severity severity) {
        severity_ = severity;
        update();
    }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        paint_icon(painter, rect(), severity_, palette());
    }

private:
    Severity severity_;
};

void set_ink(QWidget& widget, const QColor& color) {
    QPalette palette = widget.palette();
    palette.setColor(QPalette::Text, color);
    palette.setColor(QPalette::WindowText, color);
    widget.setPalette(palette);
}

void set_line(PlainText& line, const QString& text, bool is_right_to_left) {
    line.set_text(text, is_right_to_left);
    line.setAccessibleName(text);
    line.setVisible(!text.isEmpty());
}

/// Tells when it moves, for its buttons move with it.
class ButtonRow : public QWidget {
public:
    ButtonRow(std::function<void()> on_moved, QWidget* parent)
        : QWidget(parent), on_moved_(std::move(on_moved)) {
        auto* const flow = new FlowLayout(this);
        flow->setContentsMargins(0, units(*parent, 0.2), 0, 0);
        flow->setSpacing(units(*parent, 0.4));
        QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Fixed);
        policy.setHeightForWidth(true);
        setSizePolicy(policy);
    }

protected:
    void moveEvent(QMoveEvent*) override { on_moved_(); }

private:
    std::function<void()> on_moved_;
};

}  // namespace

MessageFrame::MessageFrame(ShownMessage message, Hooks hooks, QWidget* parent)
    : QFrame(parent), message_(std::move(message)), hooks_(std::move(hooks)) {
    build();
    ticker_.setSingleShot(true);
    ticker_.setTimerType(Qt::PreciseTimer);
    QObject::connect(&ticker_, &QTimer::timeout, this, [this] { tick(); });
    // The ring around the text is painted here.
    QObject::connect(qApp, &QApplication::focusChanged, this, [this] { update(); });
    ends_ms_ = now_ms() + message_.countdown.value_or(std::chrono::milliseconds{0}).count();
    apply_texts();
    apply_buttons(true);
    apply_colors();
    tick();
}

void MessageFrame::build() {
    auto* const grid = new QGridLayout(this);
    const int pad = units(*this, 0.9);
    grid->setContentsMargins(pad + units(*this, 0.3), pad, pad, pad);
    grid->setHorizontalSpacing(units(*this, 0.7));
    grid->setVerticalSpacing(units(*this, 0.45));
    grid->setColumnStretch(1, 1);

    icon_ = new SeverityIcon(message_.severity, this);
    header_ = new PlainText(false, this);
    header_->setFont(scaled(font(), 0.92, true));
    title_ = new PlainText(false, this);
    title_->setFont(scaled(font(), 1.25, true));
    text_ = new PlainText(true, this);
    text_->on_painted = [this] {
        if (text_->is_seen()) hooks_.painted();
    };
    text_->on_selected = [this] {
        const QRect cursor = text_->cursorRect();
        hooks_.reveal({text_->mapTo(this, cursor.topLeft()), cursor.size()});
    };
    countdown_ = new QLabel(this);
    countdown_->setTextFormat(Qt::PlainText);
    countdown_->setFont(scaled(font(), 1.5, true));
    button_row_ = new ButtonRow([this] { unsettle(); }, this);
    const auto open = [this](Means means) { return is_open(means); };
    acknowledge_ = new AlertButton(AlertButton::Kind::main, 0, open, this);
    hide_ = new AlertButton(AlertButton::Kind::quiet, 0, open, this);
    QObject::connect(acknowledge_, &QPushButton::clicked, this, [this] {
        if (std::exchange(is_acknowledged_, true)) return;
        hooks_.acknowledge();
    });
    QObject::connect(hide_, &QPushButton::clicked, this, [this] { hooks_.dismiss(); });

    note_ = new PlainText(false, this);
    note_->setFont(scaled(font(), 0.95));
    facts_ = new PlainText(false, this);
    facts_->setFont(scaled(font(), 0.9));

    int row = 0;
    for (QWidget* const widget :
         {static_cast<QWidget*>(header_), static_cast<QWidget*>(title_),
          static_cast<QWidget*>(text_), static_cast<QWidget*>(countdown_), button_row_,
          static_cast<QWidget*>(note_), static_cast<QWidget*>(facts_)}) {
        grid->addWidget(widget, row++, 1);
    }
    grid->addWidget(icon_, 0, 0, row, 1, Qt::AlignTop);
}

void MessageFrame::replace(ShownMessage message) {
    const bool is_newer = message.revision != message_.revision;
    const bool has_new_choices = message.choices != message_.choices;
    message_ = std::move(message);
    is_acknowledged_ = false;
    ends_ms_ = now_ms() + message_.countdown.value_or(std::chrono::milliseconds{0}).count();
    apply_texts();
    apply_buttons(has_new_choices);
    apply_colors();
    if (is_newer) {
        unsettle();
        paint_again();
    }
    tick();
    hooks_.resized();
}

void MessageFrame::apply_texts() {
    const bool rtl = is_right_to_left(message_);
    setLayoutDirection(rtl ? Qt::RightToLeft : Qt::LeftToRight);
    // Digits alone have no direction of their own.
    countdown_->setAlignment(Qt::AlignAbsolute | (rtl ? Qt::AlignRight : Qt::AlignLeft));
    static_cast<SeverityIcon*>(icon_)->set_severity(message_.severity);
    set_line(*header_, to_qt(message_.header), rtl);
    set_line(*title_, to_qt(message_.title), rtl);
    set_line(*note_, to_qt(message_.note), rtl);

    QStringList facts;
    QStringList isolated;
    for (const std::string& fact : message_.facts) {
        facts << to_qt(fact);
        // A name that reads the other way stays in its place.
        isolated << QChar(0x2068) + facts.back() + QChar(0x2069);
    }
    facts_->set_text(isolated.join(QStringLiteral("  ·  ")), rtl);
    facts_->setAccessibleName(facts.join(QStringLiteral(", ")));
    facts_->setVisible(!facts.isEmpty());

    std::vector<QString> parts;
    for (const std::string& part : message_.parts) parts.push_back(to_qt(part));
    text_->set_parts(parts, rtl);

    QStringList name{to_qt(message_.header), to_qt(message_.title)};
    name.removeAll(QString());
    setAccessibleName(name.isEmpty() ? parts.front().left(80) : name.join(QStringLiteral(": ")));
    setAccessibleDescription(facts.join(QStringLiteral(", ")));
    text_->setAccessibleName(accessibleName());
}

void MessageFrame::build_choices() {
    const bool has_focus = std::any_of(choices_.begin(), choices_.end(),
                                       [](const AlertButton* one) { return one->hasFocus(); });
    // On the text, no key does what was meant for a button that is gone.
    if (has_focus) text_->setFocus();
    QLayout* const row = button_row_->layout();
    for (AlertButton* const button : choices_) {
        row->removeWidget(button);
        button->hide();
        button->deleteLater();
    }
    choices_.clear();
    for (std::size_t choice = 0; choice < message_.choices.size(); ++choice) {
        const int digit = choice < 9 ? static_cast<int>(choice) + 1 : 0;
        auto* const button = new AlertButton(
            AlertButton::Kind::choice, digit, [this](Means means) { return is_open(means); }, this);
        button->set_label(to_qt(message_.choices[choice]));
        QObject::connect(button, &QPushButton::clicked, this,
                         [this, choice] { hooks_.answer(choice); });
        row->addWidget(button);
        button->show();
        choices_.push_back(button);
    }
    for (AlertButton* const button : {acknowledge_, hide_}) {
        row->removeWidget(button);
        row->addWidget(button);
    }
}

void MessageFrame::apply_buttons(bool choices_are_new) {
    if (choices_are_new) {
        build_choices();
        unsettle();
    }
    for (std::size_t choice = 0; choice < choices_.size(); ++choice) {
        choices_[choice]->set_chosen(message_.answer == choice);
    }
    const bool has_acknowledge = message_.acknowledge.has_value();
    if (!has_acknowledge && acknowledge_->hasFocus()) text_->setFocus();
    if (has_acknowledge) acknowledge_->set_label(to_qt(*message_.acknowledge));
    acknowledge_->setVisible(has_acknowledge);
    hide_->set_label(to_qt(message_.hide));
}

void MessageFrame::apply_colors() {
    const Colors colors = colors_of(palette());
    set_ink(*header_, severity_color(message_.severity, palette()));
    set_ink(*countdown_, severity_color(message_.severity, palette()));
    set_ink(*facts_, colors.muted);
    set_ink(*note_, colors.muted);
    update();
}

void MessageFrame::tick() {
    countdown_->setVisible(message_.countdown.has_value());
    if (!message_.countdown) return ticker_.stop();
    const qint64 left = std::max<qint64>(0, ends_ms_ - now_ms());
    const QString words = to_qt(remaining_words(std::chrono::milliseconds(left)));
    if (countdown_->text() != words) {
        countdown_->setText(words);
        const int before = text_->heightForWidth(text_->width());
        text_->fill(words);
        if (text_->heightForWidth(text_->width()) != before) hooks_.resized();
    }
    // Seconds are rounded up: the words change when a whole number of them is left.
    if (left > 0) ticker_.start(static_cast<int>((left - 1) % 1'000 + 1));
}

bool MessageFrame::is_seen() const {
    return isVisible() && text_->is_seen();
}

void MessageFrame::paint_again() {
    text_->viewport()->update();
}

void MessageFrame::unsettle() {
    painted_.invalidate();
    update();
}

void MessageFrame::keyboard_came() {
    keyboard_.start();
}

bool MessageFrame::is_open(Means means) const {
    constexpr qint64 wait = settling_time.count();
    if (!painted_.isValid() || !painted_.hasExpired(wait)) return false;
    return means == Means::mouse || !keyboard_.isValid() || keyboard_.hasExpired(wait);
}

bool MessageFrame::press_digit(int digit) {
    if (digit < 1 || static_cast<std::size_t>(digit) > choices_.size()) return false;
    if (is_open(Means::key)) choices_[static_cast<std::size_t>(digit) - 1]->click();
    return true;
}

std::vector<QWidget*> MessageFrame::stops() const {
    std::vector<QWidget*> all{text_};
    all.insert(all.end(), choices_.begin(), choices_.end());
    all.push_back(acknowledge_);
    all.push_back(hide_);
    return all;
}

void MessageFrame::paintEvent(QPaintEvent*) {
    if (!painted_.isValid()) painted_.start();
    const Colors colors = colors_of(palette());
    const QColor color = severity_color(message_.severity, palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const qreal round = line_unit(*this) * 0.45;
    const QRectF card = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    QPainterPath shape;
    shape.addRoundedRect(card, round, round);
    painter.fillPath(shape, colors.card);

    // A band at the side where reading begins.
    const qreal band = line_unit(*this) * 0.28;
    QRectF side(card.left(), card.top(), band, card.height());
    if (layoutDirection() == Qt::RightToLeft) side.moveRight(card.right());
    painter.setClipPath(shape);
    painter.fillRect(side, color);
    painter.setClipping(false);
    painter.setPen(QPen(colors.border, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(shape);

    if (text_->hasFocus()) {
        painter.setPen(QPen(colors.accent, 1.5));
        painter.drawRoundedRect(QRectF(text_->geometry()).adjusted(-6, -4, 6, 4), 5, 5);
    }
}

void MessageFrame::moveEvent(QMoveEvent*) {
    unsettle();
}

void MessageFrame::changeEvent(QEvent* event) {
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && note_ != nullptr) apply_colors();
}

}  // namespace crier::alert

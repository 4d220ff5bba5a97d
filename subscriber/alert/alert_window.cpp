#include "subscriber/alert/alert_window.hpp"

#include <QAccessible>
#include <QApplication>
#include <QCloseEvent>
#include <QCursor>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QScreen>
#include <QScrollArea>
#include <QScrollBar>
#include <QTimer>
#include <QVBoxLayout>
#include <QWindow>
#include <algorithm>
#include <utility>

#include "subscriber/alert/look.hpp"
#include "subscriber/alert/message_frame.hpp"
#include "subscriber/alert/platform.hpp"

namespace crier::alert {
namespace {

/// Of the screen's height without panels; the rest stays visible.
constexpr qreal height_part_max = 0.8;
constexpr qreal width_part_max = 0.9;
/// In units of a line: some 70 characters.
constexpr qreal width_wanted = 32;
/// The frame that a window manager adds, until it has said how high that is, in units of a line.
constexpr qreal frame_guess = 2;

/// As high as its messages at the width that there is. A scroll area would else make it as high as
/// they were at their smallest width.
class MessageList : public QWidget {
public:
    [[nodiscard]] QSize minimumSizeHint() const override { return {1, 1}; }
};

/// Slim, without arrows: the keyboard and the wheel scroll too.
QString scroll_bar_style(const QWidget& widget) {
    const Colors colors = colors_of(widget.palette());
    const QColor handle = blend(widget.palette().color(QPalette::Window), colors.text, 0.45);
    return QStringLiteral(
               "QScrollBar { background: transparent; width: %1px; }"
               "QScrollBar::handle { background: %2; border-radius: %3px; min-height: %4px;"
               " margin: 2px; }"
               "QScrollBar::add-line, QScrollBar::sub-line { height: 0; }"
               "QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }")
        .arg(units(widget, 0.6))
        .arg(handle.name())
        .arg((units(widget, 0.6) - 4) / 2)
        .arg(line_unit(widget) * 2);
}

}  // namespace

AlertWindow::AlertWindow(std::function<void(std::string_view line)> say)
    : QWidget(nullptr, Qt::Window | Qt::WindowStaysOnTopHint),
      say_(std::move(say)),
      witness_(*this, {.find = [this](const std::string& id) { return find(id); },
                       .displayed =
                           [this](const MessageFrame& frame) {
                               say_(deed_line(Deed::displayed, frame.message().id,
                                              frame.message().revision));
                           },
                       .exposed =
                           [this] {
                               for (MessageFrame* const frame : frames_) frame->paint_again();
                               fit();  // Now the window manager's frame is known.
                           }}) {
    // Whoever is typing goes on typing where they were.
    setAttribute(Qt::WA_ShowWithoutActivating);
    setWindowTitle(QStringLiteral("Messages"));
    setAccessibleName(windowTitle());

    const int pad = units(*this, 0.7);
    auto* const all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    heading_ = new QLabel(this);
    heading_->setTextFormat(Qt::PlainText);
    heading_->setFont(scaled(font(), 1.05, true));
    heading_->setContentsMargins(pad, pad, pad, 0);
    heading_->hide();
    all->addWidget(heading_);

    scroll_ = new QScrollArea(this);
    scroll_->setWidgetResizable(true);
    scroll_->setFrameShape(QFrame::NoFrame);
    scroll_->setFocusPolicy(Qt::NoFocus);
    scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll_->verticalScrollBar()->setStyleSheet(scroll_bar_style(*this));
    scroll_->viewport()->setAutoFillBackground(false);
    list_ = new MessageList;
    column_ = new QVBoxLayout(list_);
    column_->setContentsMargins(pad, pad, pad, pad);
    column_->setSpacing(pad);
    column_->addStretch(1);
    scroll_->setWidget(list_);
    list_->setAutoFillBackground(false);
    all->addWidget(scroll_);
    setMinimumSize(units(*this, 14), units(*this, 6));
    qApp->installEventFilter(this);
}

AlertWindow::~AlertWindow() {
    qApp->removeEventFilter(this);
}

void AlertWindow::carry_out(Instruction instruction) {
    // Also when it has to wait for a mouse button: the program is alive.
    if (const auto* show = std::get_if<Show>(&instruction)) {
        say_(deed_line(Deed::taken, show->message.id, show->message.revision));
    }
    waiting_.push_back(std::move(instruction));
    apply_waiting();
}

void AlertWindow::apply_waiting() {
    if (QGuiApplication::mouseButtons() != Qt::NoButton) return;
    for (Instruction& instruction : std::exchange(waiting_, {})) {
        std::visit([this](auto& one) { apply(std::move(one)); }, instruction);
    }
    flush_to_display();
}

bool AlertWindow::eventFilter(QObject* watched, QEvent* event) {
    const bool is_end = event->type() == QEvent::MouseButtonRelease ||
                        event->type() == QEvent::MouseMove || event->type() == QEvent::Enter;
    // Not now: whoever gets the event is to finish with it first. A move tells of a release that
    // happened elsewhere.
    if (is_end && !waiting_.empty()) QTimer::singleShot(0, this, [this] { apply_waiting(); });
    return QWidget::eventFilter(watched, event);
}

void AlertWindow::apply(Show show) {
    const bool is_urgent = show.message.urgent;
    MessageFrame* const known = find(show.message.id);
    if (known == nullptr) {
        if (frames_.size() >= messages_max) {
            return say_(error_line("there are " + std::to_string(messages_max) +
                                   " messages in the window, and no room for another"));
        }
        add(std::move(show.message));
        pop_up();
    } else if (show.message.revision < known->message().revision) {
        return say_(error_line("show: a newer revision is shown already"));
    } else {
        known->replace(std::move(show.message));
        rearrange();
    }
    if (is_urgent) ask_for_attention();
}

void AlertWindow::apply(const Remove& remove) {
    take_away(remove.id);
}

void AlertWindow::apply(const Ring& ring) {
    MessageFrame* const frame = find(ring.id);
    if (frame == nullptr) return;
    QApplication::beep();
    pop_up();
    scroll_->ensureWidgetVisible(frame, 0, 0);
    ask_for_attention();
}

void AlertWindow::apply(WindowWords words) {
    if (words.title) setWindowTitle(QString::fromStdString(*words.title));
    setAccessibleName(windowTitle());
    if (words.heading) heading_words_ = *words.heading;
    if (words.is_right_to_left) {
        setLayoutDirection(*words.is_right_to_left ? Qt::RightToLeft : Qt::LeftToRight);
    }
    apply_heading();
}

void AlertWindow::add(ShownMessage message) {
    const std::string id = message.id;
    MessageFrame::Hooks hooks{
        .acknowledge =
            [this, id] { say_(deed_line(Deed::acknowledged, id, find(id)->message().revision)); },
        .answer =
            [this, id](std::size_t choice) {
                say_(answered_line(id, find(id)->message().revision, choice));
            },
        // The button that was pressed is not to vanish in its own event.
        .dismiss = [this, id] { QTimer::singleShot(0, this, [this, id] { dismiss(id); }); },
        .painted =
            [this, id] {
                if (const MessageFrame* const frame = find(id)) witness_.painted(*frame);
            },
        .resized = [this] { fit_soon(); },
        .reveal =
            [this, id](const QRect& place) {
                const QPoint middle = find(id)->mapTo(list_, place.center());
                scroll_->ensureVisible(middle.x(), middle.y(), 0, place.height());
            },
    };
    auto* const frame = new MessageFrame(std::move(message), std::move(hooks), list_);
    frame->lower();  // The first for screen readers too, which go by this order.
    column_->insertWidget(0, frame);
    frames_.insert(frames_.begin(), frame);
    frame->show();
    rearrange();
    scroll_->verticalScrollBar()->setValue(0);
    QAccessibleEvent appeared(frame, QAccessible::Alert);
    QAccessible::updateAccessibility(&appeared);
}

void AlertWindow::take_away(const std::string& id) {
    MessageFrame* const frame = find(id);
    if (frame == nullptr) return;
    const bool had_keyboard = focused() == frame;
    std::erase(frames_, frame);
    column_->removeWidget(frame);
    frame->hide();
    frame->deleteLater();
    if (frames_.empty()) return hide();
    // On a text, where no key does anything, and not on the next button.
    if (had_keyboard) frames_.front()->stops().front()->setFocus();
    rearrange();
}

void AlertWindow::dismiss(const std::string& id) {
    const MessageFrame* const frame = find(id);
    if (frame == nullptr) return;
    say_(deed_line(Deed::dismissed, id, frame->message().revision));
    take_away(id);
}

MessageFrame* AlertWindow::find(const std::string& id) const {
    const auto found = std::find_if(frames_.begin(), frames_.end(), [&](const MessageFrame* one) {
        return one->message().id == id;
    });
    return found == frames_.end() ? nullptr : *found;
}

MessageFrame* AlertWindow::focused() const {
    const QWidget* const focus = focusWidget();
    const auto found = std::find_if(frames_.begin(), frames_.end(), [&](const MessageFrame* one) {
        return focus != nullptr && one->isAncestorOf(focus);
    });
    return found == frames_.end() ? nullptr : *found;
}

void AlertWindow::pop_up() {
    if (isMinimized()) setWindowState(windowState() & ~Qt::WindowMinimized);
    if (isVisible()) return raise();
    if (windowHandle() == nullptr) {
        create();
        witness_.watch();
    }
    place_on_screen();
    show();
    raise();
}

void AlertWindow::ask_for_attention() {
    raise();
    QApplication::alert(this);
}

void AlertWindow::rearrange() {
    apply_heading();
    apply_tab_order();
    fit();
}

void AlertWindow::apply_heading() {
    heading_->setText(QString::fromStdString(heading_of(heading_words_, frames_.size())));
    heading_->setVisible(frames_.size() > 1);
}

void AlertWindow::apply_tab_order() {
    QWidget* before = nullptr;
    for (const MessageFrame* const frame : frames_) {
        for (QWidget* const stop : frame->stops()) {
            if (before != nullptr) setTabOrder(before, stop);
            before = stop;
        }
    }
}

int AlertWindow::height_max() const {
    const int decoration = isVisible() ? frameGeometry().height() - height() : 0;
    const int around = decoration > 0 ? decoration : units(*this, frame_guess);
    return static_cast<int>(screen()->availableGeometry().height() * height_part_max) - around;
}

void AlertWindow::fit_soon() {
    if (std::exchange(is_fitting_, true)) return;
    QTimer::singleShot(0, this, [this] {
        is_fitting_ = false;
        fit();
    });
}

void AlertWindow::fit() {
    if (frames_.empty() || isMaximized() || isFullScreen()) return;
    const QRect room = screen()->availableGeometry();
    const int width_now = std::min(isVisible() ? width() : units(*this, width_wanted),
                                   static_cast<int>(room.width() * width_part_max));
    const int head = heading_->isHidden() ? 0 : heading_->sizeHint().height();
    column_->invalidate();
    int wanted = column_->totalHeightForWidth(width_now) + head;
    if (wanted > height_max()) wanted = height_max();
    wanted = std::max(wanted, minimumHeight());
    if (QSize(width_now, wanted) != size()) resize(width_now, wanted);
    // What grew downwards stays on the screen, with some of it below.
    const int bottom = room.bottom() - room.height() / 20;
    const int below = frameGeometry().bottom() - bottom;
    if (isVisible() && below > 0 && pos().y() > room.top()) {
        move(pos().x(), std::max(room.top(), pos().y() - below));
    }
}

void AlertWindow::place_on_screen() {
    const QScreen* where = QGuiApplication::screenAt(QCursor::pos());
    if (where == nullptr) where = screen();
    const QRect room = where->availableGeometry();
    fit();
    move(room.left() + (room.width() - width()) / 2,
         room.top() + static_cast<int>((room.height() - height()) * 0.3));
}

void AlertWindow::closeEvent(QCloseEvent* event) {
    for (const MessageFrame* const frame : frames_) {
        say_(deed_line(Deed::dismissed, frame->message().id, frame->message().revision));
    }
    for (MessageFrame* const frame : std::exchange(frames_, {})) {
        column_->removeWidget(frame);
        frame->hide();
        frame->deleteLater();
    }
    event->accept();
}

void AlertWindow::keyPressEvent(QKeyEvent* event) {
    const int key = event->key();
    Qt::KeyboardModifiers free = Qt::KeypadModifier;
    const bool is_digit = key >= Qt::Key_1 && key <= Qt::Key_9;
    if (is_digit) free |= Qt::ShiftModifier;  // French keyboards have digits there.
    if ((event->modifiers() & ~free) != Qt::NoModifier) return event->ignore();
    QScrollBar* const bar = scroll_->verticalScrollBar();
    if (is_digit) {
        MessageFrame* const frame = focused();
        if (frame != nullptr && !event->isAutoRepeat()) frame->press_digit(key - Qt::Key_0);
        return;
    }
    switch (key) {
        case Qt::Key_Up:
            return bar->triggerAction(QScrollBar::SliderSingleStepSub);
        case Qt::Key_Down:
            return bar->triggerAction(QScrollBar::SliderSingleStepAdd);
        case Qt::Key_PageUp:
            return bar->triggerAction(QScrollBar::SliderPageStepSub);
        case Qt::Key_PageDown:
            return bar->triggerAction(QScrollBar::SliderPageStepAdd);
        case Qt::Key_Home:
            return bar->triggerAction(QScrollBar::SliderToMinimum);
        case Qt::Key_End:
            return bar->triggerAction(QScrollBar::SliderToMaximum);
        default:
            event->ignore();  // Escape too: it neither closes nor acknowledges.
    }
}

void AlertWindow::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() != QEvent::ActivationChange || !isActiveWindow()) return;
    for (MessageFrame* const frame : frames_) frame->keyboard_came();
}

void AlertWindow::paintEvent(QPaintEvent*) {
    QPainter(this).fillRect(rect(), palette().color(QPalette::Window));
}

}  // namespace crier::alert

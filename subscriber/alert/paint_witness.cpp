#include "subscriber/alert/paint_witness.hpp"

#include <QEvent>
#include <QScreen>
#include <QTimer>
#include <QWidget>
#include <QWindow>
#include <utility>

#include "subscriber/alert/message_frame.hpp"

namespace crier::alert {
namespace {

/// Messages of which it is remembered that they were told.
constexpr std::size_t told_max = 4'096;

}  // namespace

PaintWitness::PaintWitness(QWidget& window, Hooks hooks)
    : window_(window), hooks_(std::move(hooks)) {}

void PaintWitness::watch() {
    window_.windowHandle()->installEventFilter(this);
}

bool PaintWitness::is_exposed() const {
    const QWindow* const native = window_.windowHandle();
    return native != nullptr && native->isExposed() && native->screen() != nullptr &&
           native->screen()->virtualGeometry().intersects(native->geometry());
}

bool PaintWitness::was_told(const MessageFrame& frame) const {
    const auto found = told_.find(frame.message().id);
    return found != told_.end() && found->second == frame.message().revision;
}

void PaintWitness::painted(const MessageFrame& frame) {
    if (was_told(frame)) return;
    painted_[frame.message().id] = frame.message().revision;
    if (phase_ != Phase::idle) return;
    phase_ = Phase::painting;
    QTimer::singleShot(0, this, [this] { ask(); });
}

void PaintWitness::ask() {
    if (phase_ != Phase::painting) return;
    if (!is_exposed()) {
        // It will be painted again when it is.
        painted_.clear();
        phase_ = Phase::idle;
        return;
    }
    asked_ = std::exchange(painted_, {});
    phase_ = Phase::asked;
    window_.windowHandle()->requestUpdate();
}

void PaintWitness::confirm() {
    phase_ = Phase::idle;
    for (const auto& [id, revision] : std::exchange(asked_, {})) {
        const MessageFrame* const frame = hooks_.find(id);
        // A newer revision may have come meanwhile, and is yet to be painted.
        if (frame == nullptr || frame->message().revision != revision || was_told(*frame)) continue;
        if (is_exposed() && frame->is_seen()) tell(*frame);
    }
    if (painted_.empty()) return;
    phase_ = Phase::painting;
    QTimer::singleShot(0, this, [this] { ask(); });
}

void PaintWitness::tell(const MessageFrame& frame) {
    const std::string& id = frame.message().id;
    if (told_.insert_or_assign(id, frame.message().revision).second) {
        told_in_order_.push_back(id);
        if (told_in_order_.size() > told_max) {
            told_.erase(told_in_order_.front());
            told_in_order_.pop_front();
        }
    }
    hooks_.displayed(frame);
}

bool PaintWitness::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::UpdateRequest && phase_ == Phase::asked) {
        confirm();
    } else if (event->type() == QEvent::Expose) {
        if (!is_exposed()) {
            // Nothing that was painted before counts; and no frame may ever come.
            painted_.clear();
            asked_.clear();
            phase_ = Phase::idle;
        } else {
            QTimer::singleShot(0, this, [this] { hooks_.exposed(); });
        }
    }
    return QObject::eventFilter(watched, event);
}

}  // namespace crier::alert

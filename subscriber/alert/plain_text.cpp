#include "subscriber/alert/plain_text.hpp"

#include <QFontMetrics>
#include <QKeyEvent>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextDocument>
#include <QTextOption>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <memory>

#include "subscriber/alert/look.hpp"

namespace crier::alert {
namespace {

/// Room for the text cursor at the ends of a line.
constexpr qreal margin_px = 1;

}  // namespace

PlainText::PlainText(bool is_stop, QWidget* parent) : QTextEdit(parent) {
    setReadOnly(true);
    setAcceptRichText(false);
    setFrameShape(QFrame::NoFrame);
    setUndoRedoEnabled(false);
    setTabChangesFocus(true);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    setTextInteractionFlags(is_stop ? Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard
                                    : Qt::TextInteractionFlags(Qt::TextSelectableByMouse));
    setFocusPolicy(is_stop ? Qt::StrongFocus : Qt::ClickFocus);
    document()->setDocumentMargin(margin_px);
    viewport()->setAutoFillBackground(false);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void PlainText::set_parts(const std::vector<QString>& parts, bool is_right_to_left) {
    if (is_right_to_left != is_right_to_left_) {
        is_right_to_left_ = is_right_to_left;
        setLayoutDirection(is_right_to_left ? Qt::RightToLeft : Qt::LeftToRight);
    }
    QTextOption option = document()->defaultTextOption();
    option.setTextDirection(is_right_to_left ? Qt::RightToLeft : Qt::LeftToRight);
    document()->setDefaultTextOption(option);
    if (parts == parts_) return;
    parts_ = parts;
    gaps_.clear();
    setPlainText(parts.empty() ? QString() : parts.front());
    for (std::size_t part = 1; part < parts.size(); ++part) {
        QTextCursor end(document());
        end.movePosition(QTextCursor::End);
        gaps_.push_back({end.position(), 0});
        end.insertText(parts[part]);
    }
    measured_width_ = -1;
    updateGeometry();
}

void PlainText::fill(const QString& words) {
    QTextCursor edit(document());
    edit.beginEditBlock();
    int shift = 0;
    for (Gap& gap : gaps_) {
        gap.begin += shift;
        edit.setPosition(gap.begin);
        edit.setPosition(gap.begin + gap.length, QTextCursor::KeepAnchor);
        if (edit.selectedText() != words) edit.insertText(words);
        shift += static_cast<int>(words.size()) - gap.length;
        gap.length = static_cast<int>(words.size());
    }
    edit.endEditBlock();
    const int before = measured_height_;
    measured_width_ = -1;
    if (!gaps_.empty() && heightForWidth(width()) != before) updateGeometry();
}

bool PlainText::is_seen() const {
    const QRect seen = viewport()->visibleRegion().boundingRect();
    const int line = std::min(QFontMetrics(font()).height(), viewport()->height());
    return !seen.isEmpty() && seen.height() >= line;
}

QSize PlainText::sizeHint() const {
    const int wide = units(*this, 20);
    return {wide, heightForWidth(wide)};
}

QSize PlainText::minimumSizeHint() const {
    return {units(*this, 4), line_unit(*this)};
}

int PlainText::heightForWidth(int width) const {
    if (width == measured_width_) return measured_height_;
    QTextDocument* measured = document();
    std::unique_ptr<QTextDocument> copy;
    if (measured->textWidth() != width) {
        copy.reset(measured->clone());
        measured = copy.get();
        measured->setDefaultFont(font());
        measured->setTextWidth(width);
    }
    measured_width_ = width;
    measured_height_ = static_cast<int>(std::ceil(measured->size().height()));
    return measured_height_;
}

void PlainText::paintEvent(QPaintEvent* event) {
    QTextEdit::paintEvent(event);
    on_painted();
}

void PlainText::keyPressEvent(QKeyEvent* event) {
    // Alone they scroll what is around; with Shift they select.
    switch (event->key()) {
        case Qt::Key_Up:
        case Qt::Key_Down:
        case Qt::Key_PageUp:
        case Qt::Key_PageDown:
        case Qt::Key_Home:
        case Qt::Key_End:
            if ((event->modifiers() & ~Qt::KeypadModifier) == Qt::NoModifier)
                return event->ignore();
            break;
        default:
            break;
    }
    QTextEdit::keyPressEvent(event);
    if (textCursor().hasSelection()) on_selected();
}

void PlainText::wheelEvent(QWheelEvent* event) {
    event->ignore();
}

void PlainText::changeEvent(QEvent* event) {
    QTextEdit::changeEvent(event);
    if (event->type() != QEvent::FontChange) return;
    measured_width_ = -1;
    updateGeometry();
}

}  // namespace crier::alert

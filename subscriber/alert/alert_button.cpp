#include "subscriber/alert/alert_button.hpp"

#include <QFontMetrics>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QStyle>
#include <QTextLayout>
#include <QTextOption>
#include <algorithm>
#include <cmath>
#include <utility>

#include "subscriber/alert/look.hpp"

namespace crier::alert {
namespace {

// In units of a line's height.
constexpr qreal side_padding = 0.75;
constexpr qreal above = 0.42;
constexpr qreal label_max = 22;
constexpr qreal lead_width = 1.1;
/// From the edge to the ring that shows the focus, in pixels.
constexpr qreal ring = 3;

QTextOption wrapping(Qt::LayoutDirection direction) {
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setTextDirection(direction);
    option.setAlignment(Qt::AlignVCenter | Qt::AlignLeft);
    return option;
}

}  // namespace

AlertButton::AlertButton(Kind kind, int digit, std::function<bool(Means)> is_open, QWidget* parent)
    : QPushButton(parent), kind_(kind), digit_(digit), is_open_(std::move(is_open)) {
    setFocusPolicy(Qt::StrongFocus);
    setCheckable(kind == Kind::choice);
    setAttribute(Qt::WA_Hover);
    setFont(scaled(font(), 1.0, kind == Kind::main));
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void AlertButton::set_label(const QString& label) {
    if (label == label_) return;
    label_ = label;
    setAccessibleName(label);
    if (digit_ != 0) setAccessibleDescription(QString::number(digit_));
    updateGeometry();
    update();
}

void AlertButton::set_chosen(bool is_chosen) {
    setChecked(is_chosen);
    update();
}

int AlertButton::lead() const {
    return kind_ == Kind::choice ? units(*this, lead_width + 0.35) : 0;
}

QSize AlertButton::label_size(int width_max) const {
    const QFontMetricsF metrics(font());
    const QRectF all =
        metrics.boundingRect(QRectF(0, 0, width_max, 100'000), Qt::TextSingleLine, label_);
    if (all.width() < width_max) {
        return {static_cast<int>(std::ceil(all.width())) + 1,
                static_cast<int>(std::ceil(metrics.height()))};
    }
    // Qt's text layout, as it is painted.
    QTextOption option = wrapping(layoutDirection());
    QTextLayout layout(label_, font());
    layout.setTextOption(option);
    layout.beginLayout();
    qreal height = 0;
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(width_max);
        height += line.height();
    }
    layout.endLayout();
    return {width_max, static_cast<int>(std::ceil(height)) + 1};
}

QSize AlertButton::sizeHint() const {
    const QSize label = label_size(units(*this, label_max));
    return {label.width() + lead() + 2 * units(*this, side_padding),
            label.height() + 2 * units(*this, above)};
}

QSize AlertButton::minimumSizeHint() const {
    return {units(*this, 2), line_unit(*this) + 2 * units(*this, above)};
}

int AlertButton::heightForWidth(int width) const {
    const int room = width - lead() - 2 * units(*this, side_padding);
    return label_size(std::max(1, room)).height() + 2 * units(*this, above);
}

void AlertButton::paint_lead(QPainter& painter, const QRect& area, const QColor& ink) const {
    const qreal unit = line_unit(*this);
    if (isChecked()) {
        painter.setPen(QPen(ink, unit * 0.13, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.setBrush(Qt::NoBrush);
        const QPointF middle = QRectF(area).center();
        const QPointF mark[] = {middle + QPointF(-0.30, 0.02) * unit,
                                middle + QPointF(-0.08, 0.24) * unit,
                                middle + QPointF(0.32, -0.24) * unit};
        painter.drawPolyline(mark, 3);
        return;
    }
    if (digit_ == 0 || digit_ > 9) return;
    painter.setFont(scaled(font(), 0.85));
    painter.setPen(ink);
    painter.drawText(area, Qt::AlignCenter | Qt::TextSingleLine, QString::number(digit_));
}

void AlertButton::paintEvent(QPaintEvent*) {
    const Colors colors = colors_of(palette());
    QColor fill = kind_ == Kind::main ? colors.accent : colors.card;
    QColor ink = kind_ == Kind::main ? colors.on_accent : colors.text;
    QColor edge = kind_ == Kind::main ? colors.accent : colors.border;
    QColor lead_ink = colors.muted;
    if (kind_ == Kind::quiet) ink = colors.muted;
    if (hasFocus() && kind_ != Kind::main) edge = colors.accent;
    if (isChecked()) {
        fill = blend(colors.card, colors.accent, 0.14);
        edge = lead_ink = colors.accent;
    }
    if (isDown()) {
        fill = blend(fill, colors.text, 0.16);
    } else if (underMouse() && isEnabled()) {
        fill = blend(fill, kind_ == Kind::main ? colors.on_accent : colors.text, 0.07);
    }

    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const qreal round = line_unit(*this) * 0.34;
    const QRectF body = QRectF(rect()).adjusted(1, 1, -1, -1);
    painter.setPen(QPen(edge, hasFocus() || isChecked() ? 1.6 : 1));
    painter.setBrush(fill);
    painter.drawRoundedRect(body, round, round);
    if (hasFocus()) {
        painter.setPen(QPen(kind_ == Kind::main ? colors.on_accent : colors.accent, 1.6));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(body.adjusted(ring, ring, -ring, -ring), round - ring + 1,
                                round - ring + 1);
    }

    const int inset = units(*this, side_padding);
    const QRect inside = rect().adjusted(inset, 0, -inset, 0);
    if (lead() > 0) {
        const QRect area(inside.left(), inside.top(), units(*this, lead_width), inside.height());
        paint_lead(painter, QStyle::visualRect(layoutDirection(), inside, area), lead_ink);
    }
    const QRect room(inside.left() + lead(), inside.top(), inside.width() - lead(),
                     inside.height());
    painter.setFont(font());
    painter.setPen(ink);
    painter.drawText(QRectF(QStyle::visualRect(layoutDirection(), inside, room)), label_,
                     wrapping(layoutDirection()));
}

void AlertButton::mousePressEvent(QMouseEvent* event) {
    if (is_open_(Means::mouse)) QPushButton::mousePressEvent(event);
}

void AlertButton::keyPressEvent(QKeyEvent* event) {
    const bool is_enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    const bool is_press = is_enter || event->key() == Qt::Key_Space;
    if (!is_press) return QPushButton::keyPressEvent(event);
    // A key that is held down was pressed for something else.
    if (event->isAutoRepeat() || !is_open_(Means::key)) return;
    // Outside of dialogs Qt's buttons know the space bar alone.
    if (is_enter) return click();
    QPushButton::keyPressEvent(event);
}

}  // namespace crier::alert

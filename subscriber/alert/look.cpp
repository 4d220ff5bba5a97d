#include "subscriber/alert/look.hpp"

#include <QFontMetrics>
#include <QPainter>
#include <QPainterPath>
#include <QWidget>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace crier::alert {
namespace {

bool is_dark(const QPalette& palette) {
    return palette.color(QPalette::Base).lightness() < 128;
}

QPainterPath octagon(const QRectF& area) {
    const QPointF center = area.center();
    const qreal radius = area.width() / 2;
    QPolygonF corners;
    for (int corner = 0; corner < 8; ++corner) {
        const qreal angle = (corner + 0.5) * std::numbers::pi / 4;
        corners << center + QPointF(radius * std::cos(angle), radius * std::sin(angle));
    }
    QPainterPath path;
    path.addPolygon(corners);
    path.closeSubpath();
    return path;
}

QPainterPath triangle(const QRectF& area) {
    QPainterPath path;
    path.moveTo(area.center().x(), area.top() + area.height() * 0.10);
    path.lineTo(area.right() - area.width() * 0.06, area.bottom() - area.height() * 0.12);
    path.lineTo(area.left() + area.width() * 0.06, area.bottom() - area.height() * 0.12);
    path.closeSubpath();
    return path;
}

}  // namespace

QColor blend(const QColor& under, const QColor& over, qreal part) {
    const auto mixed = [part](int a, int b) {
        return static_cast<int>(std::lround(a + (b - a) * part));
    };
    return {mixed(under.red(), over.red()), mixed(under.green(), over.green()),
            mixed(under.blue(), over.blue())};
}

Colors colors_of(const QPalette& palette) {
    const QColor card = palette.color(QPalette::Base);
    const QColor text = palette.color(QPalette::Text);
    const bool dark = is_dark(palette);
    return {.text = text,
            .muted = blend(card, text, dark ? 0.72 : 0.66),
            .card = card,
            .border = blend(card, text, dark ? 0.28 : 0.20),
            .accent = dark ? QColor(0x7d, 0xb4, 0xf2) : QColor(0x1c, 0x5d, 0xa8),
            .on_accent = dark ? QColor(0x0c, 0x1c, 0x2e) : QColor(Qt::white)};
}

QColor severity_color(Severity severity, const QPalette& palette) {
    const bool dark = is_dark(palette);
    switch (severity) {
        case Severity::info:
            return dark ? QColor(0x8a, 0xbc, 0xf5) : QColor(0x1c, 0x5d, 0xa8);
        case Severity::warning:
            return dark ? QColor(0xf2, 0xc2, 0x5c) : QColor(0x8f, 0x55, 0x00);
        case Severity::critical:
            break;
    }
    return dark ? QColor(0xff, 0x9a, 0x90) : QColor(0xb4, 0x23, 0x1a);
}

int line_unit(const QWidget& widget) {
    return QFontMetrics(widget.font()).height();
}

int units(const QWidget& widget, qreal factor) {
    return std::max(1, static_cast<int>(std::lround(line_unit(widget) * factor)));
}

QFont scaled(QFont font, qreal factor, bool is_bold) {
    if (font.pointSizeF() > 0) {
        font.setPointSizeF(font.pointSizeF() * factor);
    } else {
        font.setPixelSize(static_cast<int>(std::lround(font.pixelSize() * factor)));
    }
    if (is_bold) font.setWeight(QFont::DemiBold);
    return font;
}

void paint_icon(QPainter& painter, const QRectF& area, Severity severity, const QPalette& palette) {
    QPainterPath shape;
    if (severity == Severity::info) {
        const qreal inset = area.width() * 0.06;
        shape.addEllipse(area.adjusted(inset, inset, -inset, -inset));
    } else {
        shape = severity == Severity::warning ? triangle(area) : octagon(area);
    }
    const QColor color = severity_color(severity, palette);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    // A pen of its own colour rounds the corners.
    painter.setPen(QPen(color, area.width() * 0.08, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(color);
    painter.drawPath(shape);

    const qreal unit = area.height();
    const qreal middle = area.center().x();
    const QColor mark = colors_of(palette).card;
    painter.setPen(QPen(mark, unit * 0.11, Qt::SolidLine, Qt::RoundCap));
    painter.setBrush(Qt::NoBrush);
    const auto at = [&](qreal part) { return area.top() + unit * part; };
    if (severity == Severity::info) {
        painter.drawLine(QPointF(middle, at(0.47)), QPointF(middle, at(0.72)));
        painter.drawPoint(QPointF(middle, at(0.29)));
    } else {
        const qreal shift = severity == Severity::warning ? 0.08 : 0.0;
        painter.drawLine(QPointF(middle, at(0.28 + shift)), QPointF(middle, at(0.52 + shift)));
        painter.drawPoint(QPointF(middle, at(0.71 + shift * 0.4)));
    }
    painter.restore();
}

}  // namespace crier::alert

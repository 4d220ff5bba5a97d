/// \file
/// Colours, measures and icons of the window: one place, so that everything fits together. Measures
/// come from the font, so that they grow with it (QT_FONT_DPI) and with the screen
/// (QT_SCALE_FACTOR).

#pragma once

#include <QColor>
#include <QFont>
#include <QPalette>
#include <QRectF>

#include "crier/message.hpp"

class QPainter;
class QWidget;

namespace crier::alert {

/// What every colour of ours follows from: the desktop's palette, light or dark.
struct Colors {
    QColor text;    ///< On cards; at least 7:1 against them.
    QColor muted;   ///< What is secondary; at least 4.5:1.
    QColor card;    ///< Behind one message.
    QColor border;  ///< Around cards and buttons.
    QColor accent;  ///< The main button and the focus.
    QColor on_accent;
};
[[nodiscard]] Colors colors_of(const QPalette& palette);

/// Of words and icon; at least 4.5:1 against a card.
[[nodiscard]] QColor severity_color(Severity severity, const QPalette& palette);

/// `part` (0 to 1) of `over` on `under`.
[[nodiscard]] QColor blend(const QColor& under, const QColor& over, qreal part);

/// The height of a line: the unit of every measure.
[[nodiscard]] int line_unit(const QWidget& widget);
/// The same, with a factor, at least one pixel.
[[nodiscard]] int units(const QWidget& widget, qreal factor);

[[nodiscard]] QFont scaled(QFont font, qreal factor, bool is_bold = false);

/// A shape for each severity, told apart without colour: circle, triangle, octagon.
void paint_icon(QPainter& painter, const QRectF& area, Severity severity, const QPalette& palette);

}  // namespace crier::alert

/// \file
/// A button that wraps its label, shows its digit, and is deaf while a person may not yet have seen
/// what it does.

#pragma once

#include <QPushButton>
#include <QString>
#include <functional>

namespace crier::alert {

enum class Means : std::uint8_t { mouse, key };

class AlertButton : public QPushButton {
public:
    enum class Kind : std::uint8_t { choice, main, quiet };

    /// `is_open`: says whether a press by this means counts now. `digit`: 0 for none.
    AlertButton(Kind kind, int digit, std::function<bool(Means)> is_open, QWidget* parent);

    void set_label(const QString& label);
    /// The choice made so far: said in colour, by a mark, and to screen readers.
    void set_chosen(bool is_chosen);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void nextCheckState() override {}  ///< Who shows the message says what is chosen.

private:
    /// Beside the label: the digit or the mark, and its distance.
    [[nodiscard]] int lead() const;
    [[nodiscard]] QSize label_size(int width_max) const;
    void paint_lead(QPainter& painter, const QRect& area, const QColor& ink) const;

    Kind kind_;
    int digit_;
    std::function<bool(Means)> is_open_;
    QString label_;
};

}  // namespace crier::alert

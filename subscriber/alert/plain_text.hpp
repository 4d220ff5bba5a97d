/// \file
/// Text as it is: never markup, wrapped anywhere if it must be, as high as its lines, selectable.

#pragma once

#include <QString>
#include <QTextEdit>
#include <functional>
#include <vector>

namespace crier::alert {

/// Also for one line: a label of Qt's does not wrap what has no blanks. Scrolling is for what is
/// around it.
class PlainText : public QTextEdit {
public:
    /// `is_stop`: Tab comes here, and the keyboard selects; else only the mouse does.
    PlainText(bool is_stop, QWidget* parent);

    /// Several parts have gaps between them, which fill() fills. Does nothing, and keeps the
    /// selection, if they are what is there.
    void set_parts(const std::vector<QString>& parts, bool is_right_to_left);
    void set_text(const QString& text, bool is_right_to_left) {
        set_parts({text}, is_right_to_left);
    }

    /// The same words into every gap. Selection and scrolling stay as they are.
    void fill(const QString& words);

    /// At least one of its lines is visible (to the window, that is: see PaintWitness).
    [[nodiscard]] bool is_seen() const;

    /// Called while it is painted.
    std::function<void()> on_painted = [] {};
    /// Called after a key has selected something.
    std::function<void()> on_selected = [] {};

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    struct Gap {
        int begin;  ///< In characters of the document.
        int length;
    };

    std::vector<QString> parts_;
    std::vector<Gap> gaps_;
    bool is_right_to_left_ = false;
    mutable int measured_width_ = -1;
    mutable int measured_height_ = 0;
};

}  // namespace crier::alert

/// \file
/// Puts widgets beside one another as long as there is room, then below. Right to left where its
/// widget reads so.

#pragma once

#include <QLayout>
#include <memory>
#include <vector>

namespace crier::alert {

class FlowLayout : public QLayout {
public:
    explicit FlowLayout(QWidget* parent);
    ~FlowLayout() override;

    void addItem(QLayoutItem* item) override;
    [[nodiscard]] int count() const override;
    [[nodiscard]] QLayoutItem* itemAt(int index) const override;
    QLayoutItem* takeAt(int index) override;
    [[nodiscard]] Qt::Orientations expandingDirections() const override { return {}; }
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSize() const override;
    void setGeometry(const QRect& area) override;

private:
    /// Returns the height that is needed.
    int arrange(const QRect& area, bool is_for_real) const;

    std::vector<std::unique_ptr<QLayoutItem>> items_;
};

}  // namespace crier::alert

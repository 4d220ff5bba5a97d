#include "subscriber/alert/flow_layout.hpp"

#include <QStyle>
#include <QWidget>
#include <algorithm>

namespace crier::alert {

FlowLayout::FlowLayout(QWidget* parent) : QLayout(parent) {}
FlowLayout::~FlowLayout() = default;

void FlowLayout::addItem(QLayoutItem* item) {
    items_.emplace_back(item);
}

int FlowLayout::count() const {
    return static_cast<int>(items_.size());
}

QLayoutItem* FlowLayout::itemAt(int index) const {
    const auto at = static_cast<std::size_t>(index);
    return index >= 0 && at < items_.size() ? items_[at].get() : nullptr;
}

QLayoutItem* FlowLayout::takeAt(int index) {
    if (itemAt(index) == nullptr) return nullptr;
    QLayoutItem* const taken = items_[static_cast<std::size_t>(index)].release();
    items_.erase(items_.begin() + index);
    return taken;
}

int FlowLayout::heightForWidth(int width) const {
    return arrange({0, 0, width, 0}, false);
}

QSize FlowLayout::sizeHint() const {
    return minimumSize();
}

QSize FlowLayout::minimumSize() const {
    QSize size;
    for (const auto& item : items_) {
        if (!item->isEmpty()) size = size.expandedTo(item->minimumSize());
    }
    const QMargins around = contentsMargins();
    return size + QSize(around.left() + around.right(), around.top() + around.bottom());
}

void FlowLayout::setGeometry(const QRect& area) {
    QLayout::setGeometry(area);
    arrange(area, true);
}

int FlowLayout::arrange(const QRect& area, bool is_for_real) const {
    const QRect room = area.marginsRemoved(contentsMargins());
    const Qt::LayoutDirection direction =
        parentWidget() != nullptr ? parentWidget()->layoutDirection() : Qt::LeftToRight;
    int left = room.left();
    int top = room.top();
    int row_height = 0;
    for (const auto& item : items_) {
        if (item->isEmpty()) continue;
        const int width = std::min(item->sizeHint().width(), room.width());
        const int height =
            item->hasHeightForWidth() ? item->heightForWidth(width) : item->sizeHint().height();
        if (left > room.left() && left + width > room.left() + room.width()) {
            left = room.left();
            top += row_height + spacing();
            row_height = 0;
        }
        if (is_for_real) {
            item->setGeometry(QStyle::visualRect(direction, room, {left, top, width, height}));
        }
        left += width + spacing();
        row_height = std::max(row_height, height);
    }
    return top + row_height - area.top() + contentsMargins().bottom();
}

}  // namespace crier::alert

#include "subscriber/alert/accessibility.hpp"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QString>
#include <QStringList>

#include "subscriber/alert/alert_button.hpp"
#include "subscriber/alert/alert_window.hpp"
#include "subscriber/alert/message_frame.hpp"

namespace crier::alert {
namespace {

/// One of several answers, of which at most one is chosen. Qt would call it a check box.
class ChoiceInterface : public QAccessibleWidget {
public:
    explicit ChoiceInterface(AlertButton* button)
        : QAccessibleWidget(button, QAccessible::RadioButton), button_(button) {}

    [[nodiscard]] QAccessible::State state() const override {
        QAccessible::State state = QAccessibleWidget::state();
        state.checkable = true;
        state.checked = button_->isChecked();
        state.pressed = button_->isDown();
        return state;
    }
    [[nodiscard]] QStringList actionNames() const override {
        return QStringList{pressAction()} + QAccessibleWidget::actionNames();
    }
    void doAction(const QString& action) override {
        if (action == pressAction()) return button_->click();
        QAccessibleWidget::doAction(action);
    }

private:
    AlertButton* button_;
};

/// Names and descriptions are the widgets'. Qt owns what is returned here.
QAccessibleInterface* interface_of(const QString&, QObject* object) {
    if (auto* const window = dynamic_cast<AlertWindow*>(object)) {
        return new QAccessibleWidget(window, QAccessible::Dialog);
    }
    if (auto* const frame = dynamic_cast<MessageFrame*>(object)) {
        return new QAccessibleWidget(frame, QAccessible::AlertMessage);
    }
    auto* const button = dynamic_cast<AlertButton*>(object);
    const bool is_choice = button != nullptr && button->isCheckable();
    return is_choice ? new ChoiceInterface(button) : nullptr;
}

}  // namespace

void tell_screen_readers_of_alerts() {
    QAccessible::installFactory(interface_of);
}

}  // namespace crier::alert

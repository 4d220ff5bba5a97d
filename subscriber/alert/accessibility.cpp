#include "subscriber/alert/accessibility.hpp"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QString>

#include "subscriber/alert/message_frame.hpp"

namespace crier::alert {
namespace {

QAccessibleInterface* interface_of(const QString&, QObject* object) {
    auto* const frame = dynamic_cast<MessageFrame*>(object);
    // Name and description are the widget's. Qt owns what is returned here.
    return frame == nullptr ? nullptr : new QAccessibleWidget(frame, QAccessible::AlertMessage);
}

}  // namespace

void tell_screen_readers_of_alerts() {
    QAccessible::installFactory(interface_of);
}

}  // namespace crier::alert

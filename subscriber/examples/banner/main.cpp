// Messages in a window of a program with Qt: a banner above what the program is about. One thread:
// Qt's loop watches the subscriber's descriptor, and the handlers run in dispatch().
//
//     crier-banner INVITATION [USER]

#include <QApplication>
#include <QSocketNotifier>
#include <QTextEdit>
#include <iostream>

#include "banner.hpp"

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    if (argc < 2) {
        std::cerr << "usage: crier-banner INVITATION [USER]\n";
        return 64;
    }
    crier::SubscriberOptions options;
    options.invitation = argv[1];
    options.attributes.user = argc > 2 ? argv[2] : "";
    options.attributes.application = "banner";
    options.report = crier::Report::manual;
    options.delivery = crier::Delivery::by_dispatch;

    QWidget window;
    window.setWindowTitle("The program");
    window.resize(480, 320);
    auto* banner = new Banner(&window);
    auto* status = new QLabel("Not connected", &window);
    auto* layout = new QVBoxLayout(&window);
    layout->addWidget(banner);
    layout->addWidget(new QTextEdit(&window));
    layout->addWidget(status);

    crier::SubscriberHandler handler;
    handler.on_connected = [&](const auto&) { status->setText("Connected"); };
    handler.on_disconnected = [&](const crier::SubscriberDisconnected& now) {
        status->setText("Not connected: " + QString::fromStdString(now.error.detail));
    };
    handler.on_message = [&](const crier::IncomingMessage& message) {
        banner->show_message(message);
    };
    handler.on_removed = [&](const crier::MessageRemoved& removed) {
        banner->take_off(removed.id);
    };
    handler.on_escalated = [&](const crier::MessageEscalated& escalated) {
        QApplication::alert(&window);
        if (escalated.urgency == crier::Urgency::sound) QApplication::beep();
    };
    handler.on_ended = [&](const crier::SubscriberEnded& ended) {
        // An operator who ends the session wants the program to end; else it goes on without.
        if (ended.cause == crier::SubscriberEnded::Cause::dropped) QApplication::exit(1);
    };

    auto started = crier::Subscriber::start(options, handler);
    if (!started) {
        std::cerr << crier::to_string(started.error()) << '\n';
        return 1;
    }
    crier::Subscriber& subscriber = *started;

    banner->now = [&] { return subscriber.broker_time(); };
    banner->on_painted = [&](const crier::IncomingMessage& message) {
        subscriber.displayed(message.id, message.revision);
    };
    banner->on_acknowledged = [&](const crier::IncomingMessage& message) {
        subscriber.acknowledged(message.id, message.revision);
        subscriber.removed(message.id, message.revision);
        banner->take_off(message.id);
    };
    banner->on_answered = [&](const crier::IncomingMessage& message, std::uint32_t choice) {
        subscriber.answered(message.id, message.revision, choice);
        subscriber.removed(message.id, message.revision);
        banner->take_off(message.id);
    };
    QSocketNotifier notifier(subscriber.descriptor(), QSocketNotifier::Read);
    QObject::connect(&notifier, &QSocketNotifier::activated, &window,
                     [&] { subscriber.dispatch(); });

    window.show();
    const int code = QApplication::exec();
    subscriber.stop();  // Says what is still to be said, and goodbye, before the window goes.
    return code;
}

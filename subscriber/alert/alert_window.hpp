/// \file
/// The one window: every message in it, newest at the top.
///
/// It changes only while no mouse button is down, so that nothing moves away under a press.

#pragma once

#include <QWidget>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "subscriber/alert/line_protocol.hpp"
#include "subscriber/alert/paint_witness.hpp"

class QLabel;
class QScrollArea;
class QVBoxLayout;

namespace crier::alert {

class MessageFrame;

class AlertWindow : public QWidget {
public:
    /// More than that are refused: nobody reads them, and each takes room.
    static constexpr std::size_t messages_max = 200;

    /// `say`: a line for the agent, without its end.
    explicit AlertWindow(std::function<void(std::string_view line)> say);
    ~AlertWindow() override;

    void carry_out(Instruction instruction);

    bool eventFilter(QObject* watched, QEvent* event) override;

protected:
    void closeEvent(QCloseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void apply_waiting();
    void apply(Show show);
    void apply(const Remove& remove);
    void apply(const Ring& ring);
    void apply(WindowWords words);

    void add(ShownMessage message);
    void take_away(const std::string& id);
    void dismiss(const std::string& id);
    [[nodiscard]] MessageFrame* find(const std::string& id) const;
    /// The one that has the keyboard.
    [[nodiscard]] MessageFrame* focused() const;

    void pop_up();
    void ask_for_attention();
    /// What follows when messages came, went or changed their height.
    void rearrange();
    void apply_heading();
    void apply_tab_order();
    /// As high as its messages, as far as the screen allows.
    void fit();
    void fit_soon();
    [[nodiscard]] int height_max() const;
    void place_on_screen();

    std::function<void(std::string_view)> say_;
    PaintWitness witness_;
    std::string heading_words_ = "{count} messages";
    QLabel* heading_ = nullptr;
    QScrollArea* scroll_ = nullptr;
    QWidget* list_ = nullptr;
    QVBoxLayout* column_ = nullptr;
    std::vector<MessageFrame*> frames_;  ///< From the top. Owned by list_, as Qt does it.
    std::vector<Instruction> waiting_;   ///< Until the mouse button is up.
    bool is_fitting_ = false;
};

}  // namespace crier::alert

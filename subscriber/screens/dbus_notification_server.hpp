/// \file
/// The notification server of the session bus.

#pragma once

#include <memory>

#include "crier/result.hpp"
#include "subscriber/screens/notification_server.hpp"

namespace sdbus {
class IConnection;
class IProxy;
}  // namespace sdbus

namespace crier::screens {

class DbusNotificationServer final : public NotificationServer {
public:
    /// `application`: as the server names who notifies.
    /// Errors: file_unusable (fix_request): there is no session bus.
    static Result<std::unique_ptr<DbusNotificationServer>> open(std::string application);
    ~DbusNotificationServer() override;

    [[nodiscard]] const std::optional<ServerFacts>& facts() const override { return facts_; }
    void wake() override;
    NoteTicket notify(const Note& note) override;
    void close(std::uint32_t id) override;
    void ask_held_back() override;

    [[nodiscard]] bool is_lost() const override { return is_lost_; }
    void add_waits(std::vector<pollfd>& waits) const override;
    [[nodiscard]] std::optional<Milliseconds> next_serve() const override;
    void serve() override;
    [[nodiscard]] std::vector<ServerEvent> take_events() override {
        return std::exchange(events_, {});
    }

private:
    DbusNotificationServer(std::unique_ptr<sdbus::IConnection> bus, std::string application);
    void listen();
    void ask_owner();
    void on_owner(const std::string& owner);
    void ask_facts();
    void start();
    void on_facts(ServerFacts facts);
    void watch_held_back();
    template <typename Then>
    void ask_held_back_then(Then then);
    template <typename Call>
    void attempt(Call call);
    void on_taken(NoteTicket ticket, std::uint32_t id);
    void lose(const std::string& why);

    std::unique_ptr<sdbus::IConnection> bus_;
    std::string application_;
    std::string bus_id_;
    std::unique_ptr<sdbus::IProxy> daemon_;  ///< The bus itself.
    std::unique_ptr<sdbus::IProxy> server_;
    std::unique_ptr<sdbus::IProxy> flag_;  ///< Where it says whether it holds back.
    std::optional<ServerFacts> facts_;
    std::string owner_;  ///< The server's own name on the bus; empty: none.
    NoteTicket next_ticket_ = 1;
    bool is_owner_known_ = false;  ///< Whether there is one.
    bool is_waking_ = false;
    bool is_lost_ = false;
    std::vector<ServerEvent> events_;
};

/// The same, as a desktop screen opens one.
[[nodiscard]] Result<std::unique_ptr<NotificationServer>> open_session_bus(std::string application);

}  // namespace crier::screens

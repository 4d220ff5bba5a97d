#include "shared/transport/memory_link.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/assert.hpp"
#include "shared/base/time.hpp"

namespace crier::transport {

namespace detail {

/// One connection. What it ended with has a box of its own: there is always room for it.
struct MemoryPipe {
    MemoryPipe(const Bytes32& key, std::size_t frames_max) : public_key(key), frames(frames_max) {}

    const Bytes32 public_key;
    Mailbox<bool> admitted{1};
    Mailbox<protocol::Bytes> frames;  ///< To the client.
    Mailbox<Error> ended{1};          ///< To the client.
    MemoryPeer peer{};                ///< The door's own; zero until it was let in.
};

struct MemoryKnock {
    std::shared_ptr<MemoryPipe> pipe;
    bool is_leaving = false;
};

struct MemoryFrame {
    std::shared_ptr<MemoryPipe> pipe;
    protocol::Bytes frame;
};

/// What the links say to the door.
struct MemoryInbox {
    explicit MemoryInbox(std::size_t frames_max) : frames(frames_max) {}

    Mailbox<MemoryKnock> knocks{1u << 20};  ///< More than a test has connections.
    Mailbox<MemoryFrame> frames;
};

}  // namespace detail

namespace {

using detail::MemoryInbox;
using detail::MemoryPipe;

class MemoryLink final : public ClientLink {
public:
    MemoryLink(std::shared_ptr<MemoryInbox> inbox, const Bytes32& public_key,
               std::size_t frames_max, Milliseconds attempt_limit)
        : inbox_(std::move(inbox)),
          public_key_(public_key),
          frames_max_(frames_max),
          attempt_limit_(attempt_limit) {}

    ~MemoryLink() override { leave(); }
    MemoryLink(const MemoryLink&) = delete;
    MemoryLink& operator=(const MemoryLink&) = delete;

    void open(const std::string& /*endpoint*/) override {
        leave();
        pipe_ = std::make_shared<MemoryPipe>(public_key_, frames_max_);
        deadline_ = read_clocks().steady + attempt_limit_;
        if (!inbox_->knocks.post({pipe_, false})) {
            static_cast<void>(pipe_->ended.post(unreachable("the door is gone")));
        }
    }

    void close() noexcept override { leave(); }

    bool send(protocol::BytesView frame) override {
        return is_up_ && inbox_->frames.post({pipe_, {frame.begin(), frame.end()}});
    }

    [[nodiscard]] std::vector<int> descriptors() const override {
        if (!pipe_) return {};
        return {pipe_->admitted.descriptor(), pipe_->frames.descriptor(),
                pipe_->ended.descriptor()};
    }

    [[nodiscard]] Milliseconds wake_after() const override {
        if (!pipe_ || is_up_) return Milliseconds(-1);
        return std::max(deadline_ - read_clocks().steady, Milliseconds(0));
    }

    void drain(std::vector<LinkEvent>& events) override {
        if (!pipe_) return;
        // The end is looked at first and told last: all frames before it are in by then.
        std::vector<Error> ended;
        pipe_->ended.take_all(ended);
        take_admission(events);
        std::vector<protocol::Bytes> frames;
        pipe_->frames.take_all(frames);
        for (protocol::Bytes& frame : frames) events.emplace_back(FrameArrived{std::move(frame)});
        if (ended.empty() && !is_up_ && read_clocks().steady >= deadline_) {
            ended.push_back(unreachable("nobody opens the door in time"));
        }
        if (ended.empty()) return;
        leave();
        events.emplace_back(LinkDown{std::move(ended.front())});
    }

private:
    static Error unreachable(const std::string& why) {
        return {ErrorCode::broker_unreachable, why + "; try again"};
    }

    void take_admission(std::vector<LinkEvent>& events) {
        std::vector<bool> admitted;
        pipe_->admitted.take_all(admitted);
        if (admitted.empty()) return;
        is_up_ = true;
        events.emplace_back(LinkUp{});
    }

    void leave() noexcept {
        if (pipe_) static_cast<void>(inbox_->knocks.post({std::move(pipe_), true}));
        pipe_.reset();
        is_up_ = false;
    }

    std::shared_ptr<MemoryInbox> inbox_;
    const Bytes32 public_key_;
    const std::size_t frames_max_;
    const Milliseconds attempt_limit_;
    std::shared_ptr<MemoryPipe> pipe_;
    Instant deadline_{};
    bool is_up_ = false;
};

void end(MemoryPipe& pipe, Error error) {
    static_cast<void>(pipe.ended.post(std::move(error)));
}

}  // namespace

MemoryDoor::MemoryDoor(std::size_t frames_max)
    : frames_max_(frames_max), inbox_(std::make_shared<MemoryInbox>(frames_max)) {}

MemoryDoor::~MemoryDoor() {
    inbox_->knocks.close();
    inbox_->frames.close();
    // Whoever knocked and was not let in yet is told as well.
    std::vector<detail::MemoryKnock> knocks;
    inbox_->knocks.take_all(knocks);
    const Error error{ErrorCode::broker_unreachable, "the door is gone; try again"};
    for (const detail::MemoryKnock& knock : knocks) end(*knock.pipe, error);
    for (const auto& [peer, pipe] : pipes_) end(*pipe, error);
}

std::unique_ptr<ClientLink> MemoryDoor::make_link(const Bytes32& public_key,
                                                  Milliseconds attempt_limit) {
    return std::make_unique<MemoryLink>(inbox_, public_key, frames_max_, attempt_limit);
}

std::vector<DoorEvent> MemoryDoor::take() {
    std::vector<detail::MemoryKnock> knocks;
    std::vector<detail::MemoryFrame> frames;
    inbox_->knocks.take_all(knocks);
    inbox_->frames.take_all(frames);

    std::vector<DoorEvent> events;
    for (const detail::MemoryKnock& knock : knocks) {
        if (knock.is_leaving) continue;
        if (refusal_) {
            end(*knock.pipe, *refusal_);
            continue;
        }
        knock.pipe->peer = MemoryPeer{++last_peer_};
        pipes_.emplace(knock.pipe->peer, knock.pipe);
        static_cast<void>(knock.pipe->admitted.post(true));
        events.emplace_back(DoorOpened{knock.pipe->peer, knock.pipe->public_key});
    }
    for (detail::MemoryFrame& frame : frames) {
        if (pipes_.find(frame.pipe->peer) == pipes_.end()) continue;
        events.emplace_back(DoorFrame{frame.pipe->peer, std::move(frame.frame)});
    }
    for (const detail::MemoryKnock& knock : knocks) {
        if (!knock.is_leaving || pipes_.erase(knock.pipe->peer) == 0) continue;
        events.emplace_back(DoorClosed{knock.pipe->peer});
    }
    return events;
}

std::vector<int> MemoryDoor::descriptors() const {
    return {inbox_->knocks.descriptor(), inbox_->frames.descriptor()};
}

bool MemoryDoor::send(MemoryPeer peer, protocol::BytesView frame) {
    const auto found = pipes_.find(peer);
    return found != pipes_.end() &&
           found->second->frames.post(protocol::Bytes(frame.begin(), frame.end()));
}

void MemoryDoor::cut(MemoryPeer peer) {
    const auto found = pipes_.find(peer);
    if (found == pipes_.end()) return;
    end(*found->second, {ErrorCode::broker_unreachable, "the connection was cut; try again"});
    pipes_.erase(found);
}

}  // namespace crier::transport

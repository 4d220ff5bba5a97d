/// \file
/// A publisher's dialogue with a broker played by the test: virtual time, frames as values.

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "publisher/core/dialogue.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::publisher {

inline MessageId message_id(std::uint8_t number) {
    MessageId id;
    id.bytes.back() = number;
    return id;
}

inline SessionId session_id(std::uint8_t number) {
    SessionId id;
    id.bytes.back() = number;
    return id;
}

inline Tally tally(std::uint32_t waiting, std::uint32_t delivered, std::uint32_t displayed,
                   std::uint32_t failed = 0) {
    Tally counts;
    counts[State::waiting] = waiting;
    counts[State::delivered] = delivered;
    counts[State::displayed] = displayed;
    counts[State::failed] = failed;
    return counts;
}

class DialogueTest : public ::testing::Test {
protected:
    DialogueTest() : DialogueTest(std::vector<std::string>{"tcp://one:1"}) {}
    explicit DialogueTest(std::vector<std::string> endpoints)
        : dialogue_(
              {.connector = {.endpoints = std::move(endpoints), .seed = 1}, .client = "test 1"}) {}

    void step(Event event) { dialogue_.step(std::move(event), moment(), effects_); }
    [[nodiscard]] Moment moment() const { return {Instant(now_), UtcTime(now_ + epoch)}; }

    /// Lets time pass, with TimePassed whenever the dialogue wants it.
    void advance(Milliseconds by) {
        const Milliseconds until = now_ + by;
        while (true) {
            const std::optional<Instant> due = dialogue_.next_deadline();
            if (!due || *due > Instant(until)) break;
            now_ = std::max(now_, due->time_since_epoch());
            step(TimePassed{});
        }
        now_ = until;
    }

    void broker_says(const protocol::ToOperator& frame) {
        const protocol::Bytes bytes = protocol::encode(frame);
        step(FrameReceived{bytes});
    }

    void connect() {
        step(TimePassed{});
        ASSERT_EQ(take_opened(), std::vector<std::string>{"tcp://one:1"});
        step(LinkOpened{});
        ASSERT_TRUE(std::holds_alternative<protocol::OperatorHello>(take_only_frame()));
        broker_says(welcome());
    }

    /// The connection is lost, and there is a new one with its welcome.
    void reconnect() {
        step(LinkClosed{{ErrorCode::broker_unreachable, "lost"}});
        advance(Milliseconds(200));
        ASSERT_EQ(take_opened().size(), 1u);
        step(LinkOpened{});
        ASSERT_TRUE(std::holds_alternative<protocol::OperatorHello>(take_only_frame()));
        broker_says(welcome());
    }

    static protocol::ToOperator welcome() {
        protocol::OperatorWelcome frame;
        frame.principal = "operator";
        return frame;
    }

    Ticket post(Request request, Milliseconds timeout = Milliseconds(10'000)) {
        const Ticket ticket{++last_ticket_};
        step(RequestPosted{ticket, std::move(request), Instant(now_ + timeout)});
        return ticket;
    }

    /// Frames that the dialogue wants sent, since the last call.
    std::vector<protocol::FromOperator> take_frames() {
        std::vector<protocol::FromOperator> frames;
        for (const SendFrame& sent : take<SendFrame>()) {
            auto frame = protocol::decode_from_operator(sent.frame);
            EXPECT_TRUE(frame) << to_string(frame.error());
            if (frame) frames.push_back(*std::move(frame));
        }
        return frames;
    }

    protocol::FromOperator take_only_frame() {
        auto frames = take_frames();
        EXPECT_EQ(frames.size(), 1u);
        return frames.empty() ? protocol::FromOperator{} : std::move(frames.front());
    }

    /// The only frame that was to be sent, which must be of this type.
    template <class Frame>
    Frame take_question() {
        protocol::FromOperator frame = take_only_frame();
        EXPECT_TRUE(std::holds_alternative<Frame>(frame)) << frame.index();
        return std::holds_alternative<Frame>(frame) ? std::get<Frame>(std::move(frame)) : Frame{};
    }

    std::vector<std::string> take_opened() {
        std::vector<std::string> endpoints;
        for (OpenLink& open : take<OpenLink>()) endpoints.push_back(std::move(open.endpoint));
        return endpoints;
    }

    bool take_closed() { return !take<CloseLink>().empty(); }

    /// nullopt: not answered yet.
    std::optional<Answer> take_answer(Ticket ticket) {
        std::optional<Answer> answer;
        for (auto next = effects_.begin(); next != effects_.end();) {
            auto* complete = std::get_if<Complete>(&*next);
            if (complete == nullptr || complete->ticket != ticket) {
                ++next;
                continue;
            }
            EXPECT_FALSE(answer) << "answered twice";
            answer = std::move(complete->answer);
            next = effects_.erase(next);
        }
        return answer;
    }

    template <class T>
    T expect_answer(Ticket ticket) {
        std::optional<Answer> answer = take_answer(ticket);
        EXPECT_TRUE(answer) << "not answered";
        if (!answer) return T{};
        EXPECT_TRUE(std::holds_alternative<T>(*answer)) << describe(*answer);
        return std::holds_alternative<T>(*answer) ? std::get<T>(*std::move(answer)) : T{};
    }

    Error expect_failure(Ticket ticket) { return expect_answer<Failure>(ticket).error; }

    std::vector<News> take_news(Ticket ticket) {
        std::vector<News> news;
        for (Tell& tell : take<Tell>()) {
            if (tell.ticket == ticket) news.push_back(std::move(tell.news));
        }
        return news;
    }

    static AskToSend hello_request(std::optional<State> wait_for = std::nullopt) {
        return {.id = message_id(1),
                .target = Target::everyone(),
                .content = {.text = "hello"},
                .expires = std::nullopt,
                .dry_run = false,
                .wait_for = wait_for};
    }

    static protocol::Accepted accepted(const protocol::Send& send, const Tally& counts) {
        protocol::Accepted frame;
        frame.request = send.request;
        frame.id = send.id;
        frame.seq = 7;
        frame.tally = counts;
        return frame;
    }

    static constexpr Milliseconds epoch{1'700'000'000'000};

private:
    template <class Kind>
    std::vector<Kind> take() {
        std::vector<Kind> taken;
        Effects rest;
        for (Effect& effect : effects_) {
            if (auto* kind = std::get_if<Kind>(&effect)) {
                taken.push_back(std::move(*kind));
            } else {
                rest.push_back(std::move(effect));
            }
        }
        effects_ = std::move(rest);
        return taken;
    }

    static std::string describe(const Answer& answer) {
        const auto* failure = std::get_if<Failure>(&answer);
        return failure == nullptr ? "another answer" : to_string(failure->error);
    }

    Dialogue dialogue_;
    Effects effects_;
    Milliseconds now_{1'000};
    std::uint64_t last_ticket_ = 0;
};

}  // namespace crier::publisher

#include "tests/integration/peers_stage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <variant>

#include "shared/protocol/codec.hpp"

namespace crier::testing {
namespace {

constexpr std::chrono::milliseconds pause{50};

/// Messages end soon, so that what misbehaving sessions never confirm does not pile up; and what
/// knocks a thousand times is let in a thousand times.
std::map<std::string, std::string> with_defaults(std::map<std::string, std::string> settings) {
    settings.emplace("CRIER_MESSAGES_DELIVER_SECONDS", "5");
    settings.emplace("CRIER_SESSIONS_ADMISSIONS_PER_SECOND", "100000");
    return settings;
}

}  // namespace

PeersStage::PeersStage(std::map<std::string, std::string> settings, std::size_t sessions,
                       Traffic traffic) {
    crierd_.emplace(folder_.path(), with_defaults(std::move(settings)));
    sessions_ = crierd_->invitation(protocol::Invitation::Kind::sessions);
    operators_ = crierd_->invitation(protocol::Invitation::Kind::operators);
    good_.emplace(sessions_, sessions);
    sent_.resize(sessions);
    PublisherOptions options;
    options.invitation = crierd_->invitation_file("operators");
    auto publisher = Publisher::connect(options);
    EXPECT_TRUE(publisher) << to_string(publisher.error());
    if (!publisher) return;
    ops_.emplace(std::move(*publisher));
    const auto sent =
        ops_->send({.text = "secret"}, Target::of({good_->id(0)}), {.wait_for = State::displayed});
    EXPECT_TRUE(sent && sent->is_complete);
    if (sent) secret_ = sent->id;
    sent_[0].push_back("secret");
    if (traffic == Traffic::meanwhile) traffic_ = std::thread([this] { send_meanwhile(); });
}

PeersStage::~PeersStage() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        stopping_.notify_all();
    }
    if (traffic_.joinable()) traffic_.join();
}

void PeersStage::send_meanwhile() {
    std::unique_lock lock(mutex_);
    while (!stopping_.wait_for(lock, pause, [this] { return is_stopping_; })) {
        send_to_all();
        send_to_next();
    }
}

/// Under the lock, so that whoever compares sees what was sent and what was written down.
void PeersStage::send_to_all() {
    const std::string text = "to all " + std::to_string(++number_);
    const auto sent = ops_->send({.text = text}, Target::everyone());
    if (!sent) {
        ADD_FAILURE() << to_string(sent.error());
        return;
    }
    for (auto& texts : sent_) texts.push_back(text);
}

void PeersStage::send_to_next() {
    const std::size_t index = ++number_ % sent_.size();
    const SessionId& id = good_->id(index);
    const std::string text = "to " + to_string(id) + " " + std::to_string(number_);
    const auto sent = ops_->send({.text = text}, Target::of({id}));
    if (!sent) {
        ADD_FAILURE() << to_string(sent.error());
        return;
    }
    sent_[index].push_back(text);
}

void PeersStage::expect_unharmed() {
    EXPECT_TRUE(crierd_->is_running()) << crierd_->log();
    const std::lock_guard lock(mutex_);
    const auto last = ops_->send({.text = "the last"}, Target::everyone());
    ASSERT_TRUE(last) << to_string(last.error());
    for (std::size_t index = 0; index < sent_.size(); ++index) {
        sent_[index].push_back("the last");
        EXPECT_EQ(good_->wait_for_texts(index, sent_[index].size()), sent_[index])
            << "session " << index;
    }
    EXPECT_EQ(good_->lost(), 0u);
    EXPECT_EQ(good_->unknown(), 0u);
}

void Recorder::hear(const RawCurve::Bytes& bytes) {
    const auto frame = protocol::decode_to_session(bytes);
    if (!frame) {
        ++foreign_;
    } else if (const auto* refused = std::get_if<protocol::Refused>(&*frame)) {
        refused_ = *refused;
    } else if (std::holds_alternative<protocol::SessionWelcome>(*frame)) {
        is_welcomed_ = true;
    } else if (const auto* message = std::get_if<protocol::Show>(&*frame)) {
        hear(*message);
    } else if (const auto* bundle = std::get_if<protocol::Bundle>(&*frame)) {
        for (const protocol::Show& one : bundle->messages) hear(one);
    } else if (!is_welcomed_) {
        ++foreign_;
    }
}

void Recorder::hear(const protocol::Show& message) {
    const std::string& text = message.content.text;
    const bool is_its_own =
        text.rfind("to all ", 0) == 0 || text == "the last" || text.rfind("to " + own_, 0) == 0;
    if (!is_welcomed_ || !is_its_own) ++foreign_;
    texts_.push_back(text);
}

}  // namespace crier::testing

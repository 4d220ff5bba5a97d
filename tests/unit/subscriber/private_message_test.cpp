// Private messages at a session: opened before anybody sees them, or reported as failed.
#include <gtest/gtest.h>

#include "shared/protocol/sealed_words.hpp"
#include "tests/unit/subscriber/core_bench.hpp"

namespace crier::subscriber {
namespace {

constexpr const char* cannot_open =
    "the private message cannot be opened: sealed for another session or message, or altered";

Secret secret_of(std::uint8_t number) {
    Bytes32 bytes;
    bytes.fill(number);
    return Secret(bytes);
}

CoreOptions with_key(CoreOptions options = {}) {
    options.secret_key = secret_of(1);
    options.public_key = public_key_of(*options.secret_key);
    options.join_secret = secret_of(9);
    options.attributes.user = "Vanessa";
    return options;
}

Content content(std::string text = "Salut {user}") {
    Content content;
    content.text = std::move(text);
    content.title = "Entre nous";
    content.is_template = true;
    content.is_private = true;
    return content;
}

protocol::Show private_show(int number, const Content& said, std::uint8_t secret = 1,
                            int sealed_for = 0) {
    protocol::Show show;
    show.id = message_id(number);
    show.seq = static_cast<std::uint64_t>(number);
    show.content = protocol::cover_of(said);
    show.sealed = *protocol::seal_words(said, message_id(sealed_for == 0 ? number : sealed_for),
                                        public_key_of(secret_of(secret)));
    show.from = "ops";
    show.sent = broker_start;
    show.deliver_until = broker_start + 5 * minute;
    return show;
}

std::optional<protocol::Receipt> last_receipt(const CoreBench& bench) {
    const auto frames = bench.all_sent<protocol::Receipts>();
    if (frames.empty()) return std::nullopt;
    return frames.back().receipts.back();
}

TEST(PrivateMessage, AHelloSaysThatTheyCanBeOpened) {
    CoreBench bench(with_key());
    bench.connect();
    EXPECT_EQ(bench.all_sent<protocol::SessionHello>().at(0).features,
              std::vector<std::uint32_t>{protocol::feature_private});
    CoreBench without_key;
    without_key.connect();
    EXPECT_TRUE(without_key.all_sent<protocol::SessionHello>().at(0).features.empty());
}

TEST(PrivateMessage, IsOpenedBeforeTheProgramSeesIt) {
    CoreBench bench(with_key());
    bench.connect();
    bench.frame(private_show(1, content()));
    const auto told = bench.all_told<IncomingMessage>();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].content.text, "Salut Vanessa");
    EXPECT_EQ(told[0].content.title, "Entre nous");
    EXPECT_TRUE(told[0].content.is_private);
}

TEST(PrivateMessage, OneThatCannotBeOpenedIsReportedAndNeverShown) {
    for (const auto& show : {private_show(1, content(), 2), private_show(1, content(), 1, 3)}) {
        CoreBench bench(with_key());
        bench.connect();
        bench.frame(show);
        bench.advance(minute / 60);
        EXPECT_TRUE(bench.all_told<IncomingMessage>().empty());
        const auto receipt = last_receipt(bench);
        ASSERT_TRUE(receipt);
        EXPECT_EQ(receipt->state, State::failed);
        EXPECT_EQ(receipt->cause, cannot_open);
    }
}

TEST(PrivateMessage, ANewerRevisionThatCannotBeOpenedTakesTheOlderOneOff) {
    CoreBench bench(with_key());
    bench.connect();
    bench.frame(private_show(1, content()));
    bench.report(1, State::displayed);
    protocol::Show newer = private_show(1, content(), 2);
    newer.revision = 2;
    bench.frame(newer);
    bench.advance(minute / 60);
    EXPECT_EQ(bench.all_told<MessageRemoved>().size(), 1u);
    EXPECT_TRUE(bench.all_told<MessageChanged>().empty());
    EXPECT_EQ(last_receipt(bench)->state, State::failed);
}

TEST(PrivateMessage, IsKeptSealedAndOpenedAgainAfterACrash) {
    CoreBench bench(with_store(with_key()));
    bench.connect();
    bench.frame(private_show(1, content("Nobody's business")));
    ASSERT_EQ(bench.all_told<IncomingMessage>().size(), 1u);
    std::size_t kept = 0;
    for (const Record& record : bench.disk) {
        const auto* message = std::get_if<KeepMessage>(&record);
        if (message == nullptr) continue;
        ++kept;
        EXPECT_EQ(message->show.content.text, protocol::private_text);
        EXPECT_EQ(message->show.content.title, "");
    }
    EXPECT_EQ(kept, 1u);
    CoreBench next(with_store(with_key()), bench.disk);
    const auto told = next.all_told<IncomingMessage>();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].content.text, "Nobody's business");
    EXPECT_TRUE(told[0].again);
}

TEST(PrivateMessage, AQuestionIsAnsweredByItsPlace) {
    CoreBench bench(with_key());
    bench.connect();
    Content asked = content();
    asked.choices = {"Yes, quietly", "No"};
    bench.frame(private_show(1, asked));
    EXPECT_EQ(bench.all_told<IncomingMessage>().at(0).content.choices, asked.choices);
    bench.step(Reported{message_id(1), 1, State::answered, "", false, 1});
    bench.advance(minute / 60);
    ASSERT_TRUE(last_receipt(bench));
    EXPECT_EQ(last_receipt(bench)->answer, 1u);
}

TEST(PrivateMessage, WithoutAKeyOfCurveNothingIsOpened) {
    CoreBench bench;
    bench.connect();
    bench.frame(private_show(1, content()));
    bench.advance(minute / 60);
    EXPECT_TRUE(bench.all_told<IncomingMessage>().empty());
    ASSERT_TRUE(last_receipt(bench));
    EXPECT_EQ(last_receipt(bench)->cause,
              "the private message cannot be opened: this session has no key of CURVE");
}

}  // namespace
}  // namespace crier::subscriber

// Frames of every link. What decodes is encoded, and decodes to the same value again.
// Input: a byte that says which link and direction, then a frame.

#include "broker/core/broker_frames.hpp"
#include "shared/protocol/codec.hpp"
#include "tests/conformance/vectors.hpp"
#include "tests/fuzz/fuzzer.hpp"

namespace crier::fuzz {
namespace {

template <auto decode>
void try_frame(BytesView bytes) {
    const auto frame = decode(bytes);
    if (!frame) {
        require(!frame.error().detail.empty(), "an error says what is wrong");
        return;
    }
    using broker::encode;
    using protocol::encode;
    const Bytes written = encode(*frame);
    const auto again = decode(written);
    require(again.has_value(), "what was encoded decodes");
    require(*again == *frame, "it decodes to the same value");
    require(encode(*again) == written, "a value has one form");
}

void try_from_operator(BytesView bytes) {
    try_frame<protocol::decode_from_operator>(bytes);
    (void)protocol::request_of(bytes);
}

struct Family {
    void (*try_bytes)(BytesView bytes);
    const char* vectors;  ///< The file of these; nullptr: there is none.
};
constexpr Family families[]{
    {try_frame<protocol::decode_from_session>, "from_session.txt"},
    {try_frame<protocol::decode_to_session>, "to_session.txt"},
    {try_from_operator, "from_operator.txt"},
    {try_frame<protocol::decode_to_operator>, "to_operator.txt"},
    {try_frame<protocol::decode_bell>, "bell.txt"},
    {try_frame<broker::decode_broker_frame>, nullptr},
};
constexpr std::uint8_t broker_family = 5;

/// One of each, with every key.
std::vector<broker::BrokerFrame> broker_frames() {
    BrokerId broker{{1}};
    SessionId session{{2}};
    MessageId message{{3}};
    broker::ReceiptFact fact{State::answered, broker::Cell::removed, 1'000, "by window", 0};
    fact.flags |= broker::Cell::has_answer | broker::Cell::has_cause;
    Tally tally;
    tally[State::displayed] = 7;
    const protocol::TallyChanged changed{message, tally, true, {1, 2, {3, 4}}, true, {}};
    return {
        broker::SessionsAt{broker, true, {{session, utc_from_ms(1), 2}}, {SessionId{{4}}}},
        broker::KeysRefused{{{session, utc_from_ms(5)}}},
        broker::ClaimSession{session, 3},
        broker::HandSession{session, 3, utc_from_ms(1), {{message, 1, fact}}, true},
        broker::KeepSession{session, 3},
        broker::TookSession{session, 3, {message, MessageId{{9}}}, true},
        broker::AskTally{1, message, true},
        broker::TallyAt{1, changed},
        broker::PersonsRead{message, 1, {{session, "vanessa"}}},
        broker::Asked{protocol::encode(protocol::FromOperator{protocol::AskHealth{1}})},
        broker::Answered{protocol::encode(protocol::ToOperator{protocol::Done{1}})},
    };
}

}  // namespace

void try_input(BytesView input) {
    if (input.empty()) return;
    families[input.front() % std::size(families)].try_bytes(input.subspan(1));
}

std::vector<Bytes> seeds() {
    constexpr std::size_t bytes_max = 1'000;
    std::vector<Bytes> list;
    for (std::uint8_t family = 0; family < std::size(families); ++family) {
        if (families[family].vectors == nullptr) continue;
        for (const test::Vector& vector : test::read_vectors(families[family].vectors)) {
            if (vector.bytes.size() <= bytes_max) list.push_back(seed(family, vector.bytes));
        }
    }
    for (const broker::BrokerFrame& frame : broker_frames()) {
        list.push_back(seed(broker_family, encode(frame)));
    }
    return list;
}

}  // namespace crier::fuzz

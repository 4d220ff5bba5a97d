// Any bytes give a value or an error: random bytes, and every accepted vector with some of its
// bytes changed. The seed is fixed; a failure prints the bytes.
#include <gtest/gtest.h>

#include <random>

#include "shared/protocol/codec.hpp"
#include "tests/conformance/vectors.hpp"

namespace crier::protocol {
namespace {

constexpr std::size_t mutant_bytes_max = 512;  // Longer ones are slow, and no different.

/// What is accepted says the same when it is written and read again; an error says something.
template <class Frame>
bool is_handled(BytesView bytes, Result<Frame> (*decode)(BytesView)) {
    const Result<Frame> frame = decode(bytes);
    if (!frame) return !name_of(frame.error().code).empty() && !frame.error().detail.empty();
    const Bytes written = encode(*frame);
    const Result<Frame> again = decode(written);
    return written.size() <= bytes.size() && again && *again == *frame;
}

template <class Frame>
void expect_handled(const Bytes& bytes, Result<Frame> (*decode)(BytesView)) {
    ASSERT_TRUE(is_handled(bytes, decode)) << detail::to_hex(bytes);
}

/// Changes, takes out, doubles or puts in a few bytes.
void mutate(Bytes& bytes, std::mt19937& random) {
    const auto below = [&](std::size_t bound) { return random() % bound; };
    for (std::size_t count = 1 + below(4); count > 0 && !bytes.empty(); --count) {
        const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size()));
        switch (below(5)) {
            case 0:
                *at = static_cast<std::uint8_t>(random());
                break;
            case 1:
                *at ^= static_cast<std::uint8_t>(1u << below(8));
                break;
            case 2:
                bytes.erase(at);
                break;
            case 3:
                bytes.insert(at, static_cast<std::uint8_t>(random()));
                break;
            case 4:
                bytes.insert(at, *at);
                break;
        }
    }
}

template <class Frame>
void try_mutants(const std::string& file, Result<Frame> (*decode)(BytesView)) {
    std::mt19937 random(20'261'123);
    std::size_t tried = 0;
    for (const test::Vector& vector : test::read_vectors(file)) {
        if (vector.refused_with || vector.bytes.size() > mutant_bytes_max) continue;
        for (int round = 0; round < 600; ++round, ++tried) {
            Bytes mutant = vector.bytes;
            mutate(mutant, random);
            expect_handled(mutant, decode);
            if (::testing::Test::HasFatalFailure()) return;
        }
    }
    EXPECT_GT(tried, 5'000u);
}

TEST(Decoders, HandleMutantsOfWhatASessionSends) {
    try_mutants("from_session.txt", decode_from_session);
}
TEST(Decoders, HandleMutantsOfWhatASessionGets) {
    try_mutants("to_session.txt", decode_to_session);
}
TEST(Decoders, HandleMutantsOfWhatAnOperatorSends) {
    try_mutants("from_operator.txt", decode_from_operator);
}
TEST(Decoders, HandleMutantsOfWhatAnOperatorGets) {
    try_mutants("to_operator.txt", decode_to_operator);
}
TEST(Decoders, HandleMutantsOfTheBell) {
    try_mutants("bell.txt", decode_bell);
}

TEST(Decoders, HandleRandomBytes) {
    std::mt19937 random(20'261'123);
    for (int round = 0; round < 100'000; ++round) {
        Bytes bytes(random() % 48);
        for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
        // Half of them begin as a frame does.
        if (!bytes.empty() && random() % 2 == 0) bytes[0] = 0x80 | (random() % 16);
        expect_handled(bytes, decode_from_session);
        expect_handled(bytes, decode_from_operator);
        if (HasFatalFailure()) return;
        static_cast<void>(request_of(bytes));
    }
}

TEST(Decoders, HandleEveryFrameCutAtEveryByte) {
    for (const test::Vector& vector : test::read_vectors("from_operator.txt")) {
        if (vector.refused_with || vector.bytes.size() > mutant_bytes_max) continue;
        for (std::size_t size = 0; size < vector.bytes.size(); ++size) {
            const auto frame = decode_from_operator(BytesView(vector.bytes).first(size));
            ASSERT_FALSE(frame) << vector.name << " cut at " << size;
            ASSERT_EQ(frame.error().code, ErrorCode::malformed_frame);
        }
    }
}

}  // namespace
}  // namespace crier::protocol

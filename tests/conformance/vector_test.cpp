// Replays the vectors against the codec. They were packed by another implementation.
#include <gtest/gtest.h>

#include "shared/base/text.hpp"
#include "shared/protocol/codec.hpp"
#include "tests/conformance/expected_frames.hpp"
#include "tests/conformance/vectors.hpp"

namespace crier::protocol {
namespace {

using test::Vector;

template <class Frame>
using Decode = Result<Frame> (*)(BytesView);

template <class Frame>
void replay(const std::string& file, Decode<Frame> decode) {
    const std::vector<Vector> vectors = test::read_vectors(file);
    std::size_t accepted = 0;
    for (const Vector& vector : vectors) {
        SCOPED_TRACE(file + ": " + vector.name);
        const Result<Frame> frame = decode(vector.bytes);
        if (vector.refused_with) {
            ASSERT_FALSE(frame) << "accepted";
            EXPECT_EQ(frame.error().code, *vector.refused_with) << to_string(frame.error());
            EXPECT_FALSE(frame.error().detail.empty());
            EXPECT_LE(frame.error().detail.size(), 512u) << frame.error().detail;
            EXPECT_TRUE(is_plain_text(frame.error().detail)) << "no frame can say it";
            continue;
        }
        ++accepted;
        ASSERT_TRUE(frame) << to_string(frame.error());
        const Result<Frame> again = decode(encode(*frame));
        ASSERT_TRUE(again) << to_string(again.error());
        EXPECT_EQ(*again, *frame);
    }
    EXPECT_GT(accepted, 0u) << file;
    EXPECT_GT(vectors.size(), 2 * accepted) << "more is refused than accepted: " << file;
}

TEST(Vectors, FromSessionAreReadAsTheDocumentSays) {
    replay<FromSession>("from_session.txt", decode_from_session);
}
TEST(Vectors, ToSessionAreReadAsTheDocumentSays) {
    replay<ToSession>("to_session.txt", decode_to_session);
}
TEST(Vectors, FromOperatorAreReadAsTheDocumentSays) {
    replay<FromOperator>("from_operator.txt", decode_from_operator);
}
TEST(Vectors, ToOperatorAreReadAsTheDocumentSays) {
    replay<ToOperator>("to_operator.txt", decode_to_operator);
}
TEST(Vectors, BellBodiesAreReadAsTheDocumentSays) {
    replay<BellMessage>("bell.txt", decode_bell);
}

/// Each expected frame has a vector of its name, decodes from it, and encodes to its very bytes;
/// and each vector "… with every key" is expected.
template <class Frame>
void compare(const std::string& file, Decode<Frame> decode,
             const std::vector<test::Expected<Frame>>& expected) {
    std::size_t with_every_key = 0;
    std::size_t compared = 0;
    for (const Vector& vector : test::read_vectors(file)) {
        if (vector.refused_with || !vector.name.ends_with(" with every key")) continue;
        ++with_every_key;
        SCOPED_TRACE(file + ": " + vector.name);
        for (const auto& [name, value] : expected) {
            if (vector.name != name + " with every key") continue;
            ++compared;
            const Result<Frame> frame = decode(vector.bytes);
            ASSERT_TRUE(frame) << to_string(frame.error());
            EXPECT_EQ(*frame, value);
            EXPECT_EQ(encode(value), vector.bytes);
        }
    }
    EXPECT_EQ(compared, expected.size()) << file << " lacks a vector";
    EXPECT_EQ(with_every_key, expected.size()) << file << " has more frames than are expected";
}

TEST(Vectors, MeanWhatTheFramesSayAndAreTheirVeryBytes) {
    compare<FromSession>("from_session.txt", decode_from_session, test::expected_from_session());
    compare<ToSession>("to_session.txt", decode_to_session, test::expected_to_session());
    compare<FromOperator>("from_operator.txt", decode_from_operator,
                          test::expected_from_operator());
    compare<ToOperator>("to_operator.txt", decode_to_operator, test::expected_to_operator());
    compare<BellMessage>("bell.txt", decode_bell, test::expected_bell());
}

TEST(Vectors, CoverEveryTypeOfFrame) {
    EXPECT_EQ(test::expected_from_session().size(), std::variant_size_v<FromSession>);
    EXPECT_EQ(test::expected_to_session().size(), std::variant_size_v<ToSession>);
    EXPECT_EQ(test::expected_from_operator().size(), std::variant_size_v<FromOperator>);
    EXPECT_EQ(test::expected_to_operator().size(), std::variant_size_v<ToOperator>);
}

}  // namespace
}  // namespace crier::protocol

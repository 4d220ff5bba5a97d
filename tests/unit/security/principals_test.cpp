// The list of registered keys: what its lines may say.

#include "broker/security/principals.hpp"

#include <gtest/gtest.h>

namespace crier::broker {
namespace {

const std::string key_text = to_base64url(Bytes32{1, 2, 3});

TEST(Principals, AreReadBackAsTheyWereWritten) {
    Principals principals;
    ASSERT_TRUE(principals.add(Bytes32{1}, {"olga", {Right::send, Right::list}}));
    ASSERT_TRUE(principals.add(Bytes32{2}, {"Élodie de la salle 3", {Right::listen}}));
    const auto read = parse_principals(to_text(principals));
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(read->all(), principals.all());
    EXPECT_EQ(read->find(Bytes32{2})->name, "Élodie de la salle 3");
    EXPECT_EQ(read->find(Bytes32{3}), nullptr);
}

TEST(Principals, HaveEachKeyOnce) {
    Principals principals;
    ASSERT_TRUE(principals.add(Bytes32{1}, {"olga", {Right::send}}));
    EXPECT_FALSE(principals.add(Bytes32{1}, {"oscar", {Right::listen}}));
    EXPECT_EQ(principals.find(Bytes32{1})->name, "olga");
}

TEST(Principals, MayHaveCommentsAndBlanksAroundThem) {
    const auto read = parse_principals("# who\r\n\n  " + key_text + "\tsend,watch   olga o. \r\n");
    ASSERT_TRUE(read) << read.error().detail;
    const Principal* principal = read->find(Bytes32{1, 2, 3});
    ASSERT_NE(principal, nullptr);
    EXPECT_EQ(principal->name, "olga o.");
    EXPECT_TRUE(principal->rights.has(Right::watch));
    EXPECT_FALSE(principal->rights.has(Right::list));
    EXPECT_TRUE(principal->rights.is_operator());
}

TEST(Principals, AreRefusedWithTheLineThatIsWrong) {
    const std::string good = key_text + " send olga\n";
    for (const std::string& bad :
         {std::string("nonsense"), "x" + key_text + " send olga", key_text, key_text + " send",
          key_text + " fly olga", key_text + " send,send olga", key_text + " , olga",
          key_text + " send " + std::string(65, 'x'), key_text + " send ol\x01ga",
          key_text + " send ol\xffga", key_text + " listen other"}) {
        const auto read = parse_principals("# heading\n" + good + bad + "\n");
        ASSERT_FALSE(read) << bad;
        EXPECT_EQ(read.error().code, ErrorCode::configuration_invalid);
        EXPECT_NE(read.error().detail.find("line 3"), std::string::npos) << read.error().detail;
    }
}

}  // namespace
}  // namespace crier::broker

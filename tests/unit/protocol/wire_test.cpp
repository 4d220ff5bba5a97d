#include "shared/protocol/wire.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

#include "tests/unit/protocol/allocations.hpp"

namespace crier::protocol {
namespace {

Bytes bytes(std::initializer_list<int> values) {
    Bytes out;
    for (const int value : values) out.push_back(static_cast<std::uint8_t>(value));
    return out;
}

Bytes operator+(Bytes left, const Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

Bytes repeated(const Bytes& piece, std::size_t count) {
    Bytes out;
    out.reserve(piece.size() * count);
    for (std::size_t index = 0; index < count; ++index) {
        out.insert(out.end(), piece.begin(), piece.end());
    }
    return out;
}

/// One map, as `fill` writes it.
Bytes map_of(const std::function<void(MapWriter&)>& fill) {
    Bytes out;
    {
        MapWriter map(out);
        fill(map);
    }
    return out;
}

std::string detail_of(const Bytes& input) {
    const auto document = Document::parse(input);
    return document ? "accepted" : document.error().detail;
}

// ---- Whole documents
// -----------------------------------------------------------------------------

TEST(Wire, SaysWhatIsWrongWithADocument) {
    EXPECT_EQ(detail_of({}), "frame: no MessagePack, or cut short");
    EXPECT_EQ(detail_of(bytes({0xc1})), "frame: no MessagePack, or cut short");
    EXPECT_EQ(detail_of(bytes({0x81, 0xa1, 't'})), "frame: no MessagePack, or cut short");
    EXPECT_EQ(detail_of(bytes({0x80, 0x00})), "frame: bytes after the map");
    EXPECT_EQ(detail_of(bytes({0x90})), "frame: no map");
    EXPECT_EQ(detail_of(bytes({0x81, 0x01, 0x02})), "frame: a key that is no str");
    EXPECT_EQ(detail_of(bytes({0x82, 0xa1, 't', 0xc0, 0xa1, 't', 0xc0})), "frame: key \"t\" twice");
    EXPECT_EQ(detail_of(bytes({0x82, 0xa1, 0xff, 0xc0, 0xa1, 0xff, 0xc0})), "frame: a key twice");
    EXPECT_EQ(detail_of(bytes({0x81, 0xa1, 'a'}) + repeated(bytes({0x91}), 5)),
              "frame: nested deeper than 5");
    EXPECT_EQ(detail_of(bytes({0xde, 0x00, 0x41})), "frame: a map with more than 64 keys");
    EXPECT_EQ(detail_of(bytes({0x81, 0xa1, 'a', 0xdc, 0xff, 0xff}) + Bytes(0xffff, 0xc0)),
              "frame: longer than 65536 bytes");
    EXPECT_EQ(detail_of(bytes({0x81, 0xa1, 'a', 0xdc, 0xff, 0xff}) + Bytes(0xfff0, 0xc0)),
              "frame: more than 32768 values");
}

TEST(Wire, FindsARepeatedKeyAtEveryLevelAndOnlyThere) {
    const Bytes pair = bytes({0xa1, 'a', 0x01});
    EXPECT_EQ(detail_of(bytes({0x81, 0xa1, 'x', 0x82}) + pair + pair), "frame: key \"a\" twice");
    EXPECT_EQ(detail_of(bytes({0x81, 0xa1, 'x', 0x91, 0x82}) + pair + pair),
              "frame: key \"a\" twice");
    // The same key in two maps, and behind a map that has it.
    EXPECT_EQ(detail_of(bytes({0x82, 0xa1, 'x', 0x81}) + pair + pair), "accepted");
    EXPECT_EQ(detail_of(bytes({0x83}) + pair + bytes({0xa1, 'x', 0x81}) + pair + pair),
              "frame: key \"a\" twice");
}

TEST(Wire, TakesADocumentThatReachesEveryLimit) {
    Bytes largest = bytes({0x81, 0xa1, 'a', 0xdc, 0x7f, 0xfd}) + Bytes(0x7ffd, 0xc0);
    EXPECT_EQ(detail_of(largest), "accepted");
    const Bytes deepest = bytes({0x81, 0xa1, 'a'}) + repeated(bytes({0x91}), 4) + bytes({0xc0});
    EXPECT_EQ(detail_of(deepest), "accepted");
    Bytes widest = bytes({0xde, 0x00, 0x40});
    for (int key = 0; key < 64; ++key) widest = widest + bytes({0xa1, ' ' + key, 0xc0});
    EXPECT_EQ(detail_of(widest), "accepted");
    Bytes longest = bytes({0x81, 0xa1, 'a', 0xc6, 0x00, 0x00, 0xff, 0xf8}) + Bytes(0xfff8, 0);
    ASSERT_EQ(longest.size(), limits::frame_bytes_max);
    EXPECT_EQ(detail_of(longest), "accepted");
}

/// Runs on a thread of its own, whose buffers are new, and says how much it took from the heap.
std::size_t heap_bytes_to_parse(const Bytes& input) {
    std::size_t taken = 0;
    std::thread([&] {
        const test::Allocations allocations;
        static_cast<void>(Document::parse(input));
        taken = allocations.bytes();
    }).join();
    return taken;
}

TEST(Wire, IsNotBlownUpByBombs) {
    const Bytes key = bytes({0x81, 0xa1, 'a'});
    const std::vector<std::pair<std::string, Bytes>> bombs{
        {"a list that announces 2^32-1", bytes({0xdd, 0xff, 0xff, 0xff, 0xff})},
        {"the same in a map", key + bytes({0xdd, 0xff, 0xff, 0xff, 0xff})},
        {"a list that announces 2^24-1", key + bytes({0xdd, 0x00, 0xff, 0xff, 0xff})},
        {"a map that announces 2^32-1", bytes({0xdf, 0xff, 0xff, 0xff, 0xff})},
        {"a str of 4 GiB", key + bytes({0xdb, 0xff, 0xff, 0xff, 0xff, 'a'})},
        {"a bin of 4 GiB", key + bytes({0xc6, 0xff, 0xff, 0xff, 0xff, 'a'})},
        {"an ext of 4 GiB", key + bytes({0xc9, 0xff, 0xff, 0xff, 0xff, 5, 'a'})},
        {"3 KB of lists of 65535", key + repeated(bytes({0xdc, 0xff, 0xff}), 1'000)},
        {"60 KB of lists of 65535", key + repeated(bytes({0xdc, 0xff, 0xff}), 20'000)},
        {"60 KB of lists in lists", key + Bytes(60'000, 0x91)},
        {"1 MB of lists in lists", Bytes(1'000'000, 0x91)},
        {"60 KB of maps in maps", repeated(key, 20'000)},
        {"a list of 60,000 nil", key + bytes({0xdc, 0xea, 0x60}) + Bytes(60'000, 0xc0)},
        {"a list of 1,000,000 nil", key + bytes({0xdd, 0, 0x0f, 0x42, 0x40}) + Bytes(1'000'000, 0)},
        {"65,536 ints", Bytes(65'536, 0x01)},
    };
    for (const auto& [name, bomb] : bombs) {
        SCOPED_TRACE(name);
        EXPECT_FALSE(Document::parse(bomb));
        // Twice 32,768 nodes, because a vector grows by doubling, and little more.
        EXPECT_LT(heap_bytes_to_parse(bomb), 3u << 20);
    }
}

TEST(Wire, SearchesForRepeatedKeysInBoundedTime) {
    // As many maps as fit, each with as many short keys as a map may have.
    Bytes map = bytes({0xde, 0x00, 0x40});
    for (int key = 0; key < 64; ++key) map = map + bytes({0xa1, ' ' + key, 0xc0});
    Bytes input = bytes({0x81, 0xa2, 'a', 'b', 0xdc, 0x00, 0xfc}) + repeated(map, 252);
    ASSERT_LT(input.size(), limits::frame_bytes_max);
    const auto begin = std::chrono::steady_clock::now();
    for (int round = 0; round < 10; ++round) ASSERT_TRUE(Document::parse(input));
    // Takes some 5 ms a round; without the limit on keys it would be a hundred times that.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(Wire, KeepsItsBufferFromOneDocumentToTheNext) {
    const Bytes input = bytes({0x81, 0xa1, 'a', 0xdc, 0x10, 0x00}) + Bytes(0x1000, 0xc0);
    ASSERT_TRUE(Document::parse(input));
    const test::Allocations allocations;
    ASSERT_TRUE(Document::parse(input));
    EXPECT_LE(allocations.count(), 1u) << "the parser's own stack, and nothing by value";
}

TEST(Wire, WritesMapsWithAsManyKeysAsTheyMayHave) {
    for (const std::size_t keys : {0u, 15u, 16u, 64u}) {
        const Bytes input = map_of([&](MapWriter& outer) {
            outer.uint("before", 1);
            {
                MapWriter inner(outer.map("inner"));
                for (std::size_t key = 0; key < keys; ++key) inner.uint(std::to_string(key), key);
            }
            outer.uint("after", 2);
        });
        const auto document = Document::parse(input);
        ASSERT_TRUE(document) << to_string(document.error());
        Problem problem;
        const MapReader outer(*document, "frame", problem);
        const MapReader inner = outer.at("inner").map();
        for (std::size_t key = 0; key < keys; ++key) {
            EXPECT_EQ(inner.at(std::to_string(key)).uint(), key);
        }
        EXPECT_EQ(outer.at("before").uint(), 1u);
        EXPECT_EQ(outer.at("after").uint(), 2u);
        EXPECT_FALSE(problem) << problem.error().detail;
    }
}

// ---- Readers
// -------------------------------------------------------------------------------------

/// The detail of what `read` notes about the map, or "" if nothing.
std::string problem_in(const Bytes& input, const std::function<void(const MapReader&)>& read) {
    const auto document = Document::parse(input);
    if (!document) return document.error().detail;
    Problem problem;
    const MapReader map(*document, "frame", problem);
    read(map);
    return problem ? problem.error().detail : "";
}

TEST(Wire, ReadsEveryTypeBack) {
    Bytes32 key{};
    key.fill(7);
    MessageId id;
    id.bytes.fill(9);
    const Bytes input = map_of([&](MapWriter& map) {
        map.uint("uint", uint_max);
        map.boolean("bool", true);
        map.string("text", "é\n");
        map.binary("id", id.bytes);
        map.binary("key", key);
        map.time("time", utc_from_ms(5));
        map.flag("no", false);
        map.string_if_any("empty", "");
        Writer list = map.list("list", 2);
        list.uint(1);
        list.string("two");
        MapWriter inner(map.map("map"));
        inner.uint("x", 3);
    });
    EXPECT_EQ(problem_in(input,
                         [&](const MapReader& map) {
                             EXPECT_EQ(map.at("uint").uint(), uint_max);
                             EXPECT_TRUE(map.at("bool").boolean());
                             EXPECT_EQ(map.at("text").text(3), "é\n");
                             EXPECT_EQ(map.at("id").id<MessageId>(), id);
                             EXPECT_EQ(map.at("key").binary32(), key);
                             EXPECT_EQ(map.at("key").binary({1, 32}), Bytes(32, 7));
                             EXPECT_EQ(map.at("time").time(), utc_from_ms(5));
                             EXPECT_FALSE(map.find("no"));
                             EXPECT_FALSE(map.find("empty"));
                             EXPECT_EQ(map.at("list").list().size(), 2u);
                             EXPECT_EQ(map.at("map").map().at("x").uint(), 3u);
                         }),
              "");
}

TEST(Wire, FindsKeysInAnyOrderAsOftenAsAsked) {
    const Bytes input = map_of([](MapWriter& map) {
        map.uint("a", 1);
        map.uint("b", 2);
        map.uint("c", 3);
    });
    EXPECT_EQ(problem_in(input,
                         [](const MapReader& map) {
                             for (const char* order : {"abc", "cba", "bbaacc", "xaxcxb"}) {
                                 for (const char* key = order; *key != 0; ++key) {
                                     const Value value = map.find(std::string_view(key, 1));
                                     if (*key == 'x') {
                                         EXPECT_FALSE(value);
                                     } else {
                                         EXPECT_EQ(value.uint(),
                                                   static_cast<unsigned>(*key - 'a' + 1));
                                     }
                                 }
                             }
                         }),
              "");
}

TEST(Wire, NamesThePlaceOfWhatIsWrong) {
    const Bytes input = map_of([](MapWriter& map) {
        Writer list = map.list("list", 2);
        MapWriter(list.out()).uint("state", 1);
        MapWriter(list.out()).uint("state", 99);
    });
    const std::string problem = problem_in(input, [](const MapReader& map) {
        const ListReader list = map.at("list").list();
        for (const Value element : list) {
            const MapReader inner = element.map();
            static_cast<void>(inner.at("state").uint({1, 6}));
        }
    });
    EXPECT_EQ(problem, "frame: list[1].state: not from 1 to 6");
}

TEST(Wire, KeepsTheFirstProblemAndGivesDefaultsAfterIt) {
    const Bytes input = map_of([](MapWriter& map) { map.string("a", "text"); });
    const std::string problem = problem_in(input, [](const MapReader& map) {
        EXPECT_EQ(map.at("a").uint({5, 9}), 5u);
        EXPECT_EQ(map.at("missing").line(10), "");
        EXPECT_EQ(map.at("a").list().size(), 0u);
        const MapReader inner = map.at("a").map();
        EXPECT_EQ(inner.at("b").uint32(), 0u);
        for (const Value value : map.at("c").list()) ADD_FAILURE() << value.uint();
    });
    EXPECT_EQ(problem, "frame: a: not an int from 0");
}

TEST(Wire, RefusesWhatIsNoUnsignedInt) {
    const auto read = [](const MapReader& map) { static_cast<void>(map.at("a").uint()); };
    const Bytes key = bytes({0x81, 0xa1, 'a'});
    const std::string refused = "frame: a: not an int from 0";
    EXPECT_EQ(problem_in(key + bytes({0xff}), read), refused);                          // -1
    EXPECT_EQ(problem_in(key + bytes({0xd0, 0x80}), read), refused);                    // -128
    EXPECT_EQ(problem_in(key + bytes({0xca, 0x3f, 0x80, 0x00, 0x00}), read), refused);  // 1.0
    EXPECT_EQ(problem_in(key + bytes({0xca, 0x7f, 0xc0, 0x00, 0x00}), read), refused);  // NaN
    EXPECT_EQ(problem_in(key + bytes({0xc3}), read), refused);
    EXPECT_EQ(problem_in(key + bytes({0xd4, 0x01, 0x02}), read), refused);  // An ext.
    EXPECT_EQ(problem_in(key + bytes({0xd0, 0x7f}), read), "");  // 127, in a signed format.
    EXPECT_EQ(problem_in(key + bytes({0xcf}) + Bytes(8, 0xff), read),
              "frame: a: not from 0 to 9007199254740992");
}

TEST(Wire, TellsTooLongFromMalformed) {
    const Bytes input = map_of([](MapWriter& map) {
        map.string("a", "abcde");
        map.list("list", 3).uint(1);
    });
    // The list is cut: two of its values are missing.
    EXPECT_EQ(detail_of(input), "frame: no MessagePack, or cut short");
    const Bytes whole = input + bytes({1, 2});
    const auto document = Document::parse(whole);
    ASSERT_TRUE(document);
    const auto code_of = [&](const std::function<void(const MapReader&)>& read) {
        Problem problem;
        const MapReader map(*document, "frame", problem);
        read(map);
        return problem ? problem.error().code : ErrorCode{};
    };
    EXPECT_EQ(code_of([](const MapReader& map) { static_cast<void>(map.at("a").line(4)); }),
              ErrorCode::limit_exceeded);
    EXPECT_EQ(code_of([](const MapReader& map) { static_cast<void>(map.at("a").line(5)); }),
              ErrorCode{});
    EXPECT_EQ(code_of([](const MapReader& map) {
                  static_cast<void>(map.at("list").list({0, 2}));
              }),
              ErrorCode::limit_exceeded);
    EXPECT_EQ(code_of([](const MapReader& map) {
                  static_cast<void>(map.at("list").list({4, 9}));
              }),
              ErrorCode::malformed_frame);
    EXPECT_EQ(code_of([](const MapReader& map) {
                  static_cast<void>(map.at("list").list({2, 2}));
              }),
              ErrorCode::malformed_frame);
}

TEST(Wire, WritesTheShortestForms) {
    EXPECT_EQ(map_of([](MapWriter& map) {
                  map.uint("a", 127);
                  map.uint("b", 128);
                  map.boolean("c", false);
              }),
              bytes({0x83, 0xa1, 'a', 0x7f, 0xa1, 'b', 0xcc, 0x80, 0xa1, 'c', 0xc2}));
    EXPECT_EQ(map_of([](MapWriter&) {}), bytes({0x80}));
    EXPECT_EQ(map_of([](MapWriter& map) { map.time("t", utc_from_ms(-5)); }),
              bytes({0x81, 0xa1, 't', 0x00}))
        << "a clock before 1970 is written as 1970";
}

}  // namespace
}  // namespace crier::protocol

#include "tests/support/hostile_texts.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace crier::testing {
namespace {

std::string utf8_of(unsigned long point) {
    const auto byte = [](unsigned long value) { return static_cast<char>(value); };
    const auto tail = [&](int shift) { return byte(0x80 | ((point >> shift) & 0x3f)); };
    if (point < 0x80) return {byte(point)};
    if (point < 0x800) return {byte(0xc0 | (point >> 6)), tail(0)};
    if (point < 0x10000) return {byte(0xe0 | (point >> 12)), tail(6), tail(0)};
    return {byte(0xf0 | (point >> 18)), tail(12), tail(6), tail(0)};
}

/// Takes what stands behind a backslash off the front of `rest`.
std::string taken_escape(std::string& rest) {
    const char kind = rest.at(0);
    std::size_t length = 1;
    std::string bytes;
    if (kind == 'x') {
        length = 3;
        bytes = static_cast<char>(std::stoul(rest.substr(1, 2), nullptr, 16));
    } else if (kind == 'u') {
        length = rest.find('}') + 1;
        bytes = utf8_of(std::stoul(rest.substr(2, length - 3), nullptr, 16));
    } else {
        const std::string kinds = "nrt\\\"";
        const std::size_t found = kinds.find(kind);
        if (found == kinds.npos) throw std::runtime_error("hostile_texts.txt: \\" + rest);
        bytes = "\n\r\t\\\""[found];
    }
    rest.erase(0, length);
    return bytes;
}

std::string unescaped(std::string rest) {
    std::string bytes;
    while (!rest.empty()) {
        const char next = rest.front();
        rest.erase(0, 1);
        bytes += next == '\\' ? taken_escape(rest) : std::string{next};
    }
    return bytes;
}

}  // namespace

std::vector<Payload> hostile_texts() {
    std::vector<Payload> texts;
    std::ifstream file(CRIER_SOURCE_FOLDER "/tests/support/hostile_texts.txt");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        Payload text;
        std::size_t repeats = 0;
        std::istringstream words(line);
        words >> text.name >> repeats >> std::ws;
        std::string payload;
        std::getline(words, payload);
        payload = unescaped(payload);
        while (repeats-- > 0) text.bytes += payload;
        texts.push_back(std::move(text));
    }
    if (texts.size() < 90) throw std::runtime_error("hostile_texts.txt cannot be read");
    for (int byte = 0; byte < 256; ++byte) {
        const char letter = static_cast<char>(byte);
        texts.push_back({"byte " + std::to_string(byte), {'<', letter, '>'}});
        texts.push_back({"escape " + std::to_string(byte), {'\x1b', letter}});
    }
    return texts;
}

}  // namespace crier::testing

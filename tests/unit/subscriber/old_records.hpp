/// \file
/// Records as the first version of the state file has them, byte for byte, and what they say.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/base/crypto.hpp"
#include "tests/unit/subscriber/core_bench.hpp"

namespace crier::subscriber {

struct OldRecord {
    protocol::Bytes bytes;
    Record record;
};

inline protocol::Bytes bytes_of_hex(std::string_view hex) {
    protocol::Bytes bytes;
    for (std::size_t at = 0; at < hex.size(); at += 2) {
        bytes.push_back(
            static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16)));
    }
    return bytes;
}

inline std::vector<OldRecord> records_of_the_first_version() {
    MarkMessage displayed;
    displayed.id = message_id(1);
    displayed.mark.state = State::displayed;
    displayed.mark.at = broker_start + minute;
    displayed.mark.shown = displayed.mark.at;  // Which the old one says by its state.
    KeepMessage answered{a_full_message(2), {}};
    answered.mark.state = State::answered;
    answered.mark.at = broker_start + minute;
    answered.mark.answer = 1;
    answered.mark.removed = true;
    return {
        {bytes_of_hex(
             "010101010101010101010101010101010101000000000000000100000000000000010600000000000000"
             "746578742031000000000000000000010000000000000000000000000000000000000000000000000000"
             "000000000000000003000000000000006f7073803e9318a301000060d29718a301000000000001000000"
             "0000000000000000000000000000000000"),
         KeepMessage{a_message(1, Style::alert), {}}},
        {bytes_of_hex(
             "0201010101010101010101010101010101010000000000000003e0289418a30100000000000000000000"
             "00000000"),
         displayed},
        {bytes_of_hex(
             "010202020202020202020202020202020201000000000000000200000000000000010600000000000000"
             "7465787420320700000000000000c380206c69726502010200000000000000656e020000000000000002"
             "000000000000006672050000000000000074657874650500000000000000746974726505000000000000"
             "0070742d42520500000000000000746578746f0000000000000000010120faa018a30100000200000000"
             "00000060ea00000000000001c0d401000000000002020000000000000003000000000000005965730200"
             "0000000000004e6f03000000000000006f7073803e9318a301000060d29718a301000001008ea518a301"
             "00000120549218a30100000105e0289418a30100000000000000000000000100010100000000000000"),
         answered},
        {bytes_of_hex("0309090909090909090909090909090909"), ForgetMessage{message_id(9)}},
        {bytes_of_hex(
             "0498dbb3bada51b9f59c17e2bbf79168d2803e9318a3010000030000000000000001020380ee36000000"
             "0000"),
         KeepSession{session_id_of(session_key()), broker_start, {1, 2, 3}, broker_ahead}},
    };
}

/// A whole file: its header, and each record in an append of its own.
inline std::string file_of_the_first_version() {
    std::string file = "CRIER-STATE-001\n";
    const auto put = [&file](std::uint32_t value) {
        for (int shift = 0; shift < 32; shift += 8) file += static_cast<char>(value >> shift);
    };
    for (const OldRecord& old : records_of_the_first_version()) {
        protocol::Bytes body{static_cast<std::uint8_t>(old.bytes.size()),
                             static_cast<std::uint8_t>(old.bytes.size() >> 8), 0, 0};
        body.insert(body.end(), old.bytes.begin(), old.bytes.end());
        file += "\xc7\x1e\x52\xa9";
        put(static_cast<std::uint32_t>(body.size()));
        const Bytes32 checksum = blake2b(body);
        file.append(checksum.begin(), checksum.begin() + 4);
        file.append(body.begin(), body.end());
    }
    return file;
}

}  // namespace crier::subscriber

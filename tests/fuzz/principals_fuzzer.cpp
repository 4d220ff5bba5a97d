// The list of registered keys. What parses is written, and reads back as the same list.
// Input: the list.

#include "broker/security/principals.hpp"
#include "tests/fuzz/fuzzer.hpp"

namespace crier::fuzz {

void try_input(BytesView input) {
    const auto principals = broker::parse_principals(text_of(input));
    if (!principals) {
        require(principals.error().detail.starts_with("principals, line "),
                "an error names the line");
        return;
    }
    const auto again = broker::parse_principals(broker::to_text(*principals));
    require(again.has_value(), "what was written parses");
    require(again->all() == principals->all(), "it is the same list");
}

std::vector<Bytes> seeds() {
    using broker::Right;
    broker::Principals one, several;
    one.add(Bytes32{1}, {"olga", {Right::listen}});
    several.add(Bytes32{1}, {"operators", broker::Rights::all()});
    several.add(Bytes32{2}, {"Élodie de la salle 3", {Right::send, Right::watch}});
    const std::string key = to_base64url(Bytes32{3});
    std::vector<Bytes> list;
    for (const std::string severity : {"info", "warning", "critical"}) {
        const std::string line = key + " send,severity:" + severity + " olga\n";
        list.emplace_back(line.begin(), line.end());
    }
    for (const std::string& text :
         {broker::to_text({}), to_text(one), to_text(several),
          "# who\r\n\n  " + key + "\tsend,severity:warning   olga o. \r\n", key + " fly olga\n",
          key + " send,send olga\n", std::string("nonsense\n")}) {
        list.emplace_back(text.begin(), text.end());
    }
    return list;
}

}  // namespace crier::fuzz

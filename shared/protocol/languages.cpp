#include "shared/protocol/languages.hpp"

#include <algorithm>
#include <string>

namespace crier::protocol {
namespace {

/// "fr_CA.UTF-8@euro" as "fr-ca".
std::string tag_of(std::string_view locale) {
    std::string tag(locale.substr(0, locale.find_first_of(".@")));
    for (char& c : tag) {
        if (c == '_') c = '-';
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return tag;
}

std::string_view primary_of(std::string_view tag) {
    return tag.substr(0, tag.find('-'));
}

}  // namespace

const Translation* best_translation(const Content& content, std::string_view locale) {
    const auto& all = content.translations;
    const std::string own = tag_of(content.language);
    const std::string wanted = tag_of(locale);
    for (std::string_view range = wanted; !range.empty();) {
        if (range == own) return nullptr;
        const auto found = std::find_if(all.begin(), all.end(), [&](const Translation& one) {
            return tag_of(one.language) == range;
        });
        if (found != all.end()) return &*found;
        const std::size_t cut = range.rfind('-');
        range = cut == std::string_view::npos ? std::string_view{} : range.substr(0, cut);
    }
    const std::string_view language = primary_of(wanted);
    if (language.empty() || primary_of(own) == language) return nullptr;
    const auto found = std::find_if(all.begin(), all.end(), [&](const Translation& one) {
        return primary_of(tag_of(one.language)) == language;
    });
    return found == all.end() ? nullptr : &*found;
}

}  // namespace crier::protocol

#include "publisher/cli/present_parts.hpp"

#include "publisher/cli/times.hpp"
#include "shared/base/display.hpp"
#include "shared/base/time.hpp"

namespace crier::cli {

std::string time_in(const View& view, UtcTime time) {
    return view.form == Form::terminal ? local_time(time) : to_string(time);
}

std::string short_time_in(const View& view, UtcTime time) {
    return view.form == Form::terminal ? local_short(time, view.now) : to_string(time);
}

std::string first_line(const std::string& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string::npos) return text;
    const bool has_more = text.find_first_not_of("\r\n", end) != std::string::npos;
    return text.substr(0, end) + (has_more ? " …" : "");
}

std::string begin_of(const std::string& id) {
    return id.substr(0, 12);
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string facts_in(const View& view, const Rows& facts) {
    return view.form == Form::terminal ? facts_for_terminal(facts, view.columns)
                                       : table_for_pipe(facts);
}

std::string table_in(const View& view, const std::vector<Column>& columns, const Rows& rows) {
    return view.form == Form::terminal ? table_for_terminal(columns, rows, view.columns)
                                       : table_for_pipe(rows);
}

std::string lines_of(const std::string& sentence, const View& view) {
    if (view.form == Form::pipe) return sentence + "\n";
    std::string text;
    for (const std::string& line : wrapped(sentence, view.columns)) text += line + "\n";
    return text;
}

std::string name_with_mark(const std::string& name, bool is_verified) {
    return name.empty() || is_verified ? name : name + "?";
}

std::string headline_of(const Content& content) {
    return content.title.empty() ? first_line(content.text) : content.title;
}

}  // namespace crier::cli

// Manual pages and completions: what is read out of a help text, and what must be escaped.
// Method: texts in, values and texts out. What shells and groff make of them, tests/system tries.

#include <gtest/gtest.h>

#include "shared/manual/completion.hpp"
#include "shared/manual/help_page.hpp"
#include "shared/manual/man_page.hpp"

namespace crier::manual {
namespace {

constexpr std::string_view help =
    R"(tool: does a thing. It does it well,
and again.

USAGE
  tool [OPTIONS]             Do it.
  tool [OPTIONS] COMMAND

COMMANDS
  copy FILE                  Copy it.
  COMMAND --help             More.

OPTIONS
  --mode slow|fast           How; else
                             slow.
  --data DIR                 Where.
  --to LINE|FILE|-           To whom.
  -h, --help                 Print this.

EXAMPLES
  tool --mode fast \
       --data /tmp
                             Do it here.
  cat it | sort | uniq     | tool --to -

NOTES
  One paragraph
  of two lines.

  Another one.

FILES
  ~/.tool                    Settings.
)";

constexpr std::string_view copy_help =
    R"(tool copy: copies it.

USAGE
  tool copy FILE [--data DIR]

EXAMPLES
  tool copy a
  tool copy b
)";

TEST(HelpPage, HasASummaryAndADescription) {
    const HelpPage page = read_help(help);
    EXPECT_EQ(page.summary, "does a thing");
    EXPECT_EQ(page.description, "It does it well, and again.");
    ASSERT_EQ(page.sections.size(), 6u);
    EXPECT_EQ(page.sections.back().title, "FILES");
}

TEST(HelpPage, TellsNamesFromDescriptions) {
    const HelpPage page = read_help(help);
    const auto& usage = page.sections[0].blocks;
    ASSERT_EQ(usage.size(), 2u);
    EXPECT_EQ(usage[0].name, "tool [OPTIONS]");
    EXPECT_EQ(usage[0].text, "Do it.");
    EXPECT_EQ(usage[1].name, "tool [OPTIONS] COMMAND");
    const auto& options = page.sections[2].blocks;
    ASSERT_EQ(options.size(), 4u);
    EXPECT_EQ(options[0].name, "--mode slow|fast");
    EXPECT_EQ(options[0].text, "How; else slow.");
    const auto& examples = page.sections[3].blocks;
    ASSERT_EQ(examples.size(), 2u);
    EXPECT_EQ(examples[0].name, "tool --mode fast --data /tmp");
    EXPECT_EQ(examples[0].text, "Do it here.");
    EXPECT_EQ(examples[1].name, "cat it | sort | uniq     | tool --to -");
}

TEST(HelpPage, KeepsParagraphsAndTheLinesOfExamplesApart) {
    const HelpPage page = read_help(help);
    const auto& notes = page.sections[4].blocks;
    ASSERT_EQ(notes.size(), 2u);
    EXPECT_EQ(notes[0].text, "One paragraph of two lines.");
    EXPECT_EQ(notes[1].text, "Another one.");
    EXPECT_EQ(read_help(copy_help).sections.back().blocks.size(), 2u);
}

TEST(HelpPage, IsWhatAShellCompletes) {
    const Program program = program_from("tool", read_help(help), {{"copy", copy_help}});
    ASSERT_EQ(program.itself.options.size(), 4u);
    const auto& options = program.itself.options;
    EXPECT_EQ(options[0].choices, (std::vector<std::string>{"slow", "fast"}));
    EXPECT_EQ(options[0].value, Value::choice);
    EXPECT_EQ(options[1].value, Value::folder);
    EXPECT_EQ(options[2].value, Value::file);
    EXPECT_EQ(options[3].names, (std::vector<std::string>{"-h", "--help"}));
    EXPECT_EQ(options[3].value, Value::none);
    ASSERT_EQ(program.commands.size(), 1u) << "COMMAND is none";
    EXPECT_EQ(program.commands[0].name, "copy");
    EXPECT_EQ(program.commands[0].argument.value, Value::file);
    ASSERT_EQ(program.commands[0].options.size(), 2u);
    EXPECT_EQ(program.commands[0].options[0].names.front(), "--data");
}

TEST(ManPage, HidesFromTroffWhatItWouldTakeForItsOwn) {
    Program program;
    program.name = "tool";
    program.itself.usage = "tool";
    program.itself.description = "'quoted' with a \\ and a – and a -";
    program.itself.footer = ".not a request\n\nExamples:\n  'neither\n  .nor";
    const std::string page = man_page({"tool", 1, "1", "other(1)"}, program);
    EXPECT_NE(page.find("\n\\&\\(aqquoted\\(aq with a \\e and a \\[u2013] and a \\-\n"), page.npos);
    EXPECT_NE(page.find("\n\\&.not a request\n"), page.npos);
    EXPECT_NE(page.find("\n.SH EXAMPLES\n"), page.npos);
    EXPECT_NE(page.find("\n\\&\\(aqneither\n\\&.nor\n"), page.npos);
}

TEST(MenuLine, IsTheFirstClauseWithoutParentheses) {
    EXPECT_EQ(menu_line("info (default), warning or critical"), "info, warning or critical");
    EXPECT_EQ(menu_line("This session; may be given again"), "This session");
    EXPECT_EQ(menu_line("Settings in TOML. Default: x.toml"), "Settings in TOML");
    EXPECT_EQ(menu_line("See a.b and c:d"), "See a.b and c:d");
    EXPECT_EQ(menu_line(""), "");
}

TEST(Program, SaysWhatStandsBehindACommand) {
    Program program;
    program.name = "tool";
    Command inner{.name = "check", .usage = "tool log check [OPTIONS]", .description = "Checks."};
    inner.options.push_back({{"--deep"}, "", "All of it", Value::none, {}});
    Command outer{.name = "log", .usage = "tool log [OPTIONS]", .description = "Lists."};
    outer.options.push_back({{"--since"}, "TIME", "From then on", Value::any, {}});
    outer.commands.push_back(inner);
    program.commands.push_back(outer);
    const std::string page = man_page({"tool", 1, "1", "other(1)"}, program);
    const std::size_t list = page.find(".SS log\n");
    EXPECT_LT(list, page.find(".SS log check\n\\fBtool log check [OPTIONS]\\fR\n.PP\nChecks."))
        << page;
    EXPECT_NE(page.find("All of it"), page.npos);
    const std::string bash = bash_completion(program);
    for (const char* part :
         {"\"\") echo \"log\"", "\"log\") echo \"check\"", "\"log check\") echo \"\"",
          "\"log check\") echo \"--deep\"", "\"log\") echo \"--since\""}) {
        EXPECT_NE(bash.find(part), bash.npos) << part << "\n" << bash;
    }
    const std::string fish = fish_completion(program);
    const std::string in_log = "-n '__fish_seen_subcommand_from log; and ";
    EXPECT_NE(fish.find(in_log + "not __fish_seen_subcommand_from check' -a check -d 'Checks'"),
              fish.npos)
        << fish;
    EXPECT_NE(fish.find(in_log + "not __fish_seen_subcommand_from check' -l since"), fish.npos);
    EXPECT_NE(fish.find(in_log + "__fish_seen_subcommand_from check' -l deep"), fish.npos);
    const std::string zsh = zsh_completion(program);
    EXPECT_NE(zsh.find("_tool_log() {\n"), zsh.npos);
    EXPECT_NE(zsh.find("log)\n                    _tool_log\n"), zsh.npos) << zsh;
}

TEST(Completion, EscapesWhatItsShellWouldActOn) {
    Program program;
    program.name = "tool-x";
    program.itself.options.push_back({{"--it"}, "[A:B]", "it's [one]", Value::any, {}});
    EXPECT_NE(zsh_completion(program).find("'*--it=[it'\\''s \\[one\\]]::\\[A\\:B\\]: '"),
              std::string::npos)
        << zsh_completion(program);
    EXPECT_NE(fish_completion(program).find("-l it -x -d 'it\\'s [one]'"), std::string::npos);
    EXPECT_NE(bash_completion(program).find("complete -F _tool_x tool-x"), std::string::npos);
}

}  // namespace
}  // namespace crier::manual

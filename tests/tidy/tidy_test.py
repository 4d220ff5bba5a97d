"""What a machine can check of the house's rules; all findings at once.

    tidy_test.py SOURCE-FOLDER CTEST-PROGRAM BUILD-FOLDER
"""

import pathlib
import re
import subprocess
import sys
import unittest

SOURCE, CTEST, BUILD = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
CODE = ("broker", "publisher", "subscriber", "shared", "tests", "deploy")
LINES_MAX, TEST_LINES_MAX, COLUMNS_MAX = 400, 800, 100

# Better long than in pieces, each with its reason.
LONGER = {
    "publisher/bindings/python/crier/_library.py": "the C interface in one table",
    "publisher/bindings/python/crier/publisher.py": "the public API in one class, half of it "
                                                    "comments",
    "publisher/include/crier/c_publisher.h": "the C interface in one header, most of it comments",
    "publisher/include/crier/publisher.hpp": "the public API in one header, most of it comments",
    "shared/protocol/messages.hpp": "every frame of the protocol, beside one another",
    "subscriber/include/crier/subscriber.hpp": "the public API in one header, most of it comments",
}

# Which file alone may include a library's header: everybody else goes through it.
ONE_INCLUDER = {
    r"<sodium\.h>": ["shared/base/crypto.cpp", "tests/support/curve_client.cpp"],
    r"<msgpack": ["shared/protocol/wire.cpp"],
    r"<spdlog": ["broker/log.cpp"],
    r"<nlohmann": ["shared/base/json_reader.cpp"],
    r"<nats": ["broker/cluster/nats_connection.cpp"],
    r"<sqlite3\.h>": ["broker/journal/sqlite_statement.cpp"],
}

# Innermost first: a folder may include those before it in its row, and itself.
LAYERS = [
    ["shared/base", "shared/protocol", "shared/transport"],
    ["shared/base", "shared/config"],
    ["shared/base", "shared/manual"],
    ["shared/base", "broker/journal"],
    ["shared/base", "shared/protocol", "broker/core", "broker/cluster"],
    ["shared/base", "shared/protocol", "publisher/core", "publisher/edge", "publisher/cli"],
    ["shared/base", "shared/protocol", "subscriber/core", "subscriber/edge"],
    ["shared/bindings", "publisher/bindings"],
    ["shared/bindings", "subscriber/bindings"],
]
MAY_ALSO = {
    "broker/core": ["broker/journal/" + pure for pure in (
        "journal.hpp", "chain.hpp", "chain_check.hpp", "entry_kind.hpp")],
    "broker/cluster": ["broker/journal/" + pure for pure in (
        "journal.hpp", "log_reads.hpp", "entry_kind.hpp")],
    "broker/journal": ["broker/core/engine.hpp", "broker/core/batching.hpp",
                       "broker/core/screen_replay.hpp"],
    "publisher/edge": ["shared/transport"],
    "publisher/cli": ["shared/transport", "shared/manual", "shared/config/toml_file.hpp"],
    "shared/bindings": ["shared/base/limits.hpp"],
    "subscriber/edge": ["shared/transport"],
}


def sources(*endings):
    return sorted(str(path.relative_to(SOURCE)) for folder in CODE
                  for path in (SOURCE / folder).rglob("*")
                  if path.name.endswith(endings) and path.is_file() and
                  "node_modules" not in path.parts)


def text_of(name):
    return (SOURCE / name).read_text(encoding="utf-8")


class Tidy(unittest.TestCase):
    maxDiff = None

    def none_of(self, findings):
        self.assertEqual(findings, [], "\n" + "\n".join(findings))

    def test_files_and_lines_have_their_length(self):
        found = []
        for name in sources(".cpp", ".hpp", ".c", ".h", ".py", ".js", ".ts"):
            lines = text_of(name).splitlines()
            is_test = name.startswith("tests/") or name.endswith(".test.js")
            most = TEST_LINES_MAX if is_test else LINES_MAX
            if len(lines) > most and name not in LONGER:
                found.append(f"{name}: {len(lines)} lines, more than {most}")
            found += [f"{name}:{number}: {len(line)} columns" for number, line in
                      enumerate(lines, 1) if len(line) > COLUMNS_MAX]
        self.none_of(found)

    def test_tests_do_not_sleep_skip_or_assert_nothing(self):
        banned = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|time\.sleep|GTEST_SKIP|"
                            r"SUCCEED\(|EXPECT_TRUE\(true\)|ASSERT_TRUE\(true\)|skipTest)")
        own = "tests/tidy/tidy_test.py"
        self.none_of([f"{name}:{number}: {line.strip()}"
                      for name in sources(".cpp", ".hpp", ".c", ".h", ".py", ".js")
                      if (name.startswith("tests/") or "/test/" in name) and name != own
                      for number, line in enumerate(text_of(name).splitlines(), 1)
                      if banned.search(line)])

    def test_a_library_is_included_by_the_file_that_wraps_it(self):
        found = []
        for name in sources(".cpp", ".hpp"):
            text = text_of(name)
            for pattern, allowed in ONE_INCLUDER.items():
                if name not in allowed and re.search(r"#\s*include " + pattern, text):
                    found.append(f"{name} includes {pattern}")
            is_transport = name.startswith(("shared/transport/", "tests/bench/"))
            if re.search(r"#\s*include <zmq", text) and not is_transport:
                found.append(f"{name} includes ZeroMQ outside shared/transport")
        self.none_of(found)

    def test_includes_point_inwards(self):
        found = []
        for name in sources(".cpp", ".hpp"):
            folder = "/".join(name.split("/")[:2])
            rows = [row for row in LAYERS if folder in row]
            if not rows:
                continue
            inner = {one for row in rows for one in row[:row.index(folder) + 1]}
            allowed = tuple(inner) + tuple(MAY_ALSO.get(folder, ()))
            for include in re.findall(r'#include "((?:broker|publisher|subscriber|shared)/[^"]+)"',
                                      text_of(name)):
                if not include.startswith(allowed):
                    found.append(f"{name} includes {include}")
        self.none_of(found)

    def test_headers_say_what_they_are_and_are_read_once(self):
        found = []
        for name in sources(".hpp"):
            text = text_of(name)
            if "#pragma once" not in text:
                found.append(f"{name}: no #pragma once")
            if not text.startswith("/// \\file"):
                found.append(f"{name}: does not begin with what it is for")
        for name in sources(".h"):
            text = text_of(name)
            if not re.search(r"#ifndef (CRIER_\w+_H)\n#define \1\n", text):
                found.append(f"{name}: no include guard")
            if not text.startswith("/// \\file"):
                found.append(f"{name}: does not begin with what it is for")
        self.none_of(found)

    def test_every_test_program_is_known_to_ctest(self):
        listed = subprocess.run([CTEST, "--test-dir", BUILD, "-N"], capture_output=True, text=True,
                                check=True).stdout
        found = []
        for name in sources("_test.cpp"):
            if not name.startswith("tests/"):
                continue
            suites = set(re.findall(r"^TEST(?:_F|_P)?\((\w+),", text_of(name), re.MULTILINE))
            suites |= set(re.findall(r"^TYPED_TEST(?:_P)?\((\w+),", text_of(name), re.MULTILINE))
            suites |= set(re.findall(r"^INSTANTIATE_TEST_SUITE_P\(\w+,\s*(\w+),", text_of(name),
                                     re.MULTILINE))
            if not suites:
                found.append(f"{name}: no test in it")
            found += [f"{name}: {suite} is not known to CTest" for suite in sorted(suites)
                      if not re.search(rf"\b{suite}[./]", listed)]
        bindings = text_of("tests/bindings/CMakeLists.txt")
        found += [f"{name} is not run by tests/bindings" for name in sources(".test.js")
                  if "test/" + name.split("/")[-1] not in bindings]
        self.none_of(found)


if __name__ == "__main__":
    unittest.main(argv=["tidy_test.py", "-v"])

#include "tests/support/temporary_directory.hpp"

#include <cstdlib>
#include <string>
#include <system_error>

#include "shared/base/assert.hpp"

namespace crier::testing {

TemporaryDirectory::TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "crier-XXXXXX").string();
    CRIER_ASSERT(mkdtemp(pattern.data()) != nullptr, "tests may write to the temporary folder");
    path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace crier::testing

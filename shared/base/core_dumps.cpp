#include "shared/base/core_dumps.hpp"

#include <sys/prctl.h>

namespace crier {

void keep_out_of_core_dumps() noexcept {
    // Not by RLIMIT_CORE: children would inherit it, and where dumps go to a program (systemd's,
    // for one) a limit of zero does not stop them.
    // A sandbox may refuse it; then it is the sandbox's.
    static_cast<void>(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}

}  // namespace crier

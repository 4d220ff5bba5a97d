"""What the tests of the bindings share.

The interpreter has loaded the sanitizer by now (see CMakeLists.txt): the programs that a test
starts need no preloading, and are to look for leaks; another interpreter needs PRELOADED.
"""

import os
import pathlib

PRELOADED = {name: os.environ.pop(name) for name in ("LD_PRELOAD", "ASAN_OPTIONS")
             if name in os.environ}

SOURCE = pathlib.Path(os.environ["CRIER_SOURCE"])
HEADERS = ["shared/include/crier/c_words.h", "publisher/include/crier/c_publisher.h",
           "publisher/include/crier/c_audit.h", "publisher/include/crier/c_cluster.h",
           "subscriber/include/crier/c_subscriber.h"]


def header_text():
    """All of the C interface, without its comments."""
    lines = []
    for name in HEADERS:
        lines += [line.split("///")[0].split("//")[0]
                  for line in (SOURCE / name).read_text(encoding="utf-8").splitlines()]
    return "\n".join(lines)

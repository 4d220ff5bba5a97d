// To be loaded before the C library's functions: a disk that hangs for as long as a test wants.
//
// Each fdatasync(2) and fsync(2) first takes the lock of the file that DISK_TO_WAIT_FOR names, and
// gives it back: whoever holds that lock holds the disk.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>

namespace {

void wait_for_the_disk() {
    const char* path = std::getenv("DISK_TO_WAIT_FOR");
    const int lock = path == nullptr ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (lock < 0) return;
    flock(lock, LOCK_SH);
    close(lock);
}

int sync_by(const char* name, int descriptor) {
    wait_for_the_disk();
    using Sync = int (*)(int);
    return reinterpret_cast<Sync>(dlsym(RTLD_NEXT, name))(descriptor);
}

}  // namespace

extern "C" int fdatasync(int descriptor) {
    return sync_by("fdatasync", descriptor);
}

extern "C" int fsync(int descriptor) {
    return sync_by("fsync", descriptor);
}

#include "shared/transport/whole_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "shared/base/crypto.hpp"

namespace crier::transport {
namespace {

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int number() const { return number_; }

private:
    int number_;
};

tl::unexpected<Error> cannot(const char* what, const std::filesystem::path& file, int reason) {
    return fail(ErrorCode::file_unusable, std::string("cannot ") + what + " " + file.string() +
                                              ": " + std::generic_category().message(reason));
}

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// Writes the draft of `file`, which is what people know.
Status fill(const std::filesystem::path& draft, const std::filesystem::path& file,
            std::string_view text, const FileAccess& access) {
    const Descriptor open_file(
        open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (open_file.number() < 0) return cannot("create", file, errno);
    if (access.group && fchown(open_file.number(), static_cast<uid_t>(-1), *access.group) != 0) {
        return cannot("set the group of", file, errno);
    }
    if (fchmod(open_file.number(), access.mode) != 0) return cannot("set the mode of", file, errno);
    if (!write_all(open_file.number(), text)) return cannot("write", file, errno);
    if (fsync(open_file.number()) != 0) return cannot("write", file, errno);
    return {};
}

Status sync_directory(const std::filesystem::path& directory) {
    const Descriptor open_directory(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (open_directory.number() < 0 || fsync(open_directory.number()) != 0) {
        return cannot("sync", directory, errno);
    }
    return {};
}

}  // namespace

Result<bool> write_whole_file(const std::filesystem::path& file, std::string_view text,
                              const FileAccess& access, IfThere if_there) {
    const std::filesystem::path directory =
        file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    std::string draft_name = ".";
    draft_name += file.filename().string() + "." + std::to_string(random_number());
    const std::filesystem::path draft = directory / draft_name;

    const Status filled = fill(draft, file, text, access);
    bool is_new = true;
    Status placed = filled;
    if (filled) {
        // link() refuses a name that is taken, rename() takes it over.
        const int result = if_there == IfThere::keep ? link(draft.c_str(), file.c_str())
                                                     : rename(draft.c_str(), file.c_str());
        const int reason = errno;
        if (result != 0 && reason == EEXIST && if_there == IfThere::keep) {
            is_new = false;
        } else if (result != 0) {
            placed = cannot("write", file, reason);
        }
    }
    unlink(draft.c_str());
    if (!placed) return fail(placed.error());
    if (const Status synced = sync_directory(directory); !synced) return fail(synced.error());
    return is_new;
}

}  // namespace crier::transport

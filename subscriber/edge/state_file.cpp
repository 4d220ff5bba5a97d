#include "subscriber/edge/state_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "shared/base/crypto.hpp"
#include "subscriber/edge/record_codec.hpp"

namespace crier::subscriber {

namespace {

constexpr std::string_view header = "CRIER-STATE-004\n";
constexpr std::array<std::pair<std::string_view, RecordFormat>, 4> headers{
    {{"CRIER-STATE-001\n", RecordFormat::without_screens},
     {"CRIER-STATE-002\n", RecordFormat::without_others},
     {"CRIER-STATE-003\n", RecordFormat::without_private},
     {header, RecordFormat::current}}};
constexpr std::string_view any_version = "CRIER-STATE-";
constexpr std::size_t batch_header_bytes = 12;
constexpr std::array<std::uint8_t, 4> magic{0xc7, 0x1e, 0x52, 0xa9};

std::string reason() {
    return std::strerror(errno);
}

tl::unexpected<Error> unusable(const std::filesystem::path& file, const std::string& why) {
    return fail(ErrorCode::file_unusable, file.string() + ": " + why);
}

void put_u32(protocol::Bytes& out, std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) {
        out.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

std::uint32_t get_u32(protocol::BytesView bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i > 0; --i) value = value << 8 | bytes[i - 1];
    return value;
}

std::uint32_t checksum(protocol::BytesView body) {
    return get_u32(blake2b(body));
}

/// One append: its records, each after its length, under one checksum.
protocol::Bytes batch_of(std::span<const Record> records) {
    protocol::Bytes body;
    for (const Record& record : records) {
        const protocol::Bytes bytes = encode(record);
        put_u32(body, static_cast<std::uint32_t>(bytes.size()));
        body.insert(body.end(), bytes.begin(), bytes.end());
    }
    protocol::Bytes batch(magic.begin(), magic.end());
    put_u32(batch, static_cast<std::uint32_t>(body.size()));
    put_u32(batch, checksum(body));
    batch.insert(batch.end(), body.begin(), body.end());
    return batch;
}

/// The body of the whole batch at the beginning of `bytes`; nullopt when there is none.
std::optional<protocol::BytesView> whole_batch(protocol::BytesView bytes) {
    if (bytes.size() < batch_header_bytes) return std::nullopt;
    if (!std::equal(magic.begin(), magic.end(), bytes.begin())) return std::nullopt;
    const std::size_t length = get_u32(bytes.subspan(4));
    if (length > bytes.size() - batch_header_bytes) return std::nullopt;
    const protocol::BytesView body = bytes.subspan(batch_header_bytes, length);
    if (checksum(body) != get_u32(bytes.subspan(8))) return std::nullopt;
    return body;
}

bool has_whole_batch(protocol::BytesView bytes) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        if (whole_batch(bytes.subspan(at))) return true;
    }
    return false;
}

/// False for a body that batch_of() did not make.
bool read_batch(protocol::BytesView body, RecordFormat format, std::vector<Record>& records) {
    while (!body.empty()) {
        if (body.size() < 4) return false;
        const std::size_t length = get_u32(body);
        body = body.subspan(4);
        if (length > body.size()) return false;
        std::optional<Record> record = decode_record(body.first(length), format);
        if (!record) return false;
        records.push_back(std::move(*record));
        body = body.subspan(length);
    }
    return true;
}

struct Contents {
    std::vector<Record> records;
    std::size_t length = 0;   ///< What reads back; an unfinished append may follow.
    bool is_damaged = false;  ///< At `length`, and not at the end.
};

/// Behind a header; all are equally long.
Contents contents_of(protocol::BytesView bytes, RecordFormat format) {
    Contents contents;
    contents.length = header.size();
    while (contents.length < bytes.size()) {
        const protocol::BytesView rest = bytes.subspan(contents.length);
        const auto body = whole_batch(rest);
        if (!body || !read_batch(*body, format, contents.records)) {
            contents.is_damaged = body || has_whole_batch(rest.subspan(1));
            return contents;
        }
        contents.length += batch_header_bytes + body->size();
    }
    return contents;
}

std::optional<RecordFormat> format_of(std::string_view text) {
    for (const auto& [one, format] : headers) {
        if (text.starts_with(one)) return format;
    }
    return std::nullopt;
}

std::vector<Record> folded(std::span<const Record> records) {
    RecordTable table;
    for (const Record& record : records) table.apply(record);
    return table.snapshot();
}

Status write_all(int descriptor, protocol::BytesView bytes, std::size_t offset) {
    while (!bytes.empty()) {
        const ssize_t written =
            ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail(ErrorCode::storage_failed, reason());
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::size_t>(written);
    }
    return {};
}

Result<protocol::Bytes> read_all(int descriptor, const std::filesystem::path& file) {
    protocol::Bytes bytes;
    std::array<std::uint8_t, 64 * 1024> buffer{};
    while (true) {
        const ssize_t count =
            ::pread(descriptor, buffer.data(), buffer.size(), static_cast<off_t>(bytes.size()));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return unusable(file, reason());
        if (count == 0) return bytes;
        bytes.insert(bytes.end(), buffer.begin(), buffer.begin() + count);
    }
}

OwnedDescriptor open_own(const std::filesystem::path& file, int flags) {
    return OwnedDescriptor(
        ::open(file.c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
}

/// Errors: file_unusable, when another user owns it or may read it.
Status check_private(int descriptor, const std::filesystem::path& file) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return unusable(file, reason());
    if (!S_ISREG(status.st_mode)) return unusable(file, "is no regular file");
    if (status.st_uid != ::geteuid()) return unusable(file, "belongs to another user");
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return unusable(file, "others can read or write it; run: chmod 600 " + file.string());
    }
    return {};
}

}  // namespace

// ---- Descriptors
// ---------------------------------------------------------------------------------

OwnedDescriptor::OwnedDescriptor(OwnedDescriptor&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

OwnedDescriptor& OwnedDescriptor::operator=(OwnedDescriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

OwnedDescriptor::~OwnedDescriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<OwnedDescriptor> lock_file(const std::filesystem::path& file) {
    OwnedDescriptor descriptor = open_own(file, O_CREAT);
    if (descriptor.get() < 0) return unusable(file, reason());
    if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) == 0) return descriptor;
    if (errno != EWOULDBLOCK) return unusable(file, reason());
    return fail(ErrorCode::in_use, file.string() + ": another program uses it; take another one");
}

// ---- StateFile
// -----------------------------------------------------------------------------------

Result<StateFile> StateFile::open(const std::filesystem::path& folder) {
    std::error_code failure;
    if (std::filesystem::create_directories(folder, failure)) {
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failure);
    }
    if (failure) return unusable(folder, failure.message());

    StateFile state(folder);
    Result<OwnedDescriptor> lock = lock_file(folder / "lock");
    if (!lock) return fail(lock.error());
    state.lock_ = std::move(*lock);
    if (const Status loaded = state.load(); !loaded) return fail(loaded.error());
    return state;
}

Status StateFile::load() {
    file_ = open_own(path(), O_CREAT);
    if (file_.get() < 0) return unusable(path(), reason());
    if (const Status is_private = check_private(file_.get(), path()); !is_private) {
        return is_private;
    }
    Result<protocol::Bytes> bytes = read_all(file_.get(), path());
    if (!bytes) return fail(bytes.error());
    const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    if (header.starts_with(text.substr(0, header.size())) && text.size() <= header.size()) {
        if (const Status begun = start_over({}); !begun)
            return unusable(path(), begun.error().detail);
        return {};
    }
    const std::optional<RecordFormat> format = format_of(text);
    if (!format) {
        return unusable(path(), text.starts_with(any_version)
                                    ? "was written by a newer version of Crier"
                                    : "is no state file of Crier; name another folder");
    }
    Contents contents = contents_of(*bytes, *format);
    if (contents.is_damaged) {
        return fail(ErrorCode::storage_failed,
                    path().string() + ": damaged at byte " + std::to_string(contents.length) +
                        "; to start without it, run: mv " + path().string() + " " +
                        path().string() + ".damaged");
    }
    records_ = std::move(contents.records);
    length_ = contents.length;
    has_torn_end_ = length_ < bytes->size();
    const bool is_old = *format != RecordFormat::current;
    const Status rewritten = is_old ? start_over(folded(records_)) : rewrite_if_long();
    if (!rewritten) {
        return unusable(path(), rewritten.error().detail);
    }
    return {};
}

Status StateFile::append(std::span<const Record> records) {
    if (records.empty()) return {};
    if (has_torn_end_ && ::ftruncate(file_.get(), static_cast<off_t>(length_)) != 0) {
        return fail(ErrorCode::storage_failed, path().string() + ": " + reason());
    }
    const protocol::Bytes bytes = batch_of(records);
    has_torn_end_ = true;
    if (const Status written = write_all(file_.get(), bytes, length_); !written) {
        return fail(ErrorCode::storage_failed, path().string() + ": " + written.error().detail);
    }
    if (::fdatasync(file_.get()) != 0) {
        return fail(ErrorCode::storage_failed, path().string() + ": " + reason());
    }
    has_torn_end_ = false;
    length_ += bytes.size();
    // What was asked for is on disk; a rewrite that fails is tried again after the next append.
    static_cast<void>(rewrite_if_long());
    return {};
}

Status StateFile::rewrite_if_long() {
    if (length_ < rewrite_at_) return {};
    Result<protocol::Bytes> bytes = read_all(file_.get(), path());
    if (!bytes) return fail(bytes.error());
    const Contents contents = contents_of(*bytes, RecordFormat::current);
    if (contents.is_damaged || contents.length != length_) {
        return fail(ErrorCode::storage_failed, path().string() + ": does not read back");
    }
    return start_over(folded(contents.records));
}

/// A new file under another name takes the place of the old one: there is a whole one at any
/// moment.
Status StateFile::start_over(std::span<const Record> records) {
    protocol::Bytes bytes(header.begin(), header.end());
    if (!records.empty()) {
        const protocol::Bytes batch = batch_of(records);
        bytes.insert(bytes.end(), batch.begin(), batch.end());
    }
    const std::filesystem::path next = folder_ / "state.new";
    OwnedDescriptor file = open_own(next, O_CREAT | O_TRUNC);
    if (file.get() < 0) return fail(ErrorCode::storage_failed, reason());
    if (const Status written = write_all(file.get(), bytes, 0); !written) return written;
    if (::fsync(file.get()) != 0 || ::rename(next.c_str(), path().c_str()) != 0) {
        return fail(ErrorCode::storage_failed, reason());
    }
    const OwnedDescriptor folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0 || ::fsync(folder.get()) != 0) {
        return fail(ErrorCode::storage_failed, reason());
    }
    file_ = std::move(file);
    length_ = bytes.size();
    rewrite_at_ = std::max(rewrite_from_bytes, 4 * length_);
    has_torn_end_ = false;
    return {};
}

}  // namespace crier::subscriber

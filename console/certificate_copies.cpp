#include "console/certificate_copies.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

#include "base/file.h"
#include "certifier/station.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr size_t max_certificate_bytes = 16U << 20;

bool is_certificate(const fs::directory_entry& entry) {
    std::error_code ignored;
    const auto extension = entry.path().extension();
    return entry.is_regular_file(ignored) && (extension == ".jws" || extension == ".pdf");
}

bool has_same_size(const fs::path& one, const fs::path& other) {
    std::error_code failure;
    const auto first = fs::file_size(one, failure);
    if (failure) return false;
    const auto second = fs::file_size(other, failure);
    return !failure && first == second;
}

}  // namespace

Result<size_t> copy_certificates(const fs::path& from, const fs::path& to) {
    std::vector<fs::path> paths;
    std::error_code failure;
    for (fs::directory_iterator entry(from, failure), end; !failure && entry != end; entry.increment(failure))
        if (is_certificate(*entry)) paths.push_back(entry->path());
    if (failure && failure != std::errc::no_such_file_or_directory)
        return os_error(message("read {0}", from.string()), failure.value(), ErrorKind::environment);
    std::sort(paths.begin(), paths.end());
    size_t copied = 0;
    for (const auto& path : paths) {
        const fs::path copy = to / path.filename();
        REGAIN_ASSIGN(const auto content, read_file(path, max_certificate_bytes));
        // A copy of the right length may hold anything: Windows, another program, a bad block.
        if (has_same_size(path, copy)) {
            const auto there = read_file(copy, max_certificate_bytes);
            if (there.ok() && *there == content) continue;
        }
        REGAIN_TRY(make_directories(to));
        REGAIN_TRY(write_file(copy, content));
        ++copied;
    }
    return copied;
}

Status copy_station_certificate(const fs::path& state_directory, const fs::path& to) {
    const auto station = Station::open(state_directory);
    if (!station.ok()) return done();
    const std::string content = station->key().certificate().pem();
    const fs::path copy = to / (station->identity().id + ".pem");
    const auto there = read_file(copy, max_certificate_bytes);
    if (there.ok() && *there == content) return done();
    REGAIN_TRY(make_directories(to));
    return write_file(copy, content);
}

}  // namespace regain

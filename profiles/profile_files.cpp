// Which files make up a profile, and their common fingerprint.
#include <algorithm>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/hash.h"
#include "profiles/profile_reader.h"

namespace regain {
namespace {

constexpr size_t max_overlay_file_bytes = 64U << 20;

Result<std::string> describe_content(const std::filesystem::path& path) {
    std::error_code problem;
    const auto status = std::filesystem::symlink_status(path, problem);
    if (std::filesystem::is_symlink(status)) {
        const auto target = std::filesystem::read_symlink(path, problem).string();
        return "link " + sha256_hex(as_bytes(target));
    }
    if (!std::filesystem::is_regular_file(status))
        return error(ErrorKind::untrusted, message("read {0}", path.string()),
                     message("a profile holds only files, directories and symbolic links"));
    REGAIN_ASSIGN(const std::string content, read_file(path, max_overlay_file_bytes));
    const bool is_program =
        (status.permissions() & std::filesystem::perms::owner_exec) != std::filesystem::perms::none;
    return (is_program ? "program " : "file ") + sha256_hex(as_bytes(content));
}

Status add_tree(const Profile& profile, const std::filesystem::path& top, std::vector<ProfileFile>& files) {
    std::error_code problem;
    for (std::filesystem::recursive_directory_iterator entry(top, problem), end; !problem && entry != end;
         entry.increment(problem)) {
        if (entry->is_directory() && !entry->is_symlink()) continue;
        REGAIN_ASSIGN(std::string content, describe_content(entry->path()));
        files.push_back(
            {entry->path().lexically_relative(profile.directory).generic_string(), std::move(content)});
    }
    if (problem) return os_error(message("read {0}", top.string()), problem.value(), ErrorKind::environment);
    return done();
}

}  // namespace

Result<std::vector<ProfileFile>> list_profile_files(const Profile& profile) {
    std::vector<ProfileFile> files;
    REGAIN_ASSIGN(std::string own, describe_content(profile.file));
    files.push_back({profile.file.lexically_relative(profile.directory).generic_string(), std::move(own)});
    std::vector<std::filesystem::path> trees = profile.system.overlay;
    if (path_exists(profile.directory / "base/boot")) trees.push_back(profile.directory / "base/boot");
    for (const auto& tree : trees) REGAIN_TRY(add_tree(profile, tree, files));
    std::sort(files.begin(), files.end(),
              [](const ProfileFile& a, const ProfileFile& b) { return a.path < b.path; });
    return files;
}

Result<std::string> profile_sha256(const Profile& profile) {
    REGAIN_ASSIGN(const auto files, list_profile_files(profile));
    Hasher hasher(HashAlgorithm::sha256);
    for (const auto& file : files) hasher.update(as_bytes(file.content + "  " + file.path + "\n"));
    return to_hex(hasher.finish());
}

}  // namespace regain

#include "console/profile_choice.h"

#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "profiles/profile_reader.h"

namespace regain {

Result<Profile> choose_profile(const std::string& name_or_path) {
    REGAIN_ASSIGN(const auto path, find_profile(name_or_path, profile_directories()));
    return read_profile(path);
}

Result<std::string> choose_image(const Session& session, const Profile& profile) {
    if (session.arguments().has("image")) return session.arguments().value("image");
    const auto directory = session.state_directory() / "images";
    std::filesystem::path newest;
    std::filesystem::file_time_type newest_time{};
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(directory, failure)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(profile.name) || !name.ends_with(".img.zst")) continue;
        std::error_code ignored;
        const auto time = std::filesystem::last_write_time(entry.path(), ignored);
        if (!newest.empty() && time <= newest_time) continue;
        newest = entry.path();
        newest_time = time;
    }
    if (newest.empty())
        return error(ErrorKind::environment, message("find an image of the profile {0}", profile.name),
                     message("{0} holds none", directory.string()),
                     message("Build one with \"regain image build {0} -o {1}\", or name one with --image.",
                             profile.name, (directory / (profile.name + ".img.zst")).string()));
    return newest.string();
}

}  // namespace regain

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

#include "profiles/profile_reader.h"

namespace regain {

std::vector<std::filesystem::path> profile_directories(const std::filesystem::path& first) {
    std::vector<std::filesystem::path> directories;
    if (!first.empty()) directories.push_back(first);
    directories.emplace_back("profiles");
    directories.emplace_back("/usr/share/regain/profiles");
    return directories;
}

std::vector<ProfileListing> list_profiles(const std::vector<std::filesystem::path>& directories) {
    std::map<std::string, std::filesystem::path> found;
    for (const auto& directory : directories) {
        std::error_code problem;
        for (std::filesystem::directory_iterator entry(directory, problem), end; !problem && entry != end;
             entry.increment(problem)) {
            const auto& path = entry->path();
            if (path.extension() == ".toml") found.emplace(path.stem().string(), path);
        }
    }
    std::vector<ProfileListing> listings;
    for (const auto& [name, path] : found) listings.push_back({name, path, read_profile(path)});
    return listings;
}

Result<std::filesystem::path> find_profile(const std::string& name_or_path,
                                           const std::vector<std::filesystem::path>& directories) {
    if (name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".toml"))
        return std::filesystem::path(name_or_path);
    for (const auto& directory : directories) {
        const auto candidate = directory / (name_or_path + ".toml");
        std::error_code ignored;
        if (std::filesystem::exists(candidate, ignored)) return candidate;
    }
    std::string names, places;
    for (const auto& listing : list_profiles(directories))
        names += (names.empty() ? "" : ", ") + listing.name;
    for (const auto& directory : directories) places += (places.empty() ? "" : ", ") + directory.string();
    Error failure = error(ErrorKind::environment, message("find the profile {0}", name_or_path),
                          message("it is in none of these directories: {0}", places));
    if (!names.empty()) failure.advice = message("There are: {0}.", names);
    return failure;
}

}  // namespace regain

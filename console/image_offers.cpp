#include "console/image_offers.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/json.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr const char* schema = "regain.server-images/1";
constexpr size_t max_listing_bytes = 1U << 20;
constexpr size_t max_images = 1000;

bool is_of_profile(const Profile& profile, const std::string& name) {
    return name.starts_with(profile.name) && name.ends_with(".img.zst");
}

bool is_only_a_name(const std::string& name) {
    return name == to_utf8(name) && name.find('/') == std::string::npos && name.front() != '.';
}

}  // namespace

std::vector<ImageOffer> images_here(const Profile& profile, const fs::path& directory) {
    std::vector<std::pair<fs::file_time_type, fs::path>> found;
    std::error_code failure;
    for (fs::directory_iterator entry(directory, failure), end; !failure && entry != end;
         entry.increment(failure)) {
        std::error_code ignored;
        if (is_of_profile(profile, entry->path().filename().string()))
            found.emplace_back(entry->last_write_time(ignored), entry->path());
    }
    std::sort(found.rbegin(), found.rend());
    std::vector<ImageOffer> images;
    for (const auto& [time, path] : found) {
        const auto size = fs::file_size(path, failure);
        images.push_back({path.string(), path.filename().string(), failure ? 0 : size});
    }
    return images;
}

Result<std::vector<ImageOffer>> images_of_listing(const Profile& profile, std::string_view listing,
                                                  const std::string& server) {
    REGAIN_ASSIGN(const Json json, parse_json(listing, server + "/images.json"));
    JsonReader reader(json, server + "/images.json");
    if (reader.text("schema") != schema) reader.fail(message("its schema is not {0}", schema));
    const Json& list = reader.array("images");
    REGAIN_TRY(reader.status());
    std::vector<ImageOffer> images;
    for (const auto& entry : list) {
        JsonReader image(entry, server + "/images.json");
        const std::string name = image.text("name");
        const uint64_t size = image.number("size_bytes");
        REGAIN_TRY(image.status());
        if (images.size() < max_images && is_of_profile(profile, name) && is_only_a_name(name))
            images.push_back({address_of_image(server, name), name, size});
    }
    return images;
}

Result<std::vector<ImageOffer>> images_on_server(const Profile& profile, HttpTransport& transport,
                                                 const std::string& server, const std::stop_token& stop) {
    REGAIN_ASSIGN(const std::string listing,
                  fetch_small_file(transport, server + "/images.json", max_listing_bytes, stop));
    return images_of_listing(profile, listing, server);
}

std::string address_of_image(const std::string& server, const std::string& name) {
    return server + "/images/" + escaped_for_url(name);
}

}  // namespace regain

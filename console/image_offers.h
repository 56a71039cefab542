#pragma once
// The images of a profile that can be installed: files of the stick (or the state directory), and those that
// the server lists which the machine was started from. Used by the technician's screen.

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "base/result.h"
#include "profiles/profile.h"

namespace regain {

struct ImageOffer {
    std::string location;  ///< path or address
    std::string name;      ///< "essentiel-2026.img.zst"
    uint64_t size_bytes = 0;
    bool operator==(const ImageOffer&) const = default;
};

/// The profile's images in this directory, the newest first.
std::vector<ImageOffer> images_here(const Profile& profile, const std::filesystem::path& directory);

/// The profile's images in a server's images.json, in its order (the newest first). ErrorKind::untrusted when
/// it is no such list; a name that could be more than a name is passed over.
Result<std::vector<ImageOffer>> images_of_listing(const Profile& profile, std::string_view listing,
                                                  const std::string& server);
/// Asks the server. ErrorKind::environment when it does not answer.
Result<std::vector<ImageOffer>> images_on_server(const Profile& profile, HttpTransport& transport,
                                                 const std::string& server, const std::stop_token& stop);
/// Where an image of that name lies on a server.
std::string address_of_image(const std::string& server, const std::string& name);

}  // namespace regain

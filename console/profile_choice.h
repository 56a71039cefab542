#pragma once
// From a profile's name or path to the profile, and to the image that was built from it.

#include <string>

#include "console/session.h"
#include "profiles/profile.h"

namespace regain {

Result<Profile> choose_profile(const std::string& name_or_path);
/// --image (a path, or an address on a web server), else the newest *.img.zst of the profile in
/// STATE/images/. ErrorKind::environment when there is none.
Result<std::string> choose_image(const Session& session, const Profile& profile);

}  // namespace regain

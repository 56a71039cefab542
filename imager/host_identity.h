#pragma once
// What makes one machine of many copies: machine-id, host name, and the file of answers for the first start,
// written into a root file system that is not mounted.

#include <optional>
#include <string>

#include "base/result.h"

namespace regain {

struct HostIdentity {
    std::string host_name;
    std::string machine_id;                  ///< 32 hexadecimal digits
    std::optional<std::string> answer_file;  ///< content of /etc/regain/first-start.conf
};

/// PREFIX-TAG with the tag cut down to what a host name may hold; a tag with nothing of that, or none,
/// becomes six random letters and digits (without those that look alike).
std::string make_host_name(const std::string& prefix, const std::string& asset_tag);
/// 128 random bits in the form of a version-4 UUID. Ref: machine-id(5).
std::string make_machine_id();
/// The hosts file with `host_name` on the line of 127.0.1.1.
std::string hosts_with_name(const std::string& hosts, const std::string& host_name);

/// Writes the identity into the file system on `path` and reads it back. ErrorKind::failed.
Status write_host_identity(const std::string& path, const HostIdentity& identity);

}  // namespace regain

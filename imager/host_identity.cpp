#include "imager/host_identity.h"

#include <algorithm>
#include <string_view>

#include "base/bytes.h"
#include "base/hash.h"
#include "imager/disk_uuid.h"
#include "imager/ext_file_system.h"

namespace regain {
namespace {

constexpr size_t max_host_name = 63;  // of a label in DNS
constexpr std::string_view plain_characters = "abcdefghjkmnpqrstuvwxyz23456789";
constexpr const char* answer_path = "/etc/regain/first-start.conf";
constexpr unsigned answer_mode = 0600;  // it holds a password's hash

std::string as_label(const std::string& text) {
    std::string label;
    for (const char c : text) {
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        const bool is_plain = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
        if (is_plain)
            label += lower;
        else if (!label.empty() && label.back() != '-')
            label += '-';
    }
    while (!label.empty() && label.back() == '-') label.pop_back();
    return label;
}

std::string random_tag() {
    std::string tag;
    while (tag.size() < 6) {
        const uint8_t byte = random_bytes(1)[0];
        if (byte < 256 / plain_characters.size() * plain_characters.size())
            tag += plain_characters[byte % plain_characters.size()];
    }
    return tag;
}

}  // namespace

std::string make_host_name(const std::string& prefix, const std::string& asset_tag) {
    std::string tag = as_label(asset_tag);
    if (tag.empty()) tag = random_tag();
    std::string name = as_label(prefix);
    name = name.empty() ? tag : name + "-" + tag;
    name.resize(std::min(name.size(), max_host_name));
    while (name.back() == '-') name.pop_back();
    return name;
}

std::string make_machine_id() {
    return to_hex(random_uuid());
}

std::string hosts_with_name(const std::string& hosts, const std::string& host_name) {
    const std::string own = "127.0.1.1\t" + host_name + "\n";
    std::string result;
    bool is_replaced = false;
    size_t start = 0;
    while (start < hosts.size()) {
        const size_t end = std::min(hosts.find('\n', start), hosts.size());
        const std::string line = hosts.substr(start, end - start);
        start = end + 1;
        if (!line.starts_with("127.0.1.1")) {
            result += line + "\n";
        } else if (!is_replaced) {
            result += own;
            is_replaced = true;
        }
    }
    return is_replaced ? result : result + own;
}

Status write_host_identity(const std::string& path, const HostIdentity& identity) {
    const std::string machine_id = identity.machine_id + "\n";
    const std::string host_name = identity.host_name + "\n";
    REGAIN_ASSIGN(auto root, ExtFileSystem::open(path, ExtFileSystem::Access::write));
    const auto old_hosts = root.read_file("/etc/hosts");
    const std::string hosts =
        hosts_with_name(old_hosts.ok() ? *old_hosts : "127.0.0.1\tlocalhost\n", identity.host_name);
    REGAIN_TRY(root.put_file("/etc/machine-id", machine_id, 0444));
    REGAIN_TRY(root.put_file("/etc/hostname", host_name, 0644));
    REGAIN_TRY(root.put_file("/etc/hosts", hosts, 0644));
    if (identity.answer_file) REGAIN_TRY(root.put_file(answer_path, *identity.answer_file, answer_mode));
    REGAIN_TRY(root.close());

    REGAIN_ASSIGN(const auto again, ExtFileSystem::open(path, ExtFileSystem::Access::read));
    REGAIN_ASSIGN(const std::string read_machine_id, again.read_file("/etc/machine-id"));
    REGAIN_ASSIGN(const std::string read_host_name, again.read_file("/etc/hostname"));
    REGAIN_ASSIGN(const std::string read_hosts, again.read_file("/etc/hosts"));
    std::string read_answers;
    if (identity.answer_file) {
        REGAIN_ASSIGN(read_answers, again.read_file(answer_path));
    }
    if (read_machine_id != machine_id || read_host_name != host_name || read_hosts != hosts ||
        read_answers != identity.answer_file.value_or(""))
        return error(ErrorKind::failed, message("give the machine its identity"),
                     message("what was written reads back differently"));
    return done();
}

}  // namespace regain

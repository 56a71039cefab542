#include "certifier/logo_store.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/file.h"
#include "base/hash.h"

namespace regain {
namespace {

std::filesystem::path path_of(const std::filesystem::path& state_directory, const std::string& sha256) {
    return state_directory / "logos" / sha256;
}

// It becomes a file's name, and comes from a document.
bool is_sha256(const std::string& text) {
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

}  // namespace

Status keep_logo(const std::filesystem::path& state_directory, const std::string& content) {
    if (content.empty()) return done();
    const std::string sha256 = sha256_hex(as_bytes(content));
    if (!kept_logo(state_directory, sha256).empty()) return done();
    REGAIN_TRY(make_directories(state_directory / "logos"));
    return write_file(path_of(state_directory, sha256), content);
}

std::string kept_logo(const std::filesystem::path& state_directory, const std::string& sha256) {
    if (!is_sha256(sha256)) return {};
    auto content = read_file(path_of(state_directory, sha256));
    if (!content.ok() || sha256_hex(as_bytes(*content)) != sha256) return {};
    return std::move(content).value();
}

}  // namespace regain

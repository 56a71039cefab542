#include "base/translation.h"

#include <cstring>

#include "base/bytes.h"

namespace regain {

// Generated from po/*.po at build time (cmake/embed_catalogues.cmake).
struct EmbeddedCatalogue {
    const char* language;
    const unsigned char* bytes;
    size_t size;
};
extern const EmbeddedCatalogue embedded_catalogues[];
extern const size_t embedded_catalogue_count;

namespace {

constexpr uint32_t mo_magic = 0x950412de;
constexpr size_t mo_count_offset = 8;
constexpr size_t mo_originals_offset = 12;
constexpr size_t mo_translations_offset = 16;
constexpr size_t mo_header_bytes = 28;

Error malformed() {
    return error(ErrorKind::untrusted, message("read a catalogue of translations"),
                 message("it is malformed"));
}

// Entry `index` of a table of (length, offset) pairs; false when it points outside of the file.
bool string_at(ByteView mo, uint64_t table, uint32_t index, std::string& text) {
    const uint64_t entry = table + uint64_t{8} * index;
    if (entry + 8 > mo.size()) return false;
    const uint64_t length = read_le32(mo, entry);
    const uint64_t offset = read_le32(mo, entry + 4);
    if (offset + length > mo.size()) return false;
    text.assign(as_text(mo.subspan(offset, length)));
    return true;
}

const std::map<std::string, Catalogue, std::less<>>& catalogues() {
    static const auto all = [] {
        std::map<std::string, Catalogue, std::less<>> result;
        for (size_t i = 0; i < embedded_catalogue_count; ++i) {
            const auto& embedded = embedded_catalogues[i];
            auto catalogue = Catalogue::from_mo({embedded.bytes, embedded.size});
            if (catalogue.ok()) result.emplace(embedded.language, std::move(catalogue).value());
        }
        return result;
    }();
    return all;
}

}  // namespace

Result<Catalogue> Catalogue::from_mo(ByteView mo) {
    if (mo.size() < mo_header_bytes || read_le32(mo, 0) != mo_magic) return malformed();
    const uint32_t count = read_le32(mo, mo_count_offset);
    Catalogue catalogue;
    for (uint32_t i = 0; i < count; ++i) {
        std::string id, text;
        if (!string_at(mo, read_le32(mo, mo_originals_offset), i, id) ||
            !string_at(mo, read_le32(mo, mo_translations_offset), i, text))
            return malformed();
        if (!id.empty()) catalogue.sentences_.emplace(std::move(id), std::move(text));
    }
    return catalogue;
}

std::optional<std::string_view> Catalogue::find(std::string_view id) const {
    const auto found = sentences_.find(id);
    if (found == sentences_.end()) return std::nullopt;
    return found->second;
}

Translator::Translator(std::string_view language) {
    if (language == "en") return;
    const auto found = catalogues().find(language);
    known_ = found != catalogues().end();
    if (!known_) return;
    language_ = language;
    catalogue_ = &found->second;
}

std::string Translator::operator()(const Message& message) const {
    const auto translated = catalogue_ == nullptr ? std::nullopt : catalogue_->find(message.id);
    return fill_placeholders(translated.value_or(message.id), message.arguments);
}

std::string Translator::operator()(const char* id) const {
    return (*this)(Message{id, {}});
}

std::vector<std::string> Translator::languages() {
    std::vector<std::string> result{"en"};
    for (const auto& [language, catalogue] : catalogues()) result.push_back(language);
    return result;
}

std::string describe(const Error& error, const Translator& translate) {
    std::string text = translate(message("cannot {0}", translate(error.doing)));
    const std::string os_reason = error.os_errno == 0 ? "" : translate(strerrordesc_np(error.os_errno));
    // French has a space in front of a colon: the joining is a message too.
    for (const std::string& reason : {translate(error.reason), os_reason})
        if (!reason.empty()) text = translate(message("{0}: {1}", text, reason));
    return text;
}

}  // namespace regain

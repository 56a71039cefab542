#include "certifier/pdf_verifier.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <qpdf/Pipeline.hh>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFEmbeddedFileDocumentHelper.hh>
#include <qpdf/QPDFObjectHandle.hh>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"
#include "certifier/cms_signature.h"
#include "certifier/pdf_signer.h"

namespace regain {
namespace {

constexpr size_t max_record_bytes = 16U << 20;

// Takes what a stream inflates to and stops it at a bound: a few kilobytes may claim to be gigabytes.
class BoundedText final : public Pipeline {
  public:
    BoundedText() : Pipeline("signed record", nullptr) {}
    void write(unsigned char const* bytes, size_t length) override {
        if (is_too_long_ || text_.size() + length > max_record_bytes) {
            is_too_long_ = true;
            throw std::runtime_error("too long");
        }
        text_.append(reinterpret_cast<const char*>(bytes), length);
    }
    void finish() override {}
    bool is_too_long() const { return is_too_long_; }
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
    bool is_too_long_ = false;
};

Error damaged(Message reason) {
    return error(ErrorKind::untrusted, message("verify the PDF file"), std::move(reason),
                 message("The file was changed or damaged: ask for another copy, or for the .jws file."));
}

// "/ByteRange [ 0 a b c ]" followed by spaces, as sign_pdf() writes it.
bool parse_range(std::string_view text, size_t (&numbers)[4]) {
    constexpr std::string_view open = "/ByteRange [ ";
    if (!text.starts_with(open)) return false;
    text.remove_prefix(open.size());
    for (size_t& number : numbers) {
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (failure != std::errc() || end == text.data() + text.size() || *end != ' ') return false;
        text.remove_prefix(static_cast<size_t>(end - text.data()) + 1);
    }
    return text.starts_with("]");
}

struct SignaturePlace {
    size_t open = 0, after = 0;  ///< of the hexadecimal string with its angle brackets
};

Result<SignaturePlace> find_signature(std::string_view pdf) {
    const size_t range = pdf.find("/ByteRange");
    if (range == std::string_view::npos) return damaged(message("it is not signed"));
    size_t numbers[4] = {};
    if (pdf.find("/ByteRange", range + 1) != std::string_view::npos ||
        !parse_range(pdf.substr(range), numbers))
        return damaged(message("its byte range is not written as Regain writes it"));
    const SignaturePlace place{numbers[1], numbers[2]};
    constexpr size_t room = 2 * signature_room_bytes + 2;
    if (numbers[0] != 0 || place.open >= pdf.size() || place.after != place.open + room ||
        place.after > pdf.size() || numbers[3] != pdf.size() - place.after)
        return damaged(message("its signature does not cover the whole file"));
    if (pdf[place.open] != '<' || pdf[place.after - 1] != '>')
        return damaged(message("its signature is not where it says"));
    return place;
}

// The document's own list of associated files names this specification and no other.
bool is_only_associated_file(QPDF& document, QPDFObjectHandle specification) {
    auto listed = document.getRoot().getKey("/AF");
    return listed.isArray() && listed.getArrayNItems() == 1 &&
           listed.getArrayItem(0).getObjGen() == specification.getObjGen() && specification.isIndirect();
}

bool is_text(QPDFObjectHandle value, const std::string& text) {
    return value.isString() && value.getUTF8Value() == text;
}

}  // namespace

Result<AttachedRecord> attached_record(std::string_view pdf) {
    try {
        QPDF document;
        document.setSuppressWarnings(true);
        document.setAttemptRecovery(false);
        document.processMemoryFile("certificate", pdf.data(), pdf.size());
        QPDFEmbeddedFileDocumentHelper files(document);
        if (!files.hasEmbeddedFiles()) return damaged(message("it holds no signed record"));
        const auto all = files.getEmbeddedFiles();
        if (all.size() != 1) return damaged(message("it holds other attachments than the signed record"));
        AttachedRecord record;
        record.name = all.begin()->first;
        auto specification = all.begin()->second->getObjectHandle();
        record.is_named_alike = is_text(specification.getKey("/F"), record.name) &&
                                is_text(specification.getKey("/UF"), record.name);
        record.is_source = specification.getKey("/AFRelationship").isNameAndEquals("/Source") &&
                           is_only_associated_file(document, specification);
        auto stream = all.begin()->second->getEmbeddedFileStream();
        if (!stream.isStream()) return damaged(message("it holds no signed record"));
        BoundedText content;
        const bool is_whole = stream.pipeStreamData(&content, 0, qpdf_dl_all, true);
        if (content.is_too_long()) return damaged(message("its signed record is too large"));
        if (!is_whole) return damaged(message("it is not a whole PDF file"));
        record.content = content.take();
        return record;
    } catch (const std::exception&) {
        return damaged(message("it is not a whole PDF file"));
    }
}

Status check_attachment(const AttachedRecord& record, const std::string& name) {
    if (record.name != name || !record.is_named_alike)
        return damaged(message("its attachment is not called {0}", name));
    if (!record.is_source)
        return damaged(message("its attachment is not marked as what the page was made from"));
    return done();
}

Result<PdfSignature> read_pdf_signature(std::string_view pdf) {
    REGAIN_ASSIGN(const SignaturePlace place, find_signature(pdf));
    Bytes contents;
    if (!from_hex(pdf.substr(place.open + 1, place.after - place.open - 2), contents))
        return damaged(message("its signature is not in lower-case hexadecimal"));
    const size_t length = der_length(contents);
    const ByteView padding = ByteView(contents).subspan(length);
    if (length == 0 || !std::all_of(padding.begin(), padding.end(), [](uint8_t byte) { return byte == 0; }))
        return damaged(message("the room after its signature is not filled with zeros"));
    Hasher hasher(HashAlgorithm::sha256);
    hasher.update(as_bytes(pdf.substr(0, place.open)));
    hasher.update(as_bytes(pdf.substr(place.after)));
    contents.resize(length);
    PdfSignature signature{std::move(contents), hasher.finish()};
    if (!holds_digest(signature.cms, signature.digest))
        return damaged(message("its content is not what was signed"));
    return signature;
}

}  // namespace regain

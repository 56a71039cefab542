#include "certifier/pdf_signer.h"

#include <fmt/format.h>

#include <exception>
#include <memory>
#include <qpdf/Buffer.hh>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFEFStreamObjectHelper.hh>
#include <qpdf/QPDFEmbeddedFileDocumentHelper.hh>
#include <qpdf/QPDFFileSpecObjectHelper.hh>
#include <qpdf/QPDFObjectHandle.hh>
#include <qpdf/QPDFPageDocumentHelper.hh>
#include <qpdf/QPDFWriter.hh>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"
#include "certifier/cms_signature.h"

namespace regain {
namespace {

// As wide as the largest number that replaces them.
constexpr long long range_placeholder = 9999999999;
constexpr std::string_view range_text = "/ByteRange [ 0 9999999999 9999999999 9999999999 ]";

Error cannot_sign(const std::string& reason) {
    return error(ErrorKind::failed, message("sign a PDF file"), message("{0}", reason));
}

// 2026-11-22T10:00:00Z → D:20261122100000Z
std::string pdf_date(const std::string& rfc3339) {
    std::string digits;
    for (const char c : rfc3339)
        if (c >= '0' && c <= '9') digits += c;
    return "D:" + digits + "Z";
}

void attach(QPDF& pdf, const PdfAttachment& attachment, const std::string& date) {
    auto stream = QPDFEFStreamObjectHelper::createEFStream(pdf, attachment.content);
    stream.setSubtype("application/jose").setCreationDate(date).setModDate(date);
    auto file = QPDFFileSpecObjectHelper::createFileSpec(pdf, attachment.name, stream);
    file.setDescription(attachment.description);
    // The PDF is a rendering: the record is what it was made from. Ref: ISO 32000-2 section 7.11.3
    // (AFRelationship).
    file.getObjectHandle().replaceKey("/AFRelationship", QPDFObjectHandle::newName("/Source"));
    QPDFEmbeddedFileDocumentHelper(pdf).replaceEmbeddedFile(attachment.name, file);
    pdf.getRoot().replaceKey("/AF", QPDFObjectHandle::newArray({file.getObjectHandle()}));
}

QPDFObjectHandle signature_dictionary(const PdfSigning& signing, const std::string& signer) {
    auto signature = QPDFObjectHandle::newDictionary();
    signature.replaceKey("/Type", QPDFObjectHandle::newName("/Sig"));
    signature.replaceKey("/Filter", QPDFObjectHandle::newName("/Adobe.PPKLite"));
    signature.replaceKey("/SubFilter", QPDFObjectHandle::newName("/ETSI.CAdES.detached"));
    signature.replaceKey("/M", QPDFObjectHandle::newString(pdf_date(signing.signed_at)));
    signature.replaceKey("/Name", QPDFObjectHandle::newUnicodeString(signer));
    signature.replaceKey("/Reason", QPDFObjectHandle::newUnicodeString(signing.reason));
    auto range = QPDFObjectHandle::newArray();
    range.appendItem(QPDFObjectHandle::newInteger(0));
    for (int i = 0; i < 3; ++i) range.appendItem(QPDFObjectHandle::newInteger(range_placeholder));
    signature.replaceKey("/ByteRange", range);
    signature.replaceKey("/Contents", QPDFObjectHandle::newString(std::string(signature_room_bytes, '\0')));
    return signature;
}

// An invisible signature field on the first page.
void add_signature_field(QPDF& pdf, const PdfSigning& signing, const std::string& signer) {
    auto page = QPDFPageDocumentHelper(pdf).getAllPages().front().getObjectHandle();
    auto field = pdf.makeIndirectObject(QPDFObjectHandle::newDictionary());
    field.replaceKey("/Type", QPDFObjectHandle::newName("/Annot"));
    field.replaceKey("/Subtype", QPDFObjectHandle::newName("/Widget"));
    field.replaceKey("/FT", QPDFObjectHandle::newName("/Sig"));
    field.replaceKey("/T", QPDFObjectHandle::newUnicodeString("Regain"));
    field.replaceKey("/F", QPDFObjectHandle::newInteger(132));  // print, locked
    field.replaceKey("/Rect", QPDFObjectHandle::newArray(QPDFObjectHandle::Rectangle(0, 0, 0, 0)));
    field.replaceKey("/P", page);
    field.replaceKey("/V", pdf.makeIndirectObject(signature_dictionary(signing, signer)));
    auto annotations = page.getKey("/Annots");
    if (!annotations.isArray()) {
        annotations = QPDFObjectHandle::newArray();
        page.replaceKey("/Annots", annotations);
    }
    page.getKey("/Annots").appendItem(field);
    auto form = QPDFObjectHandle::newDictionary();
    form.replaceKey("/Fields", QPDFObjectHandle::newArray({field}));
    form.replaceKey("/SigFlags", QPDFObjectHandle::newInteger(3));  // signatures exist, append only
    pdf.getRoot().replaceKey("/AcroForm", pdf.makeIndirectObject(form));
}

void describe_document(QPDF& pdf, const PdfSigning& signing) {
    auto root = pdf.getRoot();
    root.replaceKey("/Lang", QPDFObjectHandle::newUnicodeString(signing.language));
    auto preferences = QPDFObjectHandle::newDictionary();
    preferences.replaceKey("/DisplayDocTitle", QPDFObjectHandle::newBool(true));
    root.replaceKey("/ViewerPreferences", preferences);
    root.replaceKey("/PageMode", QPDFObjectHandle::newName("/UseNone"));
}

Result<std::string> prepare(const std::string& painted, const PdfAttachment& attachment,
                            const PdfSigning& signing, const std::string& signer) {
    try {
        QPDF pdf;
        pdf.setSuppressWarnings(true);
        pdf.processMemoryFile("certificate", painted.data(), painted.size());
        attach(pdf, attachment, pdf_date(signing.signed_at));
        add_signature_field(pdf, signing, signer);
        describe_document(pdf, signing);
        QPDFWriter writer(pdf);
        writer.setOutputMemory();
        writer.setMinimumPDFVersion("1.7");
        writer.setObjectStreamMode(qpdf_o_disable);
        writer.setStreamDataMode(qpdf_s_compress);
        writer.write();
        const std::unique_ptr<Buffer> buffer(writer.getBuffer());
        return std::string(reinterpret_cast<const char*>(buffer->getBuffer()), buffer->getSize());
    } catch (const std::exception& exception) {
        return cannot_sign(exception.what());
    }
}

// The offset of the only occurrence of `text`; npos when there is none, or more than one.
size_t only_place_of(const std::string& pdf, const std::string& text) {
    const size_t first = pdf.find(text);
    return first == std::string::npos || pdf.find(text, first + 1) == std::string::npos ? first
                                                                                        : std::string::npos;
}

}  // namespace

Result<std::string> sign_pdf(const std::string& painted, const PdfAttachment& attachment,
                             const PdfSigning& signing, const SigningKey& key) {
    REGAIN_ASSIGN(std::string pdf, prepare(painted, attachment, signing, key.certificate().common_name()));
    const std::string room = "/Contents <" + std::string(2 * signature_room_bytes, '0') + ">";
    const size_t contents = only_place_of(pdf, room), range = only_place_of(pdf, std::string(range_text));
    if (contents == std::string::npos || range == std::string::npos)
        return cannot_sign("the place of the signature was not found");

    // The byte range leaves out the hexadecimal string with its angle brackets, and nothing else.
    const size_t open = contents + room.find('<'), after = contents + room.size();
    std::string numbers = fmt::format("/ByteRange [ 0 {} {} {} ]", open, after, pdf.size() - after);
    numbers.resize(range_text.size(), ' ');
    pdf.replace(range, range_text.size(), numbers);

    Hasher hasher(HashAlgorithm::sha256);
    hasher.update(as_bytes(std::string_view(pdf).substr(0, open)));
    hasher.update(as_bytes(std::string_view(pdf).substr(after)));
    REGAIN_ASSIGN(const Bytes cms, make_cms_signature(key, hasher.finish()));
    if (cms.size() > signature_room_bytes) return cannot_sign("the certificate chain is too long");
    pdf.replace(open + 1, 2 * cms.size(), to_hex(cms));
    return pdf;
}

}  // namespace regain

#include "certifier/certificate_file.h"

#include <utility>

#include "base/file.h"
#include "certifier/certificate.h"
#include "certifier/cms_signature.h"
#include "certifier/pdf_verifier.h"
#include "certifier/station.h"
#include "trust/jws.h"

namespace regain {
namespace {

constexpr size_t max_file_bytes = 64U << 20;

bool is_pdf(std::string_view content) {
    return content.starts_with("%PDF-");
}

// What a certificate says of itself must fit to who signed it.
Status check_payload(const VerifiedJws& verified) {
    JsonReader reader(verified.payload, "a certificate");
    if (reader.text("schema") != certificate_schema)
        reader.fail(message("its schema is not {0}", certificate_schema));
    if (!is_document_id(reader.text("id"))) reader.fail(message("its number is malformed"));
    JsonReader station(reader.object("station"), "the station of a certificate");
    if (station.text("id") != station_id_of(verified.signer.front()) ||
        station.text("key_fingerprint") != verified.signer.front().key_fingerprint())
        station.fail(message("another station signed it than it names"));
    REGAIN_TRY(reader.status());
    return station.status();
}

Status verify_into(std::string_view content, CertificateVerification& result) {
    PdfSignature signature;
    AttachedRecord attached;
    if (is_pdf(content)) {
        REGAIN_ASSIGN(signature, read_pdf_signature(content));
        REGAIN_ASSIGN(attached, attached_record(content));
        result.jws = attached.content;
    } else {
        result.jws = content;
    }
    REGAIN_ASSIGN(VerifiedJws verified, verify_jws(result.jws, certificate_type));
    REGAIN_TRY(check_payload(verified));
    if (is_pdf(content)) {
        REGAIN_TRY(check_attachment(attached, verified.payload.at("id").get<std::string>() + ".jws"));
        REGAIN_TRY(verify_cms_signature(signature.cms, verified.signer, signature.digest));
    }
    result.payload = std::move(verified.payload);
    result.signer = std::move(verified.signer);
    return done();
}

// The payload of a damaged record, as far as it can be read.
Json unverified_payload(std::string_view jws) {
    const size_t first = jws.find('.'),
                 second = first == std::string_view::npos ? first : jws.find('.', first + 1);
    Bytes bytes;
    if (second == std::string_view::npos || !from_base64url(jws.substr(first + 1, second - first - 1), bytes))
        return {};
    auto json = parse_json(as_text(bytes), "a certificate");
    return json.ok() && json->is_object() ? std::move(json).value() : Json();
}

}  // namespace

CertificateVerification verify_certificate_bytes(std::string_view content, const TrustAnchors& trust) {
    CertificateVerification result;
    result.format = is_pdf(content) ? "pdf" : "jws";
    Status status = verify_into(content, result);
    result.intact = status.ok();
    if (status.ok())
        result.signer_known = trust.believes(result.signer);
    else
        result.fault = std::move(status).error();
    return result;
}

Result<CertificateVerification> verify_certificate_file(const std::filesystem::path& path,
                                                        const TrustAnchors& trust) {
    REGAIN_ASSIGN(const std::string content, read_file(path, max_file_bytes));
    return verify_certificate_bytes(content, trust);
}

Result<CertificateVerification> read_certificate_file(const std::filesystem::path& path,
                                                      const TrustAnchors& trust) {
    REGAIN_ASSIGN(const std::string content, read_file(path, max_file_bytes));
    CertificateVerification result = verify_certificate_bytes(content, trust);
    if (result.intact) return result;
    if (is_pdf(content) && result.jws.empty()) {
        auto record = attached_record(content);
        if (record.ok()) result.jws = std::move(record).value().content;
    }
    result.payload = unverified_payload(result.jws);
    return result;
}

}  // namespace regain

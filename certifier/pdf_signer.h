#pragma once
// Attaches the signed record to a painted PDF and signs the whole file (PAdES baseline B,
// ETSI.CAdES.detached). The one writer of the structure that pdf_verifier.h reads.

#include <string>

#include "base/result.h"
#include "trust/keys.h"

namespace regain {

struct PdfAttachment {
    std::string name;  ///< "<id>.jws"
    std::string content;
    std::string description;
};

struct PdfSigning {
    std::string language;  ///< of the document: "fr"
    std::string title;
    std::string signed_at;  ///< RFC 3339: what the clock said
    std::string reason;     ///< shown by PDF readers
};

/// Room for the CMS, in bytes; a chain of certificates longer than that is an error.
constexpr size_t signature_room_bytes = 8192;

Result<std::string> sign_pdf(const std::string& painted, const PdfAttachment& attachment,
                             const PdfSigning& signing, const SigningKey& key);

}  // namespace regain

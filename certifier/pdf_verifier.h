#pragma once
// Reads a certificate's PDF back, accepting only what pdf_signer.cpp writes: one signature, a byte range over
// the whole file, canonical padding. ErrorKind::untrusted otherwise. Who signed is asked by the caller
// (verify_cms_signature), who knows the chain from the attached record.

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace regain {

/// A PDF's signature, found and read: its form is right, and the digest in it is the file's.
struct PdfSignature {
    Bytes cms, digest;
};
Result<PdfSignature> read_pdf_signature(std::string_view pdf);

/// The attached record, taken out of the PDF and not verified yet.
Result<std::string> attached_record(std::string_view pdf);

}  // namespace regain

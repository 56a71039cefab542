#pragma once
// Reads a certificate's PDF back, accepting only what pdf_signer.cpp writes: one signature, a byte range over
// the whole file, canonical padding, a CMS that is encoded again and compared. ErrorKind::untrusted
// otherwise.

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace regain {

/// The attached record, taken out of the PDF and not verified yet.
Result<std::string> attached_record(std::string_view pdf);

/// Checks the PDF's signature; `chain` is that of the attached record (already verified): the same station
/// must have signed both.
Status verify_pdf_signature(std::string_view pdf, const std::vector<SignerCertificate>& chain);

}  // namespace regain

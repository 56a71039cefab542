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

/// What a PDF holds as its only attachment, taken out and not verified yet.
struct AttachedRecord {
    std::string name;             ///< the key in the document's tree of embedded files
    std::string content;          ///< the signed record
    bool is_named_alike = false;  ///< both file names of its specification are the key as well
    bool is_source = false;       ///< /AFRelationship /Source, and the document's /AF lists it alone
};
Result<AttachedRecord> attached_record(std::string_view pdf);

/// Whether the record is attached as sign_pdf() attaches it, under the name `name`.
Status check_attachment(const AttachedRecord& record, const std::string& name);

}  // namespace regain

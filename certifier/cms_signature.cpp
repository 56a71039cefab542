#include "certifier/cms_signature.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "base/hash.h"

namespace regain {
namespace {

constexpr uint8_t tag_integer = 0x02, tag_octets = 0x04, tag_oid = 0x06, tag_sequence = 0x30, tag_set = 0x31,
                  tag_context_0 = 0xA0;
constexpr size_t coordinate_bytes = 32;
constexpr size_t es256_bytes = 2 * coordinate_bytes;

Bytes der(uint8_t tag, ByteView content) {
    Bytes bytes{tag};
    const size_t length = content.size();
    if (length < 0x80) {
        bytes.push_back(static_cast<uint8_t>(length));
    } else {
        unsigned octets = 1;
        while (length >> (8 * octets) != 0) ++octets;
        bytes.push_back(static_cast<uint8_t>(0x80 | octets));
        for (unsigned i = octets; i-- > 0;) bytes.push_back(static_cast<uint8_t>(length >> (8 * i)));
    }
    bytes.insert(bytes.end(), content.begin(), content.end());
    return bytes;
}

Bytes joined(std::initializer_list<Bytes> parts) {
    Bytes bytes;
    for (const Bytes& part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
    return bytes;
}
Bytes sequence(std::initializer_list<Bytes> parts) {
    return der(tag_sequence, joined(parts));
}

// Object identifiers, encoded.
Bytes oid(std::initializer_list<uint8_t> bytes) {
    return der(tag_oid, Bytes(bytes));
}
Bytes oid_data() {
    return oid({0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01});
}
Bytes oid_signed_data() {
    return oid({0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02});
}
Bytes oid_content_type() {
    return oid({0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x03});
}
Bytes oid_message_digest() {
    return oid({0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x04});
}
Bytes oid_signing_certificate_v2() {
    return oid({0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x02, 0x2F});
}
// Algorithm identifiers; the parameters are absent. Ref: RFC 5754 sections 2.2 and 3.2.
Bytes sha256_identifier() {
    return sequence({oid({0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01})});
}
Bytes ecdsa_sha256_identifier() {
    return sequence({oid({0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02})});
}
Bytes version_1() {
    return der(tag_integer, Bytes{1});
}

Bytes attribute(const Bytes& type, const Bytes& value) {
    return sequence({type, der(tag_set, value)});
}

// The content of the signed attributes, in the order of a DER SET: sorted by their encodings.
Bytes signed_attributes(const SignerCertificate& signer, ByteView digest) {
    // ESSCertIDv2 with the default hash (SHA-256, so left out) and without issuerSerial.
    const Bytes certificate_id = sequence({der(tag_octets, sha256(signer.der()))});
    std::vector<Bytes> attributes{
        attribute(oid_content_type(), oid_data()), attribute(oid_message_digest(), der(tag_octets, digest)),
        attribute(oid_signing_certificate_v2(), sequence({sequence({certificate_id})}))};
    std::sort(attributes.begin(), attributes.end());
    return joined({attributes[0], attributes[1], attributes[2]});
}

Bytes signature_der(ByteView es256) {
    const auto integer = [](ByteView number) {
        while (number.size() > 1 && number[0] == 0) number = number.subspan(1);
        Bytes bytes(number.begin(), number.end());
        if ((bytes[0] & 0x80) != 0) bytes.insert(bytes.begin(), 0);
        return der(tag_integer, bytes);
    };
    return sequence({integer(es256.first(coordinate_bytes)), integer(es256.subspan(coordinate_bytes))});
}

Bytes encode(const std::vector<SignerCertificate>& chain, const Bytes& attributes, const Bytes& signature) {
    const SignerCertificate& signer = chain.front();
    Bytes certificates;
    for (const auto& certificate : chain) {
        const Bytes encoded = certificate.der();
        certificates.insert(certificates.end(), encoded.begin(), encoded.end());
    }
    const Bytes signer_info =
        sequence({version_1(), sequence({signer.issuer_der(), signer.serial_der()}), sha256_identifier(),
                  der(tag_context_0, attributes), ecdsa_sha256_identifier(), der(tag_octets, signature)});
    const Bytes signed_data =
        sequence({version_1(), der(tag_set, sha256_identifier()), sequence({oid_data()}),
                  der(tag_context_0, certificates), der(tag_set, signer_info)});
    return sequence({oid_signed_data(), der(tag_context_0, signed_data)});
}

// One INTEGER of at most 32 significant bytes into its fixed-width place; the rest of `bytes` afterwards.
bool take_coordinate(ByteView& bytes, MutableByteView target) {
    const size_t length = der_length(bytes);
    if (length < 3 || bytes[0] != tag_integer) return false;
    ByteView number = bytes.subspan(2, length - 2);
    if (number.size() > target.size() && number[0] == 0) number = number.subspan(1);
    if (number.size() > target.size()) return false;
    std::copy(number.begin(), number.end(), target.end() - static_cast<std::ptrdiff_t>(number.size()));
    bytes = bytes.subspan(length);
    return true;
}

// The signature is the last element of what encode() writes; any value found here is only a candidate.
bool find_signature(ByteView cms, Bytes& es256) {
    constexpr size_t shortest = 8, longest = 72;
    for (size_t length = shortest; length <= longest && length + 2 <= cms.size(); ++length) {
        const ByteView element = cms.last(length + 2);
        if (element[0] != tag_octets || element[1] != length || element[2] != tag_sequence ||
            der_length(element.subspan(2)) != length)
            continue;
        ByteView rest = element.subspan(4);
        es256.assign(es256_bytes, 0);
        const MutableByteView both(es256);
        if (take_coordinate(rest, both.first(coordinate_bytes)) &&
            take_coordinate(rest, both.subspan(coordinate_bytes)) && rest.empty())
            return true;
    }
    return false;
}

}  // namespace

size_t der_length(ByteView bytes) {
    if (bytes.size() < 2) return 0;
    size_t header = 2, length = bytes[1];
    if (length >= 0x80) {
        const size_t octets = length & 0x7F;
        if (octets == 0 || octets > 3 || bytes.size() < 2 + octets) return 0;
        header += octets;
        length = 0;
        for (size_t i = 0; i < octets; ++i) length = (length << 8) | bytes[2 + i];
    }
    return header + length <= bytes.size() ? header + length : 0;
}

bool holds_digest(ByteView cms, ByteView digest) {
    const Bytes wanted = attribute(oid_message_digest(), der(tag_octets, digest));
    return std::search(cms.begin(), cms.end(), wanted.begin(), wanted.end()) != cms.end();
}

Result<Bytes> make_cms_signature(const SigningKey& key, ByteView digest) {
    const Bytes attributes = signed_attributes(key.certificate(), digest);
    // What is signed is the SET itself, not the [0] that stands in its place. Ref: RFC 5652 section 5.4.
    REGAIN_ASSIGN(const Bytes es256, key.sign_es256(der(tag_set, attributes)));
    return encode(key.chain(), attributes, signature_der(es256));
}

Status verify_cms_signature(ByteView cms, const std::vector<SignerCertificate>& chain, ByteView digest) {
    const auto damaged = [](Message reason) {
        return error(ErrorKind::untrusted, message("verify the signature of a PDF file"), std::move(reason));
    };
    Bytes es256;
    if (chain.empty() || !find_signature(cms, es256)) return damaged(message("it holds no signature value"));
    const Bytes attributes = signed_attributes(chain.front(), digest);
    if (!chain.front().verifies_es256(der(tag_set, attributes), es256))
        return damaged(message("the signature does not match the file's content"));
    const Bytes expected = encode(chain, attributes, signature_der(es256));
    if (!std::equal(cms.begin(), cms.end(), expected.begin(), expected.end()))
        return damaged(message("the signature is not written as Regain writes it"));
    return done();
}

}  // namespace regain

#include <string>
#include <vector>

#include "certifier/certificate_file.h"
#include "certifier/certificate_text.h"
#include "certifier/wording.h"
#include "console/commands.h"
#include "console/station_desk.h"

namespace regain {
namespace {

Result<CertificateVerification> read_operand(const Session& session) {
    if (session.arguments().operands().size() != 1)
        return error(ErrorKind::usage, message("understand the command line"), message("one FILE is needed"),
                     message("See --help."));
    REGAIN_ASSIGN(const auto anchors, anchors_of(session));
    return read_certificate_file(session.arguments().operands()[0], anchors);
}

// Two answers to two questions, each on a line of its own.
void say_verification(const Session& session, const CertificateVerification& verification) {
    if (!verification.intact) {
        session.say(message("Intact: NO"));
        return;
    }
    session.say(message("Intact: yes"));
    const std::string signer = verification.signer.empty() ? "?" : verification.signer.front().common_name();
    const std::string key = verification.signer.empty() ? "?" : verification.signer.front().key_fingerprint();
    if (verification.signer_known)
        session.say(message("Signed by: {0}, whose key is trusted here ({1})", signer, key));
    else
        session.say(message("Signed by: an unknown key that calls itself {0} ({1})", signer, key));
}

Error unknown_signer(const Session& session) {
    return error(
        ErrorKind::untrusted, message("trust {0}", session.arguments().operands()[0]),
        message("its signer is not known here"),
        message(
            "Ask the workshop for its certificate over a channel that you trust, and give it with --trust."));
}

Json verification_json(const CertificateVerification& verification) {
    Json json{{"schema", "regain.certificate-verification/1"},
              {"intact", verification.intact},
              {"signer_known", verification.intact && verification.signer_known},
              {"format", verification.format},
              {"certificate", verification.payload}};
    if (!verification.signer.empty())
        json["signer"] = {{"name", verification.signer.front().common_name()},
                          {"key_fingerprint", verification.signer.front().key_fingerprint()}};
    if (verification.fault) json["fault"] = in_english(*verification.fault);
    return json;
}

void say_rows(const Session& session, const std::vector<CertificateRow>& rows) {
    for (const auto& row : rows)
        session.say_raw("  " + session.text(message("{0}: {1}", row.label, row.value)) + "\n");
}

void say_section(const Session& session, const CertificateSection& section) {
    session.say_raw(section.title + "\n");
    say_rows(session, section.rows);
    for (const auto& paragraph : section.paragraphs) session.say_raw("  " + paragraph + "\n");
}

// The same words as on the PDF.
void say_certificate(const Session& session, const Json& payload) {
    const CertificateText text = certificate_text(payload, session.translate());
    session.say_raw(text.title + " " + text.id + "\n" + text.verdict + "\n");
    for (const auto& sentence : text.verdict_sentences) session.say_raw("  " + sentence + "\n");
    for (const auto& section : text.sections) say_section(session, section);
    say_rows(session, text.signatures);
    for (const auto& annex : text.annexes) say_section(session, annex.section);
}

}  // namespace

int run_certificate_verify(const Session& session) {
    const auto verification = read_operand(session);
    if (!verification.ok()) return session.report(verification.error());
    session.put_json(verification_json(*verification));
    say_verification(session, *verification);
    if (!verification->intact) return session.report(*verification->fault);
    if (!verification->signer_known) return session.report(unknown_signer(session));
    return 0;
}

int run_certificate_show(const Session& session) {
    const auto verification = read_operand(session);
    if (!verification.ok()) return session.report(verification.error());
    session.put_json(verification_json(*verification));
    if (!session.json() && !verification->payload.is_null()) say_certificate(session, verification->payload);
    say_verification(session, *verification);
    if (!verification->intact) return session.report(*verification->fault);
    if (!verification->signer_known)
        session.warn(message("the signer is not known here: anyone could have signed this"));
    return 0;
}

}  // namespace regain

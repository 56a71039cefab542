#include <string>

#include "certifier/certificate_file.h"
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

std::string member_text(const Json& json, const char* key) {
    return json.is_object() && json.contains(key) && json.at(key).is_string()
               ? json.at(key).get<std::string>()
               : "";
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
    if (!session.json() && !verification->payload.is_null()) {
        session.say(message("Certificate {0}", member_text(verification->payload, "id")));
        session.say_raw(pretty_json(verification->payload));
    }
    say_verification(session, *verification);
    if (!verification->intact) return session.report(*verification->fault);
    if (!verification->signer_known)
        session.warn(message("the signer is not known here: anyone could have signed this"));
    return 0;
}

}  // namespace regain

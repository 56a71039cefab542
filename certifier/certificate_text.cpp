#include "certifier/certificate_text.h"

#include <string_view>
#include <utility>

#include "certifier/certificate_writer.h"

namespace regain {
namespace {

// Members that may be missing, and their labels.
struct Label {
    std::string_view path;
    const char* words;
};
constexpr Label labels[] = {
    {"drive.manufacturer", N_("Manufacturer")},
    {"drive.model", N_("Model")},
    {"drive.serial", N_("Serial number")},
    {"drive.serial_source", N_("Serial source")},
    {"drive.wwn", N_("World wide name")},
    {"drive.firmware", N_("Firmware")},
    {"drive.attachment", N_("Link")},
    {"drive.protocol", N_("Protocol")},
    {"drive.native_size_bytes", N_("Native size")},
    {"machine", N_("Machine that it was in")},
    {"machine.manufacturer", N_("Machine maker")},
    {"machine.product", N_("Machine")},
    {"machine.serial", N_("Machine serial")},
    {"machine.chassis", N_("Kind of machine")},
    {"machine.boot_mode", N_("Start mode")},
    {"health", N_("Health of the drive (SMART)")},
    {"inspection", N_("Inspection of the machine")},
    {"organisation.name", N_("Organisation")},
    {"organisation.contact", N_("Contact of the organisation")},
    {"job.donor", N_("Donor")},
    {"job.donor_contact", N_("Donor contact")},
    {"job.lot", N_("Lot")},
    {"job.asset_tag", N_("Inventory number")},
    {"job.operator", N_("Operator")},
    {"job.operator_title", N_("Title of the operator")},
    {"job.checker", N_("Checked by")},
    {"job.place", N_("Place")},
    {"job.origin", N_("Origin")},
    {"job.destination", N_("Destination")},
    {"job.confidentiality_before", N_("Confidentiality before")},
    {"job.confidentiality_after", N_("Confidentiality after")},
};

}  // namespace

const char* certificate_label(std::string_view path) {
    for (const Label& label : labels)
        if (label.path == path) return label.words;
    return nullptr;
}

CertificateText CertificateWriter::write() {
    head();
    const std::string kind = payload_.text({"kind"});
    if (kind == "machine-sheet") {
        machine_sheet();
    } else {
        drive_document(kind == "drive-erasure");
    }
    not_known();
    tail();
    return std::move(text_);
}

void CertificateWriter::head() {
    text_.language = translate_.language();
    text_.id = payload_.text({"id"});
    text_.is_specimen = payload_.flag({"specimen"});
    text_.specimen_word = say(message("SPECIMEN"));
    text_.specimen_sentence =
        say(message("Specimen: a virtual drive (a file or a loop device). It proves nothing about a "
                    "physical drive."));
    text_.organisation = payload_.text({"organisation", "name"});
    text_.organisation_contact = payload_.text({"organisation", "contact"});
    if (payload_.has({"organisation", "logo_sha256"}))
        text_.missing_logo_sentence =
            say(message("The organisation's logo is not shown: its file is not at hand, or is no picture."));
    text_.number_line = say(message("No. {0}", text_.id));
    text_.date_line =
        say(message("Issued on {0}", time_in_words(payload_.text({"issued", "time"}), translate_)));
}

void CertificateWriter::not_known() {
    std::string list;
    for (const Json& entry : payload_.list({"not_known"})) {
        if (!entry.is_string()) continue;
        const char* label = certificate_label(entry.get<std::string>());
        // The drives of a sheet have certificates of their own, which say it.
        if (label != nullptr) list += (list.empty() ? "" : ", ") + translate_(label);
    }
    if (list.empty()) return;
    CertificateSection& target = section(N_("Not known or not stated"), SectionPlace::full);
    target.paragraphs.push_back(list + ".");
}

void CertificateWriter::tail() {
    const PayloadReader job = payload_.object({"job"});
    std::string who = job.text({"operator"});
    if (job.has({"operator_title"})) who += ", " + job.text({"operator_title"});
    text_.signatures = {
        {say(message("Operator")), who, Tone::neutral, who.empty()},
        {say(message("Checked by")), job.text({"checker"}), Tone::neutral, !job.has({"checker"})},
        {say(message("Place")), job.text({"place"}), Tone::neutral, !job.has({"place"})}};
    const bool is_checked_clock = payload_.text({"issued", "clock_source"}) == "network";
    const bool is_plausible = payload_.flag({"issued", "clock_plausible"});
    const std::string clock =
        is_checked_clock ? say(message("Times come from a clock that was synchronised over the network."))
        : is_plausible
            ? say(message("Times come from the machine's own clock, which nobody checked."))
            : say(message("The machine's clock was wrong: the dates on this document cannot be relied on."));
    text_.verification_sentences = {
        say(message("This document is signed electronically by the station {0} ({1}).",
                    payload_.text({"station", "name"}), payload_.text({"station", "id"}))) +
            " " +
            say(message("Key fingerprint (SHA-256): {0}", payload_.text({"station", "key_fingerprint"}))),
        say(message(
            "The signed record is attached to this PDF file ({0}.jws); any JOSE library can check it, "
            "or: regain certificate verify FILE. The code on the right holds a signed summary.",
            text_.id)),
        say(message("Registry: record {0}, after the tree {1}...",
                    number_in_words(payload_.number({"registry", "size"})),
                    payload_.text({"registry", "root"}).substr(0, 16))) +
            " " + clock + " " +
            say(message(
                "This record holds no content of the drive and no file name. It is kept for {0} days.",
                number_in_words(job.number({"retention_days"}))))};
    text_.qr_caption = say(message("Signed summary"));
    text_.footer = text_.title + " – " + text_.id;
    text_.page_pattern = translate_(N_("page {0} of {1}"));
}

std::string CertificateWriter::error_words(const Json& json) const {
    Error read;
    if (error_from_json(json, read).ok()) return describe(read, translate_);
    return PayloadReader(json).text({"text"});
}

CertificateTone CertificateWriter::tone_of_check(const Json& check) {
    const std::string result = PayloadReader(check).text({"result"});
    return result == "pass" ? Tone::good : result == "fail" ? Tone::bad : Tone::neutral;
}

CertificateText certificate_text(const Json& payload, const Translator& translate) {
    return CertificateWriter(payload, translate).write();
}

}  // namespace regain

#include "certifier/certificate_text.h"

#include <string_view>
#include <utility>

#include "certifier/certificate.h"
#include "certifier/payload_reader.h"
#include "certifier/wording.h"

namespace regain {
namespace {

using Tone = CertificateTone;

// Members that may be missing, and their labels: the same in the tables and in the list of what is not known.
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

const char* label_of(std::string_view path) {
    for (const Label& label : labels)
        if (label.path == path) return label.words;
    return nullptr;
}

class Writer {
  public:
    Writer(const Json& payload, const Translator& translate) : payload_(payload), translate_(translate) {}

    CertificateText write() {
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

  private:
    std::string say(const Message& words) const { return translate_(words); }
    std::string remark(const Json& json) const {
        const auto read = remark_from_json(json);
        return read.ok() ? say(word_remark(*read)) : std::string("?");
    }

    CertificateSection& section(const char* title, SectionPlace place) {
        CertificateSection& added = text_.sections.emplace_back();
        added.title = translate_(title);
        added.place = place;
        return added;
    }
    void row(CertificateSection& target, const std::string& label, std::string value,
             Tone tone = Tone::neutral) const {
        target.rows.push_back({label, std::move(value), tone, false});
    }
    enum class Absence { is_left_out, is_said };
    /// A member of the payload under its label.
    void member(CertificateSection& target, const PayloadReader& from, std::string_view path,
                Absence absence) const {
        const std::string key(path.substr(path.find('.') + 1));
        const std::string value = from.text({key.c_str()});
        if (!value.empty())
            row(target, translate_(label_of(path)), value);
        else if (absence == Absence::is_said)
            target.rows.push_back(
                {translate_(label_of(path)), say(message("not stated")), Tone::neutral, true});
    }

    void head() {
        text_.language = translate_.language();
        text_.id = payload_.text({"id"});
        text_.is_specimen = payload_.flag({"specimen"});
        text_.specimen_word = say(message("SPECIMEN"));
        text_.specimen_sentence =
            say(message("Specimen: a virtual drive (a file or a loop device). It proves nothing about a "
                        "physical drive."));
        text_.organisation = payload_.text({"organisation", "name"});
        text_.organisation_contact = payload_.text({"organisation", "contact"});
        text_.number_line = say(message("No. {0}", text_.id));
        text_.date_line =
            say(message("Issued on {0}", time_in_words(payload_.text({"issued", "time"}), translate_)));
    }

    void drive_document(bool is_erased) {
        text_.title =
            say(is_erased ? message("Certificate of erasure") : message("Report of failed erasure"));
        text_.subtitle = say(is_erased ? message("of a storage drive")
                                       : message("This document does not certify any erasure."));
        verdict();
        const PayloadReader drive = payload_.object({"drive"});
        drive_section(drive);
        origin_section();
        erasure_section();
        verification_section();
        coverage_section();
        errors_section(payload_.object({"erasure"}));
        if (payload_.has({"deployment"}))
            deployment_section(payload_.object({"deployment"}), N_("System deployed"));
    }

    void verdict() {
        const PayloadReader erasure = payload_.object({"erasure"});
        Verdict reached = Verdict::not_erased;
        parse_verdict(erasure.text({"verdict"}), reached);
        text_.tone = reached == Verdict::not_erased ? Tone::bad : Tone::good;
        text_.verdict = say(reached == Verdict::purged    ? message("DATA ERASED – level Purge")
                            : reached == Verdict::cleared ? message("DATA ERASED – level Clear")
                                                          : message("NOT ERASED"));
        if (reached != Verdict::not_erased)
            text_.verdict_sentences.push_back(
                say(message("The level is named after {0}.", erasure.text({"standard"}))));
        else
            text_.verdict_sentences.push_back(say(message(
                "Data may still be on this drive. It must not be passed on: erase it again or destroy it.")));
        if (text_.is_specimen) {
            text_.verdict = text_.specimen_word + " – " + text_.verdict;
            text_.verdict_sentences.push_back(text_.specimen_sentence);
        }
        for (const Json& entry : erasure.list({"remarks"})) {
            const std::string words = remark(entry);
            if (PayloadReader(entry).text({"code"}) != "virtual-drive")
                text_.verdict_sentences.push_back(words);
        }
    }

    void drive_section(const PayloadReader& drive) {
        CertificateSection& target = section(N_("Storage drive"), SectionPlace::left);
        member(target, drive, "drive.manufacturer", Absence::is_left_out);
        member(target, drive, "drive.model", Absence::is_said);
        member(target, drive, "drive.serial", Absence::is_said);
        if (drive.text({"serial_source"}) == "bridge")
            row(target, translate_(label_of("drive.serial_source")),
                say(message("the USB adapter, perhaps not the drive itself")));
        if (drive.has({"path"})) row(target, say(message("Path")), drive.text({"path"}));
        row(target, say(message("Medium")), say(word_medium(drive.text({"medium"}))));
        std::string attached = say(word_bus(drive.text({"bus"})));
        if (drive.has({"attachment"})) attached += " (" + drive.text({"attachment"}) + ")";
        row(target, say(message("Attached by")), attached);
        row(target, say(message("Size")), size_in_words(drive.number({"size_bytes"}), translate_));
        if (drive.has({"native_size_bytes"}) &&
            drive.number({"native_size_bytes"}) != drive.number({"size_bytes"}))
            row(target, say(message("Native size")),
                size_in_words(drive.number({"native_size_bytes"}), translate_));
        member(target, drive, "drive.firmware", Absence::is_left_out);
        member(target, drive, "drive.wwn", Absence::is_left_out);
        health_rows(target);
    }

    void health_rows(CertificateSection& target) const {
        for (const Json& check : payload_.list({"health", "checks"})) {
            std::string words = say(word_check_result(PayloadReader(check).text({"result"})));
            if (!PayloadReader(check).text({"reason", "code"}).empty())
                words += " – " + remark(check["reason"]);
            row(target, say(message("Health")), words, tone_of_check(check));
        }
        const auto number = [&](const char* name, const char* label) {
            if (payload_.has({"health", "numbers", name}))
                row(target, translate_(label), payload_.shown({"health", "numbers", name}));
        };
        number("reallocated_sectors", N_("Replaced sectors"));
        number("pending_sectors", N_("Waiting sectors"));
        number("power_on_hours", N_("Hours of use"));
    }

    static Tone tone_of_check(const Json& check) {
        const std::string result = PayloadReader(check).text({"result"});
        return result == "pass" ? Tone::good : result == "fail" ? Tone::bad : Tone::neutral;
    }

    void origin_section() {
        CertificateSection& target = section(N_("Origin"), SectionPlace::right);
        const PayloadReader job = payload_.object({"job"});
        member(target, job, "job.donor", Absence::is_said);
        member(target, job, "job.donor_contact", Absence::is_left_out);
        member(target, job, "job.lot", Absence::is_said);
        member(target, job, "job.asset_tag", Absence::is_said);
        const PayloadReader machine = payload_.object({"machine"});
        std::string name = machine.text({"manufacturer"});
        if (machine.has({"product"})) name += (name.empty() ? "" : " ") + machine.text({"product"});
        if (!name.empty()) row(target, say(message("Machine")), name);
        member(target, machine, "machine.serial", Absence::is_said);
        for (const char* path :
             {"job.origin", "job.destination", "job.confidentiality_before", "job.confidentiality_after"})
            member(target, job, path, Absence::is_left_out);
    }

    void erasure_section() {
        CertificateSection& target = section(N_("Erasure"), SectionPlace::left);
        const PayloadReader erasure = payload_.object({"erasure"});
        row(target, say(message("Method")), say(word_method(erasure.text({"method"}))));
        row(target, say(message("Tool")),
            payload_.text({"tool", "name"}) + " " + payload_.text({"tool", "version"}));
        if (erasure.has({"started"}))
            row(target, say(message("Start")), time_in_words(erasure.text({"started"}), translate_));
        if (erasure.has({"finished"}))
            row(target, say(message("End")), time_in_words(erasure.text({"finished"}), translate_));
        row(target, say(message("Duration")), duration_in_words(erasure.number({"duration_ms"}), translate_));
        row(target, say(message("Written")), size_in_words(erasure.number({"bytes_written"}), translate_));
        if (erasure.number({"average_bytes_per_second"}) != 0)
            row(target, say(message("Speed")),
                say(message("{0} MB/s", erasure.number({"average_bytes_per_second"}) / 1000000)));
        const uint64_t faults = erasure.list({"errors"}).size() + erasure.list({"unwritable"}).size();
        row(target, say(message("Errors")), faults == 0 ? say(message("none")) : std::to_string(faults),
            faults == 0 ? Tone::good : Tone::bad);
    }

    void verification_section() {
        CertificateSection& target = section(N_("Verification"), SectionPlace::right);
        const PayloadReader done = payload_.object({"erasure", "verification"});
        row(target, say(message("Technique")), say(word_verification_kind(done.text({"kind"}))));
        row(target, say(message("Read back")), size_in_words(done.number({"bytes_read"}), translate_));
        const uint64_t mismatches = done.number({"mismatches"});
        row(target, say(message("Differences")),
            mismatches == 0 ? say(message("none")) : std::to_string(mismatches),
            mismatches == 0 ? Tone::neutral : Tone::bad);
        if (done.text({"kind"}) == "sample") {
            row(target, say(message("Sample")),
                say(message("{0} places, {1} millionths of the drive", done.number({"sample_count"}),
                            done.number({"sample_share_ppm"}))));
            row(target, say(message("Would be found")),
                say(message("with a probability of 99 %, a left-over of {0}",
                            size_in_words(done.number({"detectable_leftover_bytes"}), translate_))));
        }
        if (done.text({"kind"}) != "none")
            row(target, say(message("Completed")),
                done.flag({"completed"}) ? say(message("yes")) : say(message("no")),
                done.flag({"completed"}) ? Tone::neutral : Tone::bad);
        marker_rows(target);
    }

    // Markers: known random blocks written beforehand, which must be gone afterwards.
    void marker_rows(CertificateSection& target) const {
        uint64_t planned = 0, gone = 0;
        for (const Json& item : payload_.list({"erasure", "evidence"})) {
            if (PayloadReader(item).text({"kind"}) != "markers") continue;
            const PayloadReader facts = PayloadReader(item).object({"facts"});
            planned += facts.number({"planned"});
            gone += facts.number({"gone"});
        }
        if (planned == 0) return;
        row(target, say(message("Markers")),
            say(message("{0} written before, {1} found gone afterwards", planned, gone)),
            planned == gone ? Tone::good : Tone::bad);
    }

    void coverage_section() {
        CertificateSection& target = section(N_("What was reached, and what was not"), SectionPlace::full);
        const PayloadReader coverage = payload_.object({"erasure", "coverage"});
        std::string sentence =
            say(message("Of {0} that can be addressed, {1} were overwritten and {2} verified.",
                        size_in_words(coverage.number({"addressable_bytes"}), translate_),
                        size_in_words(coverage.number({"overwritten_bytes"}), translate_),
                        size_in_words(coverage.number({"verified_bytes"}), translate_)));
        if (coverage.has({"hidden_bytes"}) && coverage.number({"hidden_bytes"}) == 0)
            sentence += " " + say(message("No hidden area was found."));
        if (coverage.has({"reallocated_sectors"}))
            sentence += " " + say(message("Sectors replaced by the drive: {0}.",
                                          coverage.number({"reallocated_sectors"})));
        target.paragraphs.push_back(sentence);
        std::string areas;
        for (const Json& entry : coverage.list({"not_examined"}))
            areas += (areas.empty() ? "" : ", ") + remark(entry);
        if (!areas.empty()) target.paragraphs.push_back(say(message("Not examined: {0}.", areas)));
    }

    void errors_section(const PayloadReader& erasure) {
        const Json& errors = erasure.list({"errors"});
        const Json& unwritable = erasure.list({"unwritable"});
        if (errors.empty() && unwritable.empty()) return;
        CertificateSection& target = section(N_("Errors"), SectionPlace::full);
        constexpr size_t shown = 10;
        for (size_t i = 0; i < errors.size() && i < shown; ++i)
            target.paragraphs.push_back("• " + error_words(errors[i]));
        if (errors.size() > shown)
            target.paragraphs.push_back(
                say(message("... and {0} more: they are in the attached record.", errors.size() - shown)));
        for (size_t i = 0; i < unwritable.size() && i < shown; ++i) {
            const PayloadReader range(unwritable[i]);
            target.paragraphs.push_back(
                "• " + say(message("Sectors {0} to {1} could not be written.", range.number({"first_lba"}),
                                   range.number({"last_lba"}))));
        }
        if (unwritable.size() > shown)
            target.paragraphs.push_back(say(
                message("... and {0} more: they are in the attached record.", unwritable.size() - shown)));
    }

    std::string error_words(const Json& json) const {
        Error read;
        if (error_from_json(json, read).ok()) return describe(read, translate_);
        return PayloadReader(json).text({"text"});
    }

    void deployment_section(const PayloadReader& deployment, const char* title) {
        CertificateSection& target = section(title, SectionPlace::full);
        deployment_rows(target, deployment);
    }

    void deployment_rows(CertificateSection& target, const PayloadReader& deployment) const {
        const bool is_deployed = deployment.text({"result"}) == "deployed";
        std::string image = deployment.text({"image", "name"});
        if (deployment.has({"image", "version"})) image += " " + deployment.text({"image", "version"});
        row(target, say(message("Image")), image);
        row(target, say(message("Result")),
            is_deployed ? say(message("deployed and read back")) : say(message("NOT deployed")),
            is_deployed ? Tone::good : Tone::bad);
        row(target, say(message("Image hash")), deployment.text({"image", "root_hash"}));
        const bool bios = deployment.flag({"boot", "bios"}), uefi = deployment.flag({"boot", "uefi"});
        row(target, say(message("Can be started by")),
            bios && uefi ? std::string("BIOS, UEFI")
            : bios       ? std::string("BIOS")
            : uefi       ? std::string("UEFI")
                         : say(message("not known")));
        for (const Json& entry : deployment.list({"remarks"}))
            row(target, say(message("Remark")), remark(entry));
        for (const Json& entry : deployment.list({"errors"}))
            row(target, say(message("Error")), error_words(entry), Tone::bad);
    }

    void machine_sheet() {
        text_.title = say(message("Machine sheet"));
        text_.subtitle = say(message("what was found, erased and installed"));
        sheet_verdict();
        CertificateSection& target = section(N_("Machine"), SectionPlace::left);
        const PayloadReader machine = payload_.object({"machine"});
        for (const char* path :
             {"machine.manufacturer", "machine.product", "machine.serial", "machine.chassis"})
            member(target, machine, path, Absence::is_said);
        const PayloadReader inspection = payload_.object({"inspection"});
        if (inspection.has({"processor"}))
            row(target, say(message("Processor")), inspection.text({"processor"}));
        if (inspection.number({"memory_bytes"}) != 0)
            row(target, say(message("Memory")),
                size_in_words(inspection.number({"memory_bytes"}), translate_));
        for (const Json& battery : inspection.list({"batteries"}))
            if (battery.is_string()) row(target, say(message("Battery")), battery.get<std::string>());
        sheet_origin();
        for (const Json& drive : payload_.list({"drives"})) sheet_drive(PayloadReader(drive));
        sheet_checks(inspection);
    }

    void sheet_verdict() {
        const std::string grade = payload_.text({"inspection", "grade"});
        bool is_good = true;
        for (const Json& entry : payload_.list({"drives"})) {
            const PayloadReader drive(entry);
            if (drive.text({"erasure", "verdict"}) == "not-erased") is_good = false;
            if (drive.has({"deployment"}) && drive.text({"deployment", "result"}) != "deployed")
                is_good = false;
        }
        text_.tone = !is_good || grade == "C" ? Tone::bad : grade == "A" ? Tone::good : Tone::neutral;
        text_.verdict = grade.empty()  ? say(message("NOT INSPECTED"))
                        : grade == "-" ? say(message("NO GRADE"))
                                       : say(message("Grade {0}", grade));
        text_.verdict_sentences.push_back(
            is_good ? say(message("Every step that was asked for was done."))
                    : say(message("At least one step failed: this machine needs a person.")));
        if (!grade.empty()) text_.verdict_sentences.push_back(say(word_grade(grade)));
        if (text_.is_specimen) text_.verdict_sentences.push_back(text_.specimen_sentence);
    }

    void sheet_origin() {
        CertificateSection& target = section(N_("Origin"), SectionPlace::right);
        const PayloadReader job = payload_.object({"job"});
        for (const char* path : {"job.donor", "job.lot", "job.asset_tag", "job.place"})
            member(target, job, path, Absence::is_said);
        member(target, job, "job.destination", Absence::is_left_out);
    }

    void sheet_drive(const PayloadReader& entry) {
        const PayloadReader drive = entry.object({"drive"});
        CertificateSection& target = section(N_("Storage drive"), SectionPlace::full);
        std::string name = drive.text({"model"});
        const std::string serial = drive.text({drive.has({"serial"}) ? "serial" : "path"});
        name += (name.empty() ? "" : " – ") + serial;
        row(target, say(message("Drive")),
            name + " – " + say(word_medium(drive.text({"medium"}))) + ", " +
                size_in_words(drive.number({"size_bytes"}), translate_));
        if (entry.has({"erasure"})) {
            Verdict verdict = Verdict::not_erased;
            parse_verdict(entry.text({"erasure", "verdict"}), verdict);
            row(target, say(message("Erasure")),
                say(word_verdict(verdict)) + " – " + say(word_method(entry.text({"erasure", "method"}))),
                verdict == Verdict::not_erased ? Tone::bad : Tone::good);
            if (!entry.text({"certificate"}).empty())
                row(target, say(message("Certificate")), entry.text({"certificate"}));
        } else {
            target.rows.push_back(
                {say(message("Erasure")), say(message("not erased by this job")), Tone::neutral, true});
        }
        if (entry.has({"deployment"})) deployment_rows(target, entry.object({"deployment"}));
    }

    void sheet_checks(const PayloadReader& inspection) {
        const Json& checks = inspection.list({"checks"});
        if (checks.empty()) return;
        CertificateSection& done = section(N_("Checks"), SectionPlace::full);
        std::string not_tested;
        for (const Json& check : checks) {
            const PayloadReader reader(check);
            const std::string name = say(word_check(reader.text({"check"})));
            if (reader.text({"result"}) == "not-tested") {
                if (not_tested.find(name) == std::string::npos)
                    not_tested += (not_tested.empty() ? "" : ", ") + name;
                continue;
            }
            std::string value = say(word_check_result(reader.text({"result"})));
            if (!reader.text({"reason", "code"}).empty()) value += " – " + remark(check["reason"]);
            if (!reader.text({"measured"}).empty()) value += " (" + reader.text({"measured"}) + ")";
            row(done, name + component_suffix(reader.text({"component"})), value, tone_of_check(check));
        }
        if (not_tested.empty()) return;
        CertificateSection& missing = section(N_("Not tested"), SectionPlace::full);
        missing.paragraphs.push_back(not_tested + ".");
    }

    static std::string component_suffix(const std::string& component) {
        if (component.empty() || component == "machine" || component == "memory") return {};
        return " – " + component;
    }

    void not_known() {
        std::string list;
        for (const Json& entry : payload_.list({"not_known"})) {
            if (!entry.is_string()) continue;
            const char* label = label_of(entry.get<std::string>());
            // The drives of a sheet have certificates of their own, which say it.
            if (label != nullptr) list += (list.empty() ? "" : ", ") + translate_(label);
        }
        if (list.empty()) return;
        CertificateSection& target = section(N_("Not known or not stated"), SectionPlace::full);
        target.paragraphs.push_back(list + ".");
    }

    void tail() {
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
                : say(message(
                      "The machine's clock was wrong: the dates on this document cannot be relied on."));
        text_.verification_sentences = {
            say(message("This document is signed electronically by the station {0} ({1}).",
                        payload_.text({"station", "name"}), payload_.text({"station", "id"}))) +
                " " +
                say(message("Key fingerprint (SHA-256): {0}", payload_.text({"station", "key_fingerprint"}))),
            say(message(
                "The signed record is attached to this PDF file ({0}.jws); any JOSE library can check it, "
                "or: regain certificate verify FILE. The code on the right holds a signed summary.",
                text_.id)),
            say(message("Registry: record {0}, after the tree {1}...", payload_.number({"registry", "size"}),
                        payload_.text({"registry", "root"}).substr(0, 16))) +
                " " + clock + " " +
                say(message(
                    "This record holds no content of the drive and no file name. It is kept for {0} days.",
                    job.number({"retention_days"})))};
        text_.qr_caption = say(message("Signed summary"));
        text_.footer = text_.title + " – " + text_.id;
        text_.page_pattern = translate_(N_("page {0} of {1}"));
    }

    PayloadReader payload_;
    const Translator& translate_;
    CertificateText text_;
};

}  // namespace

CertificateText certificate_text(const Json& payload, const Translator& translate) {
    return Writer(payload, translate).write();
}

}  // namespace regain

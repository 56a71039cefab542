// The words of a machine sheet.

#include <algorithm>
#include <string>
#include <utility>

#include "certifier/certificate_writer.h"
#include "reports/remark.h"
#include "reports/wipe_report.h"

namespace regain {
namespace {

std::string component_suffix(const std::string& component) {
    if (component.empty() || component == "machine" || component == "memory") return {};
    return " – " + component;
}

}  // namespace

void CertificateWriter::machine_sheet() {
    text_.title = say(message("Machine sheet"));
    const Json& drives = payload_.list({"drives"});
    const bool has_erasure = std::any_of(drives.begin(), drives.end(), [](const Json& drive) {
        return PayloadReader(drive).has({"erasure"});
    });
    text_.subtitle = drives.empty() || has_erasure ? say(message("what was found, erased and installed"))
                                                   : say(message("what was found and installed"));
    sheet_verdict();
    CertificateSection& target = section(N_("Machine"), SectionPlace::left);
    const PayloadReader machine = payload_.object({"machine"});
    for (const char* path : {"machine.manufacturer", "machine.product", "machine.serial", "machine.chassis"})
        member(target, machine, path, Absence::is_said);
    const PayloadReader inspection = payload_.object({"inspection"});
    if (inspection.has({"processor"})) row(target, say(message("Processor")), inspection.text({"processor"}));
    if (inspection.number({"memory_bytes"}) != 0)
        row(target, say(message("Memory")), size_in_words(inspection.number({"memory_bytes"}), translate_));
    for (const Json& battery : inspection.list({"batteries"}))
        if (battery.is_string()) row(target, say(message("Battery")), battery.get<std::string>());
    sheet_origin();
    for (const Json& drive : payload_.list({"drives"})) sheet_drive(PayloadReader(drive));
    sheet_checks(inspection);
}

void CertificateWriter::sheet_verdict() {
    const std::string grade = payload_.text({"inspection", "grade"});
    bool is_good = true, is_all_erased = true;
    for (const Json& entry : payload_.list({"drives"})) {
        const PayloadReader drive(entry);
        if (drive.text({"erasure", "verdict"}) == "not-erased") is_good = false;
        if (!drive.has({"erasure"})) is_all_erased = false;
        if (drive.has({"deployment"}) && drive.text({"deployment", "result"}) != "deployed") is_good = false;
    }
    text_.tone = !is_good || grade == "C" ? Tone::bad : grade == "A" ? Tone::good : Tone::neutral;
    text_.verdict = grade.empty()  ? say(message("NOT INSPECTED"))
                    : grade == "-" ? say(message("NO GRADE"))
                                   : say(message("Grade {0}", grade));
    text_.verdict_sentences.push_back(
        is_good ? say(message("Every step that was asked for was done."))
                : say(message("At least one step failed: this machine needs a person.")));
    if (!is_all_erased)
        text_.verdict_sentences.push_back(say(message(
            "A drive was not erased by this job: what lay on it before may still be there, beside the new "
            "system.")));
    if (!grade.empty()) text_.verdict_sentences.push_back(say(word_grade(grade)));
    if (text_.is_specimen) text_.verdict_sentences.push_back(text_.specimen_sentence);
}

void CertificateWriter::sheet_origin() {
    CertificateSection& target = section(N_("Origin"), SectionPlace::right);
    const PayloadReader job = payload_.object({"job"});
    for (const char* path : {"job.donor", "job.lot", "job.asset_tag", "job.place"})
        member(target, job, path, Absence::is_said);
    for (const char* path : {"job.donor_contact", "job.origin", "job.destination",
                             "job.confidentiality_before", "job.confidentiality_after"})
        member(target, job, path, Absence::is_left_out);
}

void CertificateWriter::sheet_drive(const PayloadReader& entry) {
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

void CertificateWriter::sheet_checks(const PayloadReader& inspection) {
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

}  // namespace regain

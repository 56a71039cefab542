// The words of a machine sheet.

#include <algorithm>
#include <string>
#include <utility>

#include "certifier/certificate_writer.h"
#include "reports/remark.h"
#include "reports/wipe_report.h"

namespace regain {
namespace {

// "/dev/sda (WDC WD5000AAKX-60U6AA0 WD-WCC2E4HXP1R7)" → "/dev/sda"; the machine and its firmware, which the
// check's own name says already, are nothing.
std::string short_component(const std::string& component) {
    for (const char* known : {"machine", "memory", "firmware"})
        if (component == known) return {};
    return component.substr(0, component.find(" ("));
}

}  // namespace

void CertificateWriter::machine_sheet() {
    text_.title = say(message("Machine sheet"));
    const Json& drives = payload_.list({"drives"});
    const bool has_erasure = std::any_of(drives.begin(), drives.end(), [](const Json& drive) {
        return PayloadReader(drive).has({"erasure"});
    });
    text_.subtitle = drives.empty() || has_erasure ? begin(message("what was found, erased and installed"))
                                                   : begin(message("what was found and installed"));
    sheet_verdict();
    CertificateSection& target = section(N_("Machine"), SectionPlace::left);
    const PayloadReader machine = payload_.object({"machine"});
    for (const char* path : {"machine.manufacturer", "machine.product", "machine.serial"})
        member(target, machine, path, Absence::is_said);
    if (machine.has({"chassis"}))
        row(target, translate_(certificate_label("machine.chassis")),
            capitalised(chassis_in_words(machine.text({"chassis"}), translate_)));
    else
        member(target, machine, "machine.chassis", Absence::is_said);
    if (!machine.has({"serial"})) identifier_row(target, machine);
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

// A machine without a serial number may still be recognised by something else.
void CertificateWriter::identifier_row(CertificateSection& target, const PayloadReader& machine) const {
    const Json& identifiers = machine.list({"identifiers"});
    if (identifiers.empty() || !identifiers.front().is_string()) return;
    row(target, say(message("Recognised by")),
        capitalised(identifier_in_words(identifiers.front().get<std::string>(), translate_)));
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
    if (!grade.empty()) text_.verdict_sentences.push_back(begin(word_grade(grade)) + ".");
    if (!text_.is_specimen) return;
    text_.verdict = text_.specimen_word + " – " + text_.verdict;
    text_.verdict_sentences.push_back(text_.specimen_sentence);
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
    std::string name = model_in_words(drive.text({"model"}), translate_);
    const std::string serial = drive.text({drive.has({"serial"}) ? "serial" : "path"});
    name += (name.empty() ? "" : " – ") + serial;
    std::string facts = size_in_words(drive.number({"size_bytes"}), translate_);
    if (drive.text({"medium"}) != "unknown") facts = say(word_medium(drive.text({"medium"}))) + ", " + facts;
    row(target, say(message("Drive")), capitalised(name) + " – " + facts);
    if (entry.has({"erasure"})) {
        Verdict verdict = Verdict::not_erased;
        parse_verdict(entry.text({"erasure", "verdict"}), verdict);
        row(target, say(message("Erasure")),
            begin(word_verdict(verdict)) + " – " + say(word_method(entry.text({"erasure", "method"}))),
            verdict == Verdict::not_erased ? Tone::bad : Tone::good);
        if (!entry.text({"certificate"}).empty())
            row(target, say(message("Certificate")), entry.text({"certificate"}));
    } else {
        target.rows.push_back(
            {say(message("Erasure")), begin(message("not erased by this job")), Tone::neutral, true});
    }
    if (entry.has({"deployment"})) deployment_rows(target, entry.object({"deployment"}));
}

// "Battery BAT0 (87 %)"
std::string CertificateWriter::passed_check(const PayloadReader& check) const {
    std::string words = say(word_check(check.text({"check"})));
    const std::string component = short_component(check.text({"component"}));
    const std::string measured = check.text({"measured"});
    if (!component.empty()) words += " " + component;
    if (is_telling(measured)) words += " (" + measured_in_words(measured, translate_) + ")";
    return words;
}

// "To watch. The battery is worn: 70 % of what it held when new."
std::string CertificateWriter::failed_check(const Json& check) const {
    const PayloadReader reader(check);
    std::string words = begin(word_check_result(reader.text({"result"}))) + ".";
    if (!reader.text({"reason", "code"}).empty()) words += " " + capitalised(remark(check["reason"]));
    const std::string measured = reader.text({"measured"});
    if (measured.empty() || measured == "none") return words;
    const std::string value = measured_in_words(measured, translate_);
    // Not twice: many sentences hold what was measured.
    if (words.find(value) == std::string::npos) words += " " + say(message("Measured: {0}.", value));
    return words;
}

// What is good is one list; what is not has a line of its own.
void CertificateWriter::sheet_checks(const PayloadReader& inspection) {
    const Json& checks = inspection.list({"checks"});
    if (checks.empty()) return;
    CertificateSection done;
    done.title = translate_(N_("Checks"));
    std::string passed, not_tested;
    const auto add = [](std::string& list, const std::string& name) {
        if ((", " + list + ", ").find(", " + name + ", ") == std::string::npos)
            list += (list.empty() ? "" : ", ") + name;
    };
    for (const Json& check : checks) {
        const PayloadReader reader(check);
        const std::string result = reader.text({"result"});
        const std::string name = say(word_check(reader.text({"check"})));
        const std::string component = short_component(reader.text({"component"}));
        if (result == "not-tested")
            add(not_tested, name);
        else if (result == "pass")
            add(passed, passed_check(reader));
        else
            row(done, capitalised(name) + (component.empty() ? "" : " – " + component), failed_check(check),
                tone_of_check(check));
    }
    if (!passed.empty()) row(done, begin(word_check_result("pass")), capitalised(passed) + ".", Tone::good);
    if (!done.rows.empty()) text_.sections.push_back(std::move(done));
    if (not_tested.empty()) return;
    CertificateSection& missing = section(N_("Not tested"), SectionPlace::full);
    missing.paragraphs.push_back(capitalised(not_tested) + ".");
}

}  // namespace regain

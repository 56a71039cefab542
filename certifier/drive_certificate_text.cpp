// The words of a drive's certificate, or report of failure.

#include <string>
#include <utility>

#include "certifier/certificate_writer.h"
#include "reports/remark.h"
#include "reports/wipe_report.h"

namespace regain {

void CertificateWriter::drive_document(bool is_erased) {
    text_.title = say(is_erased ? message("Certificate of erasure") : message("Report of failed erasure"));
    text_.subtitle =
        say(is_erased ? message("Storage drive") : message("This document does not certify any erasure."));
    verdict();
    const PayloadReader drive = payload_.object({"drive"});
    drive_section(drive);
    origin_section();
    erasure_section();
    verification_section();
    attempts_section(payload_.object({"erasure"}));
    coverage_section();
    errors_section(payload_.object({"erasure"}));
    if (payload_.has({"deployment"}))
        deployment_section(payload_.object({"deployment"}), N_("System deployed"));
    surface_annexes();
}

void CertificateWriter::verdict() {
    const PayloadReader erasure = payload_.object({"erasure"});
    Verdict reached = Verdict::not_erased;
    parse_verdict(erasure.text({"verdict"}), reached);
    text_.tone = reached == Verdict::not_erased ? Tone::bad : Tone::good;
    text_.verdict = say(reached == Verdict::purged    ? message("DATA ERASED – level Purge")
                        : reached == Verdict::cleared ? message("DATA ERASED – level Clear")
                                                      : message("NOT ERASED"));
    if (reached != Verdict::not_erased)
        text_.verdict_sentences.push_back(say(message(
            "The level is named after {0}.", standard_in_words(erasure.text({"standard"}), translate_))));
    else if (!erasure.list({"unwritable"}).empty())
        text_.verdict_sentences.push_back(say(
            message("Data may still be on sectors of this drive that cannot be overwritten. It must not be "
                    "passed on: destroy it.")));
    else
        text_.verdict_sentences.push_back(say(message(
            "Data may still be on this drive. It must not be passed on: erase it again or destroy it.")));
    if (text_.is_specimen) {
        text_.verdict = text_.specimen_word + " – " + text_.verdict;
        text_.verdict_sentences.push_back(text_.specimen_sentence);
    }
    for (const Json& entry : erasure.list({"remarks"})) {
        const std::string words = remark(entry);
        if (PayloadReader(entry).text({"code"}) != "virtual-drive") text_.verdict_sentences.push_back(words);
    }
}

void CertificateWriter::drive_section(const PayloadReader& drive) {
    CertificateSection& target = section(N_("Storage drive"), SectionPlace::left);
    member(target, drive, "drive.manufacturer", Absence::is_left_out);
    if (text_.is_specimen && drive.has({"model"}))
        row(target, translate_(certificate_label("drive.model")),
            capitalised(model_in_words(drive.text({"model"}), translate_)));
    else
        member(target, drive, "drive.model", Absence::is_said);
    member(target, drive, "drive.serial", Absence::is_said);
    if (drive.text({"serial_source"}) == "bridge")
        row(target, translate_(certificate_label("drive.serial_source")),
            begin(message("the USB adapter, perhaps not the drive itself")));
    if (drive.has({"path"})) row(target, say(message("Path")), drive.text({"path"}));
    row(target, say(message("Medium")), begin(word_medium(drive.text({"medium"}))));
    row(target, say(message("Attached by")), attached_by(drive));
    row(target, say(message("Size")), size_in_words(drive.number({"size_bytes"}), translate_));
    if (drive.has({"native_size_bytes"}) &&
        drive.number({"native_size_bytes"}) != drive.number({"size_bytes"}))
        row(target, say(message("Native size")),
            size_in_words(drive.number({"native_size_bytes"}), translate_));
    member(target, drive, "drive.firmware", Absence::is_left_out);
    member(target, drive, "drive.wwn", Absence::is_left_out);
    health_rows(target);
}

// The bus, and the link where it tells more than the bus does.
std::string CertificateWriter::attached_by(const PayloadReader& drive) const {
    std::string words = begin(word_bus(drive.text({"bus"})));
    const std::string link = attachment_in_words(drive.text({"attachment"}), translate_);
    if (!text_.is_specimen && !link.empty() && words.find(link) == std::string::npos)
        words += " (" + link + ")";
    return words;
}

void CertificateWriter::health_rows(CertificateSection& target) const {
    for (const Json& check : payload_.list({"health", "checks"})) {
        const PayloadReader reader(check);
        const std::string name = reader.text({"check"});
        // The figures stand in the annex.
        const auto judgement = [&] {
            return begin(word_check_result(reader.text({"result"}))) + ". " + remark(check["reason"]);
        };
        if (name == "disk-surface")
            row(target, say(message("Surface")), judgement(), tone_of_check(check));
        else if (name != "disk-speed")
            row(target, say(message("Health")), failed_check(check), tone_of_check(check));
        else if (reader.text({"result"}) != "pass")
            row(target, say(message("Reading speed")), judgement(), tone_of_check(check));
    }
    const auto number = [&](const char* name, const char* label) {
        if (payload_.has({"health", "numbers", name}))
            row(target, translate_(label),
                measured_in_words(payload_.shown({"health", "numbers", name}), translate_));
    };
    number("reallocated_sectors", N_("Replaced sectors"));
    number("pending_sectors", N_("Waiting sectors"));
    number("power_on_hours", N_("Hours of use"));
}

void CertificateWriter::origin_section() {
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

void CertificateWriter::erasure_section() {
    CertificateSection& target = section(N_("Erasure"), SectionPlace::left);
    const PayloadReader erasure = payload_.object({"erasure"});
    row(target, say(message("Method")), method_words(erasure));
    drive_log_rows(target, erasure);
    row(target, say(message("Tool")),
        payload_.text({"tool", "name"}) + " " + payload_.text({"tool", "version"}));
    if (erasure.has({"started"}))
        row(target, say(message("Start")), time_in_words(erasure.text({"started"}), translate_));
    if (erasure.has({"finished"}))
        row(target, say(message("End")), time_in_words(erasure.text({"finished"}), translate_));
    row(target, say(message("Duration")), duration_in_words(erasure.number({"duration_ms"}), translate_));
    if (firmware_methods(erasure).empty())
        row(target, say(message("Written")), size_in_words(erasure.number({"bytes_written"}), translate_));
    if (erasure.number({"average_bytes_per_second"}) != 0)
        row(target, say(message("Speed")),
            say(message("{0} MB/s", erasure.number({"average_bytes_per_second"}) / 1000000)));
    temperature_rows(target, erasure);
    const uint64_t faults = erasure.list({"errors"}).size() + erasure.list({"unwritable"}).size();
    row(target, say(message("Errors")), faults == 0 ? begin(message("none")) : number_in_words(faults),
        faults == 0 ? Tone::good : Tone::bad);
}

// Of the drive's own sensor, while it was written and read.
void CertificateWriter::temperature_rows(CertificateSection& target, const PayloadReader& erasure) const {
    for (const Json& item : erasure.list({"evidence"})) {
        if (PayloadReader(item).text({"kind"}) != "temperature") continue;
        const PayloadReader facts = PayloadReader(item).object({"facts"});
        if (!facts.has({"highest_millicelsius"})) continue;
        const auto degrees = [&](const char* key) { return (facts.number({key}) + 500) / 1000; };
        row(target, say(message("Temperature")),
            facts.has({"limit_millicelsius"})
                ? begin(message("up to {0} °C (limit of the drive: {1} °C)", degrees("highest_millicelsius"),
                                degrees("limit_millicelsius")))
                : begin(message("up to {0} °C", degrees("highest_millicelsius"))));
        if (facts.number({"pauses"}) == 0) continue;
        std::string pauses = say(message("{0}, {1} in all", number_in_words(facts.number({"pauses"})),
                                         duration_in_words(facts.number({"paused_ms"}), translate_)));
        if (facts.flag({"was_left_hot"})) pauses += " – " + say(message("it did not cool down"));
        row(target, say(message("Pauses to cool down")), pauses);
    }
}

void CertificateWriter::verification_section() {
    CertificateSection& target = section(N_("Verification"), SectionPlace::right);
    const PayloadReader done = payload_.object({"erasure", "verification"});
    row(target, say(message("Technique")), begin(word_verification_kind(done.text({"kind"}))));
    row(target, say(message("Read back")), size_in_words(done.number({"bytes_read"}), translate_));
    const uint64_t mismatches = done.number({"mismatches"});
    // "None" is said only of what was compared.
    const bool is_compared = done.text({"kind"}) != "none" && done.number({"bytes_read"}) > 0 &&
                             (done.flag({"completed"}) || mismatches > 0);
    row(target, say(message("Differences")),
        !is_compared      ? begin(message("not compared"))
        : mismatches == 0 ? begin(message("none"))
                          : number_in_words(mismatches),
        mismatches == 0 ? Tone::neutral : Tone::bad);
    if (done.text({"kind"}) == "sample") {
        row(target, say(message("Sample")),
            say(message("{0} places, {1} of the drive", number_in_words(done.number({"sample_count"})),
                        share_in_words(done.number({"sample_share_ppm"}), translate_))));
        row(target, say(message("Would be found")),
            begin(message("with a probability of 99 %, a left-over of {0}",
                          size_in_words(done.number({"detectable_leftover_bytes"}), translate_))));
    }
    if (done.text({"kind"}) != "none")
        row(target, say(message("Completed")),
            done.flag({"completed"}) ? begin(message("yes")) : begin(message("no")),
            done.flag({"completed"}) ? Tone::neutral : Tone::bad);
    firmware_verification_rows(target, payload_.object({"erasure"}));
    marker_rows(target);
}

// Markers: known random blocks written beforehand, which must be gone afterwards.
void CertificateWriter::marker_rows(CertificateSection& target) const {
    uint64_t planned = 0, gone = 0;
    for (const Json& item : payload_.list({"erasure", "evidence"})) {
        if (PayloadReader(item).text({"kind"}) != "markers") continue;
        const PayloadReader facts = PayloadReader(item).object({"facts"});
        planned += facts.number({"planned"});
        gone += facts.number({"gone"});
    }
    if (planned == 0) return;
    row(target, say(message("Markers")),
        begin(message("{0} written before, {1} found gone afterwards", number_in_words(planned),
                      number_in_words(gone))),
        planned == gone ? Tone::good : Tone::bad);
}

std::string CertificateWriter::reach_of_overwrite(const PayloadReader& coverage) const {
    const uint64_t all = coverage.number({"addressable_bytes"});
    const uint64_t overwritten = coverage.number({"overwritten_bytes"});
    const uint64_t verified = coverage.number({"verified_bytes"});
    const std::string whole = size_in_words(all, translate_);
    return all != 0 && overwritten == all && verified == all
               ? say(message("All that can be addressed, {0}, was overwritten and verified.", whole))
               : say(message("Of {0} that can be addressed, {1} were overwritten and {2} verified.", whole,
                             size_in_words(overwritten, translate_), size_in_words(verified, translate_)));
}

void CertificateWriter::coverage_section() {
    CertificateSection& target = section(N_("What was reached, and what was not"), SectionPlace::full);
    const PayloadReader erasure = payload_.object({"erasure"});
    const PayloadReader coverage = erasure.object({"coverage"});
    std::string sentence =
        firmware_methods(erasure).empty() ? reach_of_overwrite(coverage) : reach_of_firmware(erasure);
    sentence += hidden_sectors_words(erasure);
    if (coverage.has({"reallocated_sectors"}))
        sentence += " " + say(message("Sectors replaced by the drive: {0}.",
                                      number_in_words(coverage.number({"reallocated_sectors"}))));
    target.paragraphs.push_back(sentence);
    std::string areas;
    for (const Json& entry : coverage.list({"not_examined"}))
        areas += (areas.empty() ? "" : ", ") + remark(entry);
    if (!areas.empty()) target.paragraphs.push_back(say(message("Not examined: {0}.", areas)));
}

// What a step of the erasure failed with.
std::vector<std::string> CertificateWriter::failed_steps(const PayloadReader& erasure) const {
    std::vector<std::string> failures;
    for (const Json& entry : erasure.list({"steps"})) {
        const PayloadReader step(entry);
        if (step.text({"result"}) == "done") continue;
        for (const Json& reason : step.list({"remarks"}))
            failures.push_back(
                capitalised(say(message("{0}: {1}", say(word_step(step.text({"step"}))), remark(reason)))));
    }
    return failures;
}

void CertificateWriter::errors_section(const PayloadReader& erasure) {
    const Json& errors = erasure.list({"errors"});
    const Json& unwritable = erasure.list({"unwritable"});
    const std::vector<std::string> failures = failed_steps(erasure);
    if (errors.empty() && unwritable.empty() && failures.empty()) return;
    CertificateSection& target = section(N_("Errors"), SectionPlace::full);
    for (const std::string& failure : failures) target.paragraphs.push_back("• " + failure);
    constexpr size_t shown = 10;
    for (size_t i = 0; i < errors.size() && i < shown; ++i)
        target.paragraphs.push_back("• " + capitalised(error_words(errors[i])));
    if (errors.size() > shown)
        target.paragraphs.push_back(
            say(message("... and {0} more: they are in the attached record.", errors.size() - shown)));
    for (size_t i = 0; i < unwritable.size() && i < shown; ++i) {
        const PayloadReader range(unwritable[i]);
        target.paragraphs.push_back("• " + say(message("Sectors {0} to {1} could not be written.",
                                                       number_in_words(range.number({"first_lba"})),
                                                       number_in_words(range.number({"last_lba"})))));
    }
    if (unwritable.size() > shown)
        target.paragraphs.push_back(
            say(message("... and {0} more: they are in the attached record.", unwritable.size() - shown)));
}

void CertificateWriter::deployment_section(const PayloadReader& deployment, const char* title) {
    CertificateSection& target = section(title, SectionPlace::full);
    deployment_rows(target, deployment);
}

// Enough of it to compare by eye; the record holds the whole.
void CertificateWriter::image_hash_row(CertificateSection& target, const std::string& hash) const {
    constexpr size_t shown = 32;
    if (hash.empty()) return;
    row(target, say(message("Image hash")),
        hash.size() <= shown ? hash
                             : say(message("{0}... (whole in the attached record)", hash.substr(0, shown))));
}

std::string CertificateWriter::starters(const PayloadReader& deployment) const {
    const bool bios = deployment.flag({"boot", "bios"}), uefi = deployment.flag({"boot", "uefi"});
    return bios && uefi ? say(message("BIOS and UEFI"))
           : bios       ? std::string("BIOS")
           : uefi       ? std::string("UEFI")
                        : begin(message("not known"));
}

void CertificateWriter::deployment_rows(CertificateSection& target, const PayloadReader& deployment) const {
    const bool is_deployed = deployment.text({"result"}) == "deployed";
    std::string image = deployment.text({"image", "name"});
    if (deployment.has({"image", "version"})) image += " " + deployment.text({"image", "version"});
    row(target, say(message("Image")), image);
    row(target, say(message("Result")),
        begin(is_deployed ? message("deployed and read back") : message("NOT deployed")),
        is_deployed ? Tone::good : Tone::bad);
    image_hash_row(target, deployment.text({"image", "root_hash"}));
    row(target, say(message("Can be started by")), starters(deployment));
    for (const Json& entry : deployment.list({"remarks"}))
        row(target, say(message("Remark")), capitalised(remark(entry)));
    for (const Json& entry : deployment.list({"errors"}))
        row(target, say(message("Error")), capitalised(error_words(entry)), Tone::bad);
}

}  // namespace regain

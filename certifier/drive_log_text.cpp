// The words of a drive's certificate about its own erase commands: which method, what the drive said while it
// ran, what was tried before.

#include <string>
#include <vector>

#include "certifier/certificate_writer.h"

namespace regain {
namespace {

/// The drive's answer to one question, as a part of a sentence; `unknown` stands for anything but yes and no.
Message by_answer(const PayloadReader& log, const char* question, const char* yes, const char* no,
                  const char* unknown) {
    const std::string answer = log.text({question});
    return Message{answer == "yes" ? yes : answer == "no" ? no : unknown, {}};
}

bool shows_success(const PayloadReader& log) {
    const bool is_released = !log.has({"security_released"}) || log.text({"security_released"}) == "yes";
    return log.text({"accepted"}) == "yes" && log.text({"completed"}) == "yes" &&
           log.text({"seen_running"}) != "no" && log.text({"stood_still"}) == "no" &&
           log.text({"left_running"}) == "no" && is_released;
}

}  // namespace

std::vector<std::string> CertificateWriter::firmware_methods(const PayloadReader& erasure) {
    std::vector<std::string> methods;
    for (const Json& step : erasure.list({"planned_steps"}))
        if (PayloadReader(step).text({"step"}) == "firmware-erase")
            methods.push_back(PayloadReader(step).text({"method"}));
    return methods;
}

std::string CertificateWriter::method_words(const PayloadReader& erasure) const {
    std::string words;
    for (const std::string& method : firmware_methods(erasure))
        words = words.empty() ? say(word_method(method))
                              : say(message("{0}, then {1}", words, say(word_method(method))));
    return capitalised(words.empty() ? say(word_method(erasure.text({"method"}))) : words);
}

std::string CertificateWriter::drive_log_words(const PayloadReader& log) const {
    std::string words = say(by_answer(log, "accepted", N_("accepted"), N_("not accepted"),
                                      N_("not known whether it was accepted")));
    const auto add = [&](const Message& part) { words += ", " + say(part); };
    add(by_answer(log, "seen_running", N_("seen running or newly ended"), N_("not seen running"),
                  N_("could not be seen running")));
    add(by_answer(log, "completed", N_("ended without error"), N_("not completed"),
                  N_("completion not known")));
    if (log.has({"security_released"}))
        add(by_answer(log, "security_released", N_("password taken off"), N_("password not taken off"),
                      N_("password not known to be taken off")));
    if (log.text({"stood_still"}) != "no") add(message("stood still"));
    if (log.text({"left_running"}) != "no") add(message("goes on inside the drive"));
    if (log.number({"samples"}) != 0)
        add(message("state read from the drive: {0} times", number_in_words(log.number({"samples"}))));
    return words;
}

// One line for each command: what the drive said of it.
void CertificateWriter::drive_log_rows(CertificateSection& target, const PayloadReader& erasure) const {
    for (const Json& item : erasure.list({"evidence"})) {
        if (PayloadReader(item).text({"kind"}) != "drive-log") continue;
        const PayloadReader log = PayloadReader(item).object({"facts"});
        const std::string method = capitalised(say(word_method(log.text({"method"}))));
        row(target, say(message("The drive said")), say(message("{0}: {1}", method, drive_log_words(log))),
            shows_success(log) ? Tone::good : Tone::bad);
    }
}

void CertificateWriter::attempts_section(const PayloadReader& erasure) {
    const Json& attempts = erasure.list({"attempts"});
    if (attempts.empty()) return;
    CertificateSection& target = section(N_("What was tried before"), SectionPlace::full);
    for (const Json& entry : attempts) {
        const PayloadReader attempt(entry);
        std::string words = capitalised(say(word_method(attempt.text({"method"}))));
        for (const Json& item : attempt.list({"evidence"}))
            if (PayloadReader(item).text({"kind"}) == "drive-log")
                words =
                    say(message("{0}: {1}", words, drive_log_words(PayloadReader(item).object({"facts"})))) +
                    ".";
        for (const Json& why : attempt.list({"remarks"})) words += " " + capitalised(remark(why));
        for (const Json& error : attempt.list({"errors"}))
            words += " " + capitalised(error_words(error)) + ".";
        target.paragraphs.push_back("• " + words);
    }
}

// What reading back looked for, where nothing that we wrote was to be found.
void CertificateWriter::firmware_verification_rows(CertificateSection& target,
                                                   const PayloadReader& erasure) const {
    const std::string pattern = erasure.text({"verification", "pattern"});
    if (pattern == "erased")
        row(target, say(message("Looked for")), begin(message("one value, repeated through each sector")));
    if (pattern != "changed") return;
    row(target, say(message("Looked for")), begin(message("anything but what stood there before")));
    uint64_t places = 0;
    for (const Json& item : erasure.list({"evidence"}))
        if (PayloadReader(item).text({"kind"}) == "read-back")
            places += PayloadReader(item).number({"facts", "informative_places"});
    row(target, say(message("Compared")),
        begin(message("places where a difference can be seen: {0}", number_in_words(places))),
        places == 0 ? Tone::bad : Tone::neutral);
}

// The first sentence of what was reached.
std::string CertificateWriter::reach_of_firmware(const PayloadReader& erasure) const {
    const std::string whole = size_in_words(erasure.number({"coverage", "addressable_bytes"}), translate_);
    const std::string read = size_in_words(erasure.number({"coverage", "verified_bytes"}), translate_);
    std::string words =
        erasure.text({"verdict"}) == "not-erased"
            ? say(message("Of {0} that can be addressed, {1} were read back.", whole, read))
            : say(message("The drive erased itself: all that can be addressed, {0}. {1} of it "
                          "were read back.",
                          whole, read));
    return words;
}

// What was hidden before, and what still is. Where nobody could look, "not examined" says so.
std::string CertificateWriter::hidden_sectors_words(const PayloadReader& erasure) const {
    std::string words;
    bool were_given_back = false;
    for (const Json& entry : erasure.list({"evidence"})) {
        const PayloadReader item(entry);
        if (item.text({"kind"}) != "hidden-sectors") continue;
        const uint64_t sectors = item.number({"facts", "before", "hidden_sectors"});
        const uint64_t bytes = sectors * item.number({"facts", "before", "sector_bytes"});
        const std::string change = item.text({"facts", "change"});
        if (change.empty() || item.text({"facts", "accepted"}) != "yes") continue;
        were_given_back = true;
        words += " " + say(message("Hidden sectors were given back before: {0} ({1}).",
                                   size_in_words(bytes, translate_), say(word_mechanism(change))));
    }
    const PayloadReader coverage = erasure.object({"coverage"});
    const uint64_t hidden = coverage.number({"hidden_bytes"});
    if (hidden != 0)
        words += " " + say(message("Hidden areas: {0}.", size_in_words(hidden, translate_)));
    else if (coverage.has({"hidden_bytes"}))
        words += " " + say(were_given_back ? message("Nothing is hidden any more.")
                                           : message("No hidden area was found."));
    return words;
}

}  // namespace regain

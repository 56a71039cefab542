#pragma once
// Puts a certificate's payload into words: the parts that drive certificates and machine sheets share, and
// the declarations of both (drive_certificate_text.cpp, machine_sheet_text.cpp). Used by certificate_text.cpp
// only.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/message.h"
#include "base/translation.h"
#include "certifier/certificate_text.h"
#include "certifier/payload_reader.h"
#include "certifier/values_in_words.h"
#include "certifier/wording.h"
#include "reports/surface_record.h"

namespace regain {

/// The label of a member that may be missing ("drive.serial"): the same in the tables and in the list of what
/// is not known; null when it has none.
const char* certificate_label(std::string_view path);

class CertificateWriter {
  public:
    CertificateWriter(const Json& payload, const Translator& translate)
        : payload_(payload), translate_(translate) {}
    CertificateText write();

  private:
    using Tone = CertificateTone;

    std::string say(const Message& words) const { return translate_(words); }
    /// Words that begin a cell, a line or a sentence.
    std::string begin(const Message& words) const { return capitalised(translate_(words)); }
    std::string remark(const Json& json) const {
        const auto read = remark_from_json(json);
        return read.ok() ? remark_in_words(*read, translate_) : std::string("?");
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
            row(target, translate_(certificate_label(path)), value);
        else if (absence == Absence::is_said)
            target.rows.push_back(
                {translate_(certificate_label(path)), begin(message("not stated")), Tone::neutral, true});
    }

    void head();
    void not_known();
    void tail();
    std::string error_words(const Json& json) const;
    static Tone tone_of_check(const Json& check);

    void drive_document(bool is_erased);
    void verdict();
    void drive_section(const PayloadReader& drive);
    std::string attached_by(const PayloadReader& drive) const;
    void health_rows(CertificateSection& target) const;
    void origin_section();
    void erasure_section();
    void temperature_rows(CertificateSection& target, const PayloadReader& erasure) const;
    void verification_section();
    /// Of the commands that the drive was to be sent, in their order; none: it was overwritten.
    static std::vector<std::string> firmware_methods(const PayloadReader& erasure);
    std::string method_words(const PayloadReader& erasure) const;
    std::string drive_log_words(const PayloadReader& log) const;
    void drive_log_rows(CertificateSection& target, const PayloadReader& erasure) const;
    void attempts_section(const PayloadReader& erasure);
    void firmware_verification_rows(CertificateSection& target, const PayloadReader& erasure) const;
    std::string reach_of_firmware(const PayloadReader& erasure) const;
    std::vector<std::string> failed_steps(const PayloadReader& erasure) const;
    std::string hidden_sectors_words(const PayloadReader& erasure) const;
    std::string reach_of_overwrite(const PayloadReader& coverage) const;
    void marker_rows(CertificateSection& target) const;
    void coverage_section();
    void errors_section(const PayloadReader& erasure);
    void surface_annexes();
    void surface_rows(const SurfaceRecord& surface, CertificateSection& target) const;
    std::string slow_places(const SurfaceRecord& surface) const;
    void deployment_section(const PayloadReader& deployment, const char* title);
    void image_hash_row(CertificateSection& target, const std::string& hash) const;
    std::string starters(const PayloadReader& deployment) const;
    void deployment_rows(CertificateSection& target, const PayloadReader& deployment) const;

    void machine_sheet();
    void sheet_verdict();
    void sheet_origin();
    void sheet_drive(const PayloadReader& entry);
    void identifier_row(CertificateSection& target, const PayloadReader& machine) const;
    void sheet_checks(const PayloadReader& inspection);
    std::string passed_check(const PayloadReader& check) const;
    std::string failed_check(const Json& check) const;

    PayloadReader payload_;
    const Translator& translate_;
    CertificateText text_;
};

}  // namespace regain

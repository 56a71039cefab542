#pragma once
// Values of reports as people read them, where a code or a figure would otherwise stand in the middle of a
// sentence: remarks with their arguments in words, what a check measured, standards, shares. Pure functions,
// used by the certificate's text and by the console.

#include <cstdint>
#include <string>

#include "base/translation.h"
#include "reports/remark.h"

namespace regain {

/// The remark's sentence; arguments that are codes (a method, a step, a verdict ...) are put into words too.
std::string remark_in_words(const Remark& remark, const Translator& translate);
/// "not set" → "non défini", "340 MB/s" → "340 Mo/s", "reallocated=3,wear=5 %" → the names of the counters.
std::string measured_in_words(const std::string& measured, const Translator& translate);
/// Whether a measured value tells more than the check's result: not "none", "passed" or a bare number.
bool is_telling(const std::string& measured);
/// "NIST SP 800-88 Rev. 2 (techniques: IEEE 2883-2022)" → a phrase in the language.
std::string standard_in_words(const std::string& standard, const Translator& translate);
/// The names that stand for a model where there is no hardware ("Loop device"); others as they are.
std::string model_in_words(const std::string& model, const Translator& translate);
/// The part that a check is about: "memory" → "mémoire", "/dev/loop0 (Loop device)" with the model in words.
std::string component_in_words(const std::string& component, const Translator& translate);
/// The kind of machine ("notebook" → "ordinateur portable"); unknown ones as they are.
std::string chassis_in_words(const std::string& chassis, const Translator& translate);
/// The link in words ("sata" → "SATA"); unknown ones as they are.
std::string attachment_in_words(const std::string& attachment, const Translator& translate);
/// "mac:02:fc:00:00:00:01" → "network address (MAC) 02:fc:00:00:00:01".
std::string identifier_in_words(const std::string& identifier, const Translator& translate);
/// Parts per million as a percentage: 50000 → "5 %", 1500 → "0.15 %"; what is smaller is "less than 0.01 %".
std::string share_in_words(uint64_t parts_per_million, const Translator& translate);
/// 21412 → "21 412", with no-break spaces.
std::string number_in_words(uint64_t number);
/// With its first letter in upper case (ASCII and the accented Latin letters).
std::string capitalised(std::string text);

}  // namespace regain

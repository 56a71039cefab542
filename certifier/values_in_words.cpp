#include "certifier/values_in_words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/message.h"
#include "certifier/certificate_text.h"
#include "certifier/wording.h"

namespace regain {
namespace {

struct Name {
    std::string_view code;
    const char* words;
};

constexpr Name level_names[] = {
    {"purge", "Purge"}, {"clear", "Clear"}, {"best", N_("the best that the drive can do")}};

// How inspector/ writes what it measured.
constexpr Name measured_names[] = {{"none", N_("nothing")},
                                   {"set", N_("set")},
                                   {"not set", N_("not set")},
                                   {"not implemented", N_("not provided")},
                                   {"on", N_("on")},
                                   {"off", N_("off")},
                                   {"off, setup mode", N_("off, in setup mode")},
                                   {"passed", N_("passed")},
                                   {"failed", N_("not passed")}};

constexpr Name model_names[] = {{"Loop device", N_("Loop device")},
                                {"File", N_("File")},
                                {"Network block device", N_("Network block device")},
                                {"VirtIO disk", N_("VirtIO disk")}};

constexpr Name chassis_names[] = {{"desktop", N_("desktop computer")},
                                  {"pizza-box", N_("flat desktop computer")},
                                  {"tower", N_("tower computer")},
                                  {"notebook", N_("notebook computer")},
                                  {"hand-held", N_("hand-held computer")},
                                  {"all-in-one", N_("all-in-one computer")},
                                  {"server", N_("server")},
                                  {"tablet", N_("tablet")},
                                  {"convertible", N_("convertible notebook")},
                                  {"detachable", N_("notebook with a detachable screen")},
                                  {"embedded", N_("embedded computer")},
                                  {"mini-pc", N_("small desktop computer")}};

constexpr Name attachment_names[] = {{"sata", "SATA"},
                                     {"sas", "SAS"},
                                     {"usb", "USB"},
                                     {"pcie", "PCI Express"},
                                     {"iscsi", "iSCSI"},
                                     {"fc", "Fibre Channel"},
                                     {"tcp", N_("network (TCP)")},
                                     {"rdma", N_("network (RDMA)")},
                                     {"mmc", "MMC"},
                                     {"virtio", "virtio"},
                                     {"loop", N_("Loop device")},
                                     {"file", N_("File")},
                                     {"network", N_("network")}};

constexpr Name identifier_names[] = {{"dmi-serial", N_("serial number {0}")},
                                     {"board-serial", N_("serial number of the main board {0}")},
                                     {"chassis-serial", N_("serial number of the case {0}")},
                                     {"dmi-uuid", N_("identifier of the firmware (UUID) {0}")},
                                     {"mac", N_("network address (MAC) {0}")}};

template <size_t Count>
const char* find_name(const Name (&names)[Count], std::string_view code) {
    for (const Name& name : names)
        if (name.code == code) return name.words;
    return nullptr;
}

bool is_number(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string digits_in_words(const std::string& digits) {
    uint64_t number = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return failure == std::errc() && end == digits.data() + digits.size() ? number_in_words(number) : digits;
}

std::string argument_in_words(const std::string& name, const std::string& value,
                              const Translator& translate) {
    if (name == "method") return translate(word_method(value));
    if (name == "step") return translate(word_step(value));
    if (name == "result") return translate(word_step_result(value));
    if (name == "policy") {
        const char* words = find_name(level_names, value);
        return words != nullptr ? translate(words) : value;
    }
    Verdict verdict{};
    if (name == "verdict" && parse_verdict(value, verdict)) return translate(word_verdict(verdict));
    return is_number(value) ? digits_in_words(value) : value;
}

// "83 %" and "41 °C" keep figure and unit on one line.
std::string with_bound_unit(std::string text) {
    for (const std::string_view unit : {" %", " °C"}) {
        const size_t place = text.find(unit);
        if (place != std::string::npos) text.replace(place, 1, "\u00A0");
    }
    return text;
}

// "reallocated=3": one counter of drive-health, named as its own check is.
std::string counter_in_words(const std::string& counter, const Translator& translate) {
    const size_t equals = counter.find('=');
    if (equals == std::string::npos) return counter;
    return translate(message("{0}: {1}", translate(word_check("drive-" + counter.substr(0, equals))),
                             with_bound_unit(counter.substr(equals + 1))));
}

}  // namespace

std::string remark_in_words(const Remark& remark, const Translator& translate) {
    Remark worded = remark;
    for (auto& [name, value] : worded.arguments) value = argument_in_words(name, value, translate);
    return translate(word_remark(worded));
}

bool is_telling(const std::string& measured) {
    const char* words = find_name(measured_names, measured);
    if (words != nullptr) return measured.starts_with("on") || measured.starts_with("off");
    return !measured.empty() && !is_number(measured) && measured.find('=') == std::string::npos;
}

std::string measured_in_words(const std::string& measured, const Translator& translate) {
    if (const char* words = find_name(measured_names, measured)) return translate(words);
    const auto before = [&](std::string_view unit) {
        return measured.substr(0, measured.size() - unit.size());
    };
    if (measured.ends_with(" MB/s")) return translate(message("{0} MB/s", before(" MB/s")));
    if (measured.ends_with(" MiB")) return translate(message("{0} MiB", digits_in_words(before(" MiB"))));
    if (is_number(measured)) return digits_in_words(measured);
    if (measured.find('=') == std::string::npos) return with_bound_unit(measured);
    std::string words;
    for (size_t start = 0; start <= measured.size();) {
        const size_t end = std::min(measured.find(',', start), measured.size());
        words +=
            (words.empty() ? "" : ", ") + counter_in_words(measured.substr(start, end - start), translate);
        start = end + 1;
    }
    return words;
}

std::string standard_in_words(const std::string& standard, const Translator& translate) {
    constexpr std::string_view techniques = " (techniques: ";
    const size_t place = standard.find(techniques);
    if (place == std::string::npos || !standard.ends_with(")")) return standard;
    const size_t start = place + techniques.size();
    return translate(message("{0}, with the techniques of {1}", standard.substr(0, place),
                             standard.substr(start, standard.size() - start - 1)));
}

std::string model_in_words(const std::string& model, const Translator& translate) {
    const char* words = find_name(model_names, model);
    return words != nullptr ? translate(words) : model;
}

std::string component_in_words(const std::string& component, const Translator& translate) {
    if (component == "machine") return translate(N_("machine"));
    if (component == "memory") return translate(N_("memory"));
    if (component == "firmware") return translate(N_("firmware"));
    const size_t bracket = component.find(" (");
    if (bracket == std::string::npos || component.back() != ')') return component;
    const std::string model = component.substr(bracket + 2, component.size() - bracket - 3);
    return component.substr(0, bracket + 2) + model_in_words(model, translate) + ")";
}

std::string chassis_in_words(const std::string& chassis, const Translator& translate) {
    const char* words = find_name(chassis_names, chassis);
    return words != nullptr ? translate(words) : chassis;
}

std::string attachment_in_words(const std::string& attachment, const Translator& translate) {
    const char* words = find_name(attachment_names, attachment);
    return words != nullptr ? translate(words) : attachment;
}

std::string identifier_in_words(const std::string& identifier, const Translator& translate) {
    const size_t colon = identifier.find(':');
    const char* words = find_name(identifier_names, std::string_view(identifier).substr(0, colon));
    if (colon == std::string::npos || words == nullptr) return identifier;
    return translate(Message{words, {identifier.substr(colon + 1)}});
}

std::string share_in_words(uint64_t parts_per_million, const Translator& translate) {
    const uint64_t hundredths = parts_per_million / 100;  // of a per cent
    if (hundredths == 0) return translate(message("less than 0.01 %"));
    const std::string whole = std::to_string(hundredths / 100);
    if (hundredths % 100 == 0) return translate(message("{0} %", whole));
    std::string decimals = std::to_string(100 + hundredths % 100).substr(1);
    if (decimals.back() == '0') decimals.pop_back();
    return translate(message("{0}.{1} %", whole, decimals));
}

std::string number_in_words(uint64_t number) {
    const std::string digits = std::to_string(number);
    std::string text;
    for (size_t i = 0; i < digits.size(); ++i) {
        if (i != 0 && (digits.size() - i) % 3 == 0) text += "\u00A0";
        text += digits[i];
    }
    return text;
}

std::string capitalised(std::string text) {
    if (text.empty()) return text;
    // "eMMC" and "iSCSI" are spelt so.
    if (text.size() > 1 && text[1] >= 'A' && text[1] <= 'Z') return text;
    const auto first = static_cast<unsigned char>(text[0]);
    if (first >= 'a' && first <= 'z') text[0] = static_cast<char>(first - 'a' + 'A');
    // à (C3 A0) to þ (C3 BE) lie 32 above their capitals; ÷ (C3 B7) is no letter.
    if (first == 0xC3 && text.size() > 1) {
        const auto second = static_cast<unsigned char>(text[1]);
        if (second >= 0xA0 && second <= 0xBE && second != 0xB7) text[1] = static_cast<char>(second - 0x20);
    }
    return text;
}

}  // namespace regain

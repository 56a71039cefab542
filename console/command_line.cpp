#include "console/command_line.h"

#include <getopt.h>

#include <utility>

namespace regain {
namespace {

Error usage(Message reason) {
    return error(ErrorKind::usage, message("understand the command line"), std::move(reason),
                 message("See --help."));
}

// getopt_long also takes "--conf" for "--confirm". Scripts that rely on that break when an option is added.
Status check_spelled_out(const char* word, const std::string& name) {
    const std::string given = word;
    if (given.substr(0, given.find('=')) == "--" + name) return done();
    return usage(
        message("the option {0} is not spelled out: it is --{1}", given.substr(0, given.find('=')), name));
}

}  // namespace

std::vector<std::string> Arguments::names() const {
    std::vector<std::string> names;
    for (const auto& [name, values] : values_) names.push_back(name);
    return names;
}

std::string Arguments::value(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? "" : found->second.back();
}

std::vector<std::string> Arguments::values(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::vector<std::string> Arguments::words() const {
    std::vector<std::string> words;
    for (const auto& [name, values] : values_) {
        if (flags_.count(name) != 0) words.push_back("--" + name);
        if (flags_.count(name) != 0) continue;
        for (const auto& value : values) words.push_back("--" + name + "=" + value);
    }
    words.emplace_back("--");
    words.insert(words.end(), operands_.begin(), operands_.end());
    return words;
}

void Arguments::set(const std::string& name, std::vector<std::string> values) {
    values_[name] = std::move(values);
}

void Arguments::remove(const std::string& name) {
    values_.erase(name);
    flags_.erase(name);
}

Result<Arguments> Arguments::parse(std::span<const std::string> words, std::span<const OptionSpec> options) {
    std::vector<option> long_options;
    std::string letters = ":";
    for (const auto& spec : options) {
        long_options.push_back({spec.name, spec.value_name == nullptr ? no_argument : required_argument,
                                nullptr, spec.letter != 0 ? spec.letter : 0x100});
        if (spec.letter == 0) continue;
        letters += spec.letter;
        if (spec.value_name != nullptr) letters += ':';
    }
    long_options.push_back({nullptr, 0, nullptr, 0});

    std::vector<std::string> copies{"regain"};
    copies.insert(copies.end(), words.begin(), words.end());
    std::vector<char*> pointers;
    for (auto& word : copies) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const int count = static_cast<int>(copies.size());

    Arguments arguments;
    ::optind = 0;  // glibc: starts afresh
    ::opterr = 0;
    for (;;) {
        int index = -1;
        const int found = ::getopt_long(count, pointers.data(), letters.c_str(), long_options.data(), &index);
        if (found == -1) break;
        if (found == ':')
            return usage(
                message("the option {0} needs a value", pointers[static_cast<size_t>(::optind - 1)]));
        if (found == '?' && ::optopt != 0 && ::optopt < 0x100)
            return usage(message("unknown option {0}", std::string("-") + static_cast<char>(::optopt)));
        if (found == '?')
            return usage(message("unknown option {0}", pointers[static_cast<size_t>(::optind - 1)]));
        std::string name;
        if (index >= 0) {
            name = long_options[static_cast<size_t>(index)].name;
            const char* last = pointers[static_cast<size_t>(::optind - 1)];
            // The value stands in a word of its own, or behind the name's "=".
            REGAIN_TRY(check_spelled_out(
                ::optarg == last ? pointers[static_cast<size_t>(::optind - 2)] : last, name));
        }
        for (const auto& spec : options)
            if (index < 0 && spec.letter == found) name = spec.name;
        if (::optarg == nullptr) arguments.flags_.insert(name);
        arguments.values_[name].emplace_back(::optarg != nullptr ? ::optarg : "");
    }
    for (int i = ::optind; i < count; ++i) arguments.operands_.emplace_back(pointers[static_cast<size_t>(i)]);
    return arguments;
}

}  // namespace regain

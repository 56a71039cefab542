#pragma once
// Options and operands as util-linux programs take them: long names, --name=value or --name value, `--` ends
// the options, a few short letters. Knows nothing of what the options mean.

#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace regain {

struct OptionSpec {
    const char* name;        ///< "state-dir"
    char letter;             ///< 'o', or 0
    const char* value_name;  ///< "DIR"; nullptr when it takes no value
    const char* help;        ///< marked with N_()
};

class Arguments {
  public:
    bool has(const std::string& name) const { return values_.count(name) != 0; }
    /// Of the options that were given, in alphabetical order.
    std::vector<std::string> names() const;
    /// The last value given; empty when it was not.
    std::string value(const std::string& name) const;
    std::vector<std::string> values(const std::string& name) const;
    const std::vector<std::string>& operands() const { return operands_; }
    /// Words that parse() turns into the same arguments: "--name=value", "--", operands.
    std::vector<std::string> words() const;

    void set(const std::string& name, std::vector<std::string> values);
    void remove(const std::string& name);
    void set_operands(std::vector<std::string> operands) { operands_ = std::move(operands); }

    /// Parses `words` (without the command's name). ErrorKind::usage for an unknown or ambiguous option, a
    /// missing value, or a value where there is none.
    static Result<Arguments> parse(std::span<const std::string> words, std::span<const OptionSpec> options);

  private:
    std::map<std::string, std::vector<std::string>> values_;
    std::set<std::string> flags_;  ///< options that were given and take no value
    std::vector<std::string> operands_;
};

}  // namespace regain

#pragma once
// Options and operands as util-linux programs take them: long names, --name=value or --name value, `--` ends
// the options, a few short letters. Knows nothing of what the options mean.

#include <map>
#include <span>
#include <string>
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
    /// The last value given; empty when it was not.
    std::string value(const std::string& name) const;
    std::vector<std::string> values(const std::string& name) const;
    const std::vector<std::string>& operands() const { return operands_; }

    /// Parses `words` (without the command's name). ErrorKind::usage for an unknown or ambiguous option, a
    /// missing value, or a value where there is none.
    static Result<Arguments> parse(std::span<const std::string> words, std::span<const OptionSpec> options);

  private:
    std::map<std::string, std::vector<std::string>> values_;
    std::vector<std::string> operands_;
};

}  // namespace regain

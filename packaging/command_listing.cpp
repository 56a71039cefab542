// Prints the command table (console/command_table.cpp) as JSON in the language of its one argument: what the
// manual pages, the shell completion and their tests are made from. Built with the package, never installed.

#include <cstdio>
#include <string>

#include "base/json.h"
#include "base/translation.h"
#include "console/commands.h"

namespace {

regain::Json listing_of(const regain::OptionSpec& option, const regain::Translator& translate) {
    regain::Json listing{{"name", option.name}, {"help", translate(option.help)}};
    if (option.letter != 0) listing["letter"] = std::string(1, option.letter);
    if (option.value_name != nullptr) listing["value"] = option.value_name;
    return listing;
}

regain::Json listing_of(const regain::Command& command, const regain::Translator& translate) {
    regain::Json listing{{"name", command.name},
                         {"synopsis", command.synopsis},
                         {"summary", translate(command.summary)},
                         {"options", regain::Json::array()}};
    for (const auto& option : command.options) listing["options"].push_back(listing_of(option, translate));
    return listing;
}

}  // namespace

int main(int count, char** words) {
    const regain::Translator translate(count == 2 ? words[1] : "");
    if (!translate.is_known()) {
        std::fputs("usage: regain_command_listing LANGUAGE\n", stderr);
        return 2;
    }
    regain::Json listing = regain::Json::array();
    for (const auto& command : regain::all_commands()) listing.push_back(listing_of(command, translate));
    std::fputs(regain::pretty_json(listing).c_str(), stdout);
    return 0;
}

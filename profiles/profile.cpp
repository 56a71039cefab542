#include "profiles/profile.h"

#include <set>

namespace regain {

std::string Profile::title_in(const std::string& language) const {
    for (const auto& wanted : {language, std::string("en")}) {
        const auto found = title.find(wanted);
        if (found != title.end()) return found->second;
    }
    return name;
}

std::vector<std::string> Profile::languages() const {
    std::set<std::string> languages;
    for (const auto& locale : system.locales) languages.insert(locale.substr(0, locale.find('_')));
    return {languages.begin(), languages.end()};
}

}  // namespace regain

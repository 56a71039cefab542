#include "console/screen_order.h"

#include <utility>

namespace regain {

std::vector<std::string> words_with(const ScreenSurroundings& surroundings,
                                    const std::vector<std::string>& confirmations,
                                    std::vector<std::string> words, bool leaves_records) {
    std::vector<std::string> all{"--state-dir=" + surroundings.state_directory,
                                 "--lang=" + surroundings.language, "--progress=bar"};
    if (leaves_records && !surroundings.job.empty()) all.push_back("--job=" + surroundings.job);
    if (leaves_records && surroundings.virtual_drives) all.emplace_back("--virtual");
    if (leaves_records && surroundings.records_stay_here) all.emplace_back("--records-here");
    for (const auto& confirmation : confirmations) all.push_back("--confirm=" + confirmation);
    for (auto& word : words) all.push_back(std::move(word));
    return all;
}

std::vector<std::string> words_of(const ScreenOrder& order, const ScreenSurroundings& surroundings) {
    std::vector<std::string> words;
    const auto add = [&](const char* option, const std::string& value) {
        if (!value.empty()) words.push_back(std::string("--") + option + "=" + value);
    };
    if (order.command == "inspect") return words_with(surroundings, {}, {}, false);
    add("policy", order.policy);
    add("method", order.method);
    add("verify", order.verify);
    add("suspend", order.suspend);
    if (order.command == "process") {
        add("profile", order.profile);
        add("image", order.image);
        add("deploy-to", order.deploy_to);
        add("answers", order.answers);
    }
    words.emplace_back("--");
    for (const auto& drive : order.drives) words.push_back(drive.path);
    return words_with(surroundings, order.confirmations, words, true);
}

}  // namespace regain

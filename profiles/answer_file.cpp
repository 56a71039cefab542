#include "profiles/answer_file.h"

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/json.h"

namespace regain {
namespace {

struct AnswerRule {
    const char* key;
    const char* pattern;  ///< of the whole value
};

// The same patterns as in profiles/first-start/overlay/usr/lib/regain/first-start.
constexpr AnswerRule rules[] = {
    {"LANGUAGE", "[a-z]{2,3}"},
    {"KEYBOARD_LAYOUT", "[a-z]{2,8}(,[a-z]{2,8}){0,3}"},
    {"KEYBOARD_VARIANT", "[a-z0-9_,-]{0,64}"},
    {"KEYBOARD_OPTIONS", "[a-z0-9_:,-]{0,128}"},
    {"TIMEZONE", "[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*"},
    {"HOSTNAME", "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"},
    {"USER_NAME", "[a-z][a-z0-9_-]{0,30}"},
    {"USER_FULL_NAME", "[^:,=]{0,400}"},
    {"USER_PASSWORD_HASH", R"(\$(y|gy|7|2b|6|5)\$[./A-Za-z0-9$=,-]{20,256})"},
};
constexpr const char* required_keys[] = {"LANGUAGE", "USER_NAME", "USER_PASSWORD_HASH"};

const AnswerRule* rule_of(std::string_view key) {
    for (const auto& rule : rules)
        if (key == rule.key) return &rule;
    return nullptr;
}

bool is_good_value(const AnswerRule& rule, const std::string& value,
                   const std::vector<std::string>& languages) {
    if (!std::regex_match(value, std::regex(rule.pattern))) return false;
    if (std::string_view(rule.key) == "USER_NAME") return value != "root";
    if (std::string_view(rule.key) != "LANGUAGE" || languages.empty()) return true;
    return std::find(languages.begin(), languages.end(), value) != languages.end();
}

class AnswerCheck {
  public:
    AnswerCheck(const std::string& path, const std::vector<std::string>& languages)
        : path_(path), languages_(languages) {}

    Status line(size_t number, const std::string& text) {
        if (text.empty() || text.front() == '#') return done();
        if (to_utf8(text) != text)
            return fault(message("line {0}: not valid text (UTF-8, without control characters)", number));
        const size_t equals = text.find('=');
        if (equals == std::string::npos) return fault(message("line {0}: expected KEY=value", number));
        const std::string key = text.substr(0, equals);
        const AnswerRule* const rule = rule_of(key);
        if (rule == nullptr) return fault(message("line {0}: unknown key", number));
        if (!seen_.insert(key).second) return fault(message("line {0}: {1} stands there twice", number, key));
        const std::string value = text.substr(equals + 1);
        if (!is_good_value(*rule, value, languages_))
            return fault(message("line {0}: {1} has a wrong value", number, key));
        return done();
    }

    Status all_there() const {
        for (const char* key : required_keys)
            if (!seen_.contains(key)) return fault(message("{0} is missing", key));
        return done();
    }

    Status fault(Message reason) const {
        return error(ErrorKind::untrusted, message("use the answers {0}", path_), std::move(reason),
                     message("docs/profile-format.md lists the keys; nothing was written."));
    }

  private:
    const std::string& path_;
    const std::vector<std::string>& languages_;
    std::set<std::string> seen_;
};

}  // namespace

Status check_answers(const std::string& path, const std::string& content,
                     const std::vector<std::string>& languages) {
    AnswerCheck check(path, languages);
    std::istringstream lines(content);
    size_t number = 0;
    for (std::string line; std::getline(lines, line);) REGAIN_TRY(check.line(++number, line));
    return check.all_there();
}

}  // namespace regain

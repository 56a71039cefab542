#include "profiles/answer_file.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace regain {
namespace {

const std::string hash = "USER_PASSWORD_HASH=$y$j9T$abcdefghijklmnopqrstuv$" + std::string(43, 'x') + "\n";
const std::string good = "LANGUAGE=fr\nUSER_NAME=camille\n" + hash;

Status check(const std::string& content) {
    return check_answers("answers", content, {"en", "fr", "ti"});
}

TEST(AnswerFile, takes_what_the_first_start_takes) {
    for (const std::string& content :
         {good, "# a comment\n\n" + good + "USER_FULL_NAME=Élodie Le Goff\nHOSTNAME=salle-3\n",
          good + "KEYBOARD_LAYOUT=fr,ua\nKEYBOARD_VARIANT=\nKEYBOARD_OPTIONS=grp:alt_shift_toggle",
          "LANGUAGE=ti\nUSER_NAME=a\n" + hash + "TIMEZONE=Europe/Paris"}) {
        const Status status = check(content);
        EXPECT_TRUE(status.ok()) << content << in_english(status.error());
    }
    EXPECT_TRUE(check_answers("answers", "LANGUAGE=xx\nUSER_NAME=a\n" + hash, {}).ok())
        << "an image that does not say its languages";
}

TEST(AnswerFile, refuses_what_the_first_start_refuses_and_names_the_line) {
    const std::vector<std::pair<std::string, std::string>> refused{
        {"", "LANGUAGE is missing"},
        {"LANGUAGE=fr\nUSER_NAME=camille\n", "USER_PASSWORD_HASH is missing"},
        {good + "COLOUR=blue", "line 4: unknown key"},
        {good + " = ", "line 4: unknown key"},
        {good + "nothing", "line 4: expected KEY=value"},
        {good + "LANGUAGE=en", "line 4: LANGUAGE stands there twice"},
        {"LANGUAGE=de\nUSER_NAME=a\n" + hash, "line 1: LANGUAGE has a wrong value"},
        {"LANGUAGE=fr\nUSER_NAME=root\n" + hash, "line 2: USER_NAME has a wrong value"},
        {"LANGUAGE=fr\nUSER_NAME=Camille\n" + hash, "line 2: USER_NAME has a wrong value"},
        {"LANGUAGE=fr\nUSER_NAME=-rf\n" + hash, "line 2: USER_NAME has a wrong value"},
        {"LANGUAGE=fr\nUSER_NAME=a\nUSER_PASSWORD_HASH=abeille42",
         "line 3: USER_PASSWORD_HASH has a wrong value"},
        {"LANGUAGE=fr\nUSER_NAME=a\nUSER_PASSWORD_HASH=$1$abcdefgh$" + std::string(22, 'x'),
         "line 3: USER_PASSWORD_HASH has a wrong value"},
        {good + "USER_FULL_NAME=a:0:0", "line 4: USER_FULL_NAME has a wrong value"},
        {good + "KEYBOARD_LAYOUT=fr\"; reboot", "line 4: KEYBOARD_LAYOUT has a wrong value"},
        {good + "HOSTNAME=-x", "line 4: HOSTNAME has a wrong value"},
        {good + "TIMEZONE=../../etc/shadow", "line 4: TIMEZONE has a wrong value"},
        {good + "HOSTNAME=a\tb", "line 4: not valid text"},
        {good + "USER_FULL_NAME=\xFF", "line 4: not valid text"},
        {good + "HOSTNAME=a\r\n", "line 4: not valid text"},
    };
    for (const auto& [content, reason] : refused) {
        const Status status = check(content);
        ASSERT_FALSE(status.ok()) << content;
        EXPECT_EQ(status.error().kind, ErrorKind::untrusted);
        EXPECT_NE(in_english(status.error()).find(reason), std::string::npos) << in_english(status.error());
        EXPECT_EQ(in_english(status.error()).find("abeille42"), std::string::npos) << "a secret is repeated";
    }
}

}  // namespace
}  // namespace regain

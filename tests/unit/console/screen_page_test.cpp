#include "console/screen_page.h"
#include "console/text_lines.h"

#include <gtest/gtest.h>

#include "console/block_letters.h"
#include "console/screen_keys.h"
#include "console/screen_result.h"
#include "console/terminal.h"

namespace regain {
namespace {

std::string all_text(const std::vector<DrawnRow>& rows) {
    std::string text;
    for (const auto& row : rows) text += row.text + "\n";
    return text;
}

Page page_with(size_t choices) {
    Page page;
    page.title = "Title";
    page.keys = "keys";
    page.lines.push_back({"a sentence"});
    for (size_t i = 0; i < choices; ++i) page.choices.push_back({"choice " + std::to_string(i)});
    return page;
}

// ---- keys

std::vector<KeyKind> kinds_of(std::string bytes, bool nothing_follows = true) {
    std::vector<KeyKind> kinds;
    for (const auto& key : take_keys(bytes, nothing_follows)) kinds.push_back(key.kind);
    return kinds;
}

TEST(ScreenKeys, are_known_in_the_spellings_of_linux_consoles_and_terminals) {
    EXPECT_EQ(kinds_of("\x1b[A\x1bOB\r\n\x7f\b\x03"),
              (std::vector<KeyKind>{KeyKind::up, KeyKind::down, KeyKind::enter, KeyKind::enter,
                                    KeyKind::backspace, KeyKind::backspace, KeyKind::interrupt}));
}

TEST(ScreenKeys, that_are_not_used_do_nothing) {
    EXPECT_TRUE(kinds_of("\x1b[[A\x1b[15~\x1b[1;5C\x1bOP").empty());
}

TEST(ScreenKeys, tell_a_lone_escape_from_the_beginning_of_an_arrow) {
    std::string bytes = "\x1b";
    EXPECT_TRUE(take_keys(bytes, false).empty());
    bytes += "[";
    EXPECT_TRUE(take_keys(bytes, false).empty());
    bytes += "B";
    EXPECT_EQ(take_keys(bytes, false), std::vector<Key>{{KeyKind::down}});
    EXPECT_EQ(kinds_of("\x1b"), std::vector<KeyKind>{KeyKind::escape});
}

TEST(ScreenKeys, are_whole_characters) {
    std::string bytes = "\xC3";
    EXPECT_TRUE(take_keys(bytes, false).empty());
    bytes += "\xA9x";
    EXPECT_EQ(take_keys(bytes, false), (std::vector<Key>{{KeyKind::text, "\xC3\xA9"}, {KeyKind::text, "x"}}));
}

// ---- pages

TEST(ScreenPage, fits_every_terminal_whatever_it_holds) {
    Page page = page_with(40);
    for (int i = 0; i < 30; ++i)
        page.lines.push_back(
            {"une phrase bien trop longue pour tenir sur une seule ligne de cet \xC3\xA9"
             "cran, et encore un_mot_" +
             std::string(120, 'x')});
    for (auto& choice : page.choices) choice.refusal = std::string(200, 'r');
    for (const ScreenSize size : {ScreenSize{80, 25}, ScreenSize{40, 12}, ScreenSize{200, 60}}) {
        const auto rows = lay_out(page, 20, size);
        EXPECT_LE(rows.size(), size.rows);
        for (const auto& row : rows) EXPECT_LE(display_width(row.text), size.columns) << row.text;
        EXPECT_NE(all_text(rows).find("choice 20"), std::string::npos) << "the selected choice is not seen";
        EXPECT_NE(rows.back().text.find("keys"), std::string::npos);
    }
}

TEST(ScreenPage, sentences_that_do_not_fit_leave_a_sign_and_can_be_reached) {
    Page page;
    page.title = "title";
    page.keys = "keys";
    for (int i = 0; i < 30; ++i) page.lines.push_back({"sentence " + std::to_string(i)});
    const ScreenSize size{80, 25};  // 21 of the 30 fit
    EXPECT_NE(all_text(lay_out(page, 0, size)).find("sentence 20 ... (+9)"), std::string::npos)
        << all_text(lay_out(page, 0, size));
    ASSERT_EQ(scroll_positions(page, size), 10U);
    const std::string end = all_text(lay_out(page, 9, size));
    EXPECT_NE(end.find("sentence 9 ... (+9)"), std::string::npos) << end;
    EXPECT_NE(end.find("sentence 29\n"), std::string::npos) << end;
    EXPECT_EQ(all_text(lay_out(page, 100, size)), end) << "never past the end";
    EXPECT_EQ(scroll_positions(page_with(3), size), 1U);
    page.choices.push_back({"a choice"});
    EXPECT_NE(all_text(lay_out(page, 0, size)).find(" ... (+"), std::string::npos) << "cut without a sign";
}

TEST(ScreenPage, shows_which_choice_is_selected_and_why_one_is_refused) {
    Page page = page_with(3);
    page.choices[1].refusal = "because";
    const auto rows = lay_out(page, 0, {80, 25});
    size_t reversed = 0;
    for (const auto& row : rows) reversed += row.reversed ? 1 : 0;
    EXPECT_EQ(reversed, 2U) << "the title and the selected choice";
    EXPECT_NE(all_text(rows).find("> 1  choice 0"), std::string::npos) << all_text(rows);
    EXPECT_NE(all_text(rows).find("because"), std::string::npos);
}

TEST(ScreenPage, wraps_between_words_and_never_inside_of_a_character) {
    EXPECT_EQ(wrap_text("one two three", 8), (std::vector<std::string>{"one two", "three"}));
    EXPECT_EQ(wrap_text("", 8), std::vector<std::string>{""});
    EXPECT_EQ(wrap_text("abcdefghij", 4), (std::vector<std::string>{"abcd", "efgh", "ij"}));
    EXPECT_EQ(clip_text("\xC3\xA9\xC3\xA9\xC3\xA9", 2), "\xC3\xA9\xC3\xA9");
}

TEST(ScreenPage, draws_blocks_as_coloured_spaces) {
    const std::string text = draw({{" ## ", Tone::good, false, true}}, {80, 25});
    EXPECT_EQ(text.find('#'), std::string::npos);
    EXPECT_NE(text.find("\x1b[1;37;42m  "), std::string::npos);
}

// ---- the result

TEST(BlockLetters, have_room_on_eighty_columns_in_both_languages) {
    for (const auto& [symbol, word] : {std::pair{BlockSymbol::check_mark, "TERMIN\xC3\x89"},
                                       {BlockSymbol::exclamation, "\xC3\x80 VOIR"},
                                       {BlockSymbol::check_mark, "DONE"},
                                       {BlockSymbol::exclamation, "LOOK"}}) {
        const auto rows = block_letters(symbol, word, 76);
        ASSERT_EQ(rows.size(), 7U) << word;
        for (const auto& row : rows) {
            EXPECT_EQ(row.size(), rows[0].size()) << word;
            EXPECT_LE(row.size(), 76U) << word;
            EXPECT_GT(row.size(), 40U) << word << " is not seen from afar";
        }
    }
    EXPECT_TRUE(block_letters(BlockSymbol::check_mark, "\xD8\xAA\xD9\x85", 76).empty()) << "no such letters";
    EXPECT_TRUE(block_letters(BlockSymbol::check_mark, "DONE", 20).empty()) << "no room";
}

JobResult good_wipe() {
    JobResult result;
    result.command = "wipe";
    result.outcome.document = Json::parse(R"({"schema":"regain.wipe-report/1","wipes":[
        {"drive":{"path":"/dev/sda","model":"M","serial":"S1"},"verdict":"cleared","method":"zero"}]})");
    result.outcome.certificates = {"/state/certificates/RG-1.pdf"};
    result.certificates_directory = "/state/certificates";
    result.copies_directory = "/data/certificates";
    return result;
}

TEST(ResultPage, what_failed_stands_before_what_did_not) {
    JobResult result = good_wipe();
    result.exit_status = 1;
    result.outcome.document["wipes"].push_back(
        Json::parse(R"({"drive":{"path":"/dev/sdz"},"verdict":"not-erased","method":"zero"})"));
    const Page page = result_page(result, Translator(), 80);
    ASSERT_GE(page.lines.size(), 4U);
    EXPECT_EQ(page.lines[0].text, "/dev/sdz");
    EXPECT_EQ(page.lines[1].tone, Tone::bad);
    EXPECT_NE(page.lines[2].text.find("/dev/sda"), std::string::npos);
}

std::string text_of(const JobResult& result, const std::string& language = "en") {
    return all_text(lay_out(result_page(result, Translator(language), 80), 0, {80, 25}));
}

TEST(ResultPage, is_green_only_when_everything_was_achieved_and_kept) {
    EXPECT_TRUE(is_good(good_wipe()));
    EXPECT_EQ(result_page(good_wipe(), Translator(), 80).title_tone, Tone::good);
    JobResult failed = good_wipe();
    failed.exit_status = 1;
    EXPECT_EQ(result_page(failed, Translator(), 80).title_tone, Tone::bad);
    JobResult not_copied = good_wipe();
    not_copied.copy_error = error(ErrorKind::environment, message("write {0}", "x"), message("full"));
    EXPECT_FALSE(is_good(not_copied));
    EXPECT_NE(text_of(not_copied).find("full"), std::string::npos);
}

TEST(ResultPage, says_what_happened_on_each_drive_and_where_the_certificates_lie) {
    const std::string text = text_of(good_wipe());
    for (const char* words :
         {"DONE", "/dev/sda  M  S1", "erased", "/state/certificates", "/data/certificates"})
        EXPECT_NE(text.find(words), std::string::npos) << words << text;
    EXPECT_NE(text_of(good_wipe(), "fr").find("TERMIN\xC3\x89"), std::string::npos);
}

TEST(ResultPage, never_calls_an_unknown_verdict_erased) {
    JobResult result = good_wipe();
    for (const char* verdict : {"not-erased", "sparkling", ""}) {
        result.outcome.document["wipes"][0]["verdict"] = verdict;
        EXPECT_NE(text_of(result).find("NOT erased"), std::string::npos) << verdict;
    }
}

TEST(ResultPage, shows_the_errors_of_a_job_that_did_not_begin) {
    JobResult result;
    result.command = "process";
    result.exit_status = 3;
    result.outcome.errors = {error(ErrorKind::refused, message("erase {0}", "/dev/sda"),
                                   message("it is mounted"), message("Unmount it."))};
    const std::string text = text_of(result);
    EXPECT_NE(text.find("it is mounted"), std::string::npos) << text;
    EXPECT_NE(text.find("Unmount it."), std::string::npos) << text;
}

TEST(ResultPage, of_a_whole_line_names_the_installed_system) {
    JobResult result = good_wipe();
    result.command = "process";
    result.outcome.document = Json{{"wipe", result.outcome.document},
                                   {"inspection", {{"grade", "B"}}},
                                   {"deploy",
                                    {{"deployments", Json::array({{{"result", "deployed"},
                                                                   {"drive", {{"path", "/dev/sda"}}},
                                                                   {"image", {{"name", "essentiel"}}}}})}}}};
    const std::string text = text_of(result);
    EXPECT_NE(text.find("/dev/sda: the system essentiel is installed"), std::string::npos) << text;
    EXPECT_NE(text.find("Hardware checks: B: with warnings"), std::string::npos) << text;
    result.outcome.document["deploy"]["deployments"][0]["result"] = "failed";
    EXPECT_NE(text_of(result).find("NOT installed"), std::string::npos);
}

TEST(ResultPage, is_red_and_names_what_the_server_does_not_have) {
    JobResult result = good_wipe();
    result.outcome.unsent = UnsentRecords{"http://10.0.0.1:8080", {}, std::nullopt};
    EXPECT_TRUE(is_good(result));
    EXPECT_NE(text_of(result).find("The server http://10.0.0.1:8080 has all records."), std::string::npos);
    result.outcome.unsent->files = {"certificates/RG-1.jws", "registry.db"};
    result.outcome.unsent->reason =
        error(ErrorKind::environment, message("send {0}", "x"), message("the server can't be reached"));
    EXPECT_FALSE(is_good(result));
    EXPECT_EQ(result_page(result, Translator(), 80).title_tone, Tone::bad);
    const std::string text = text_of(result);
    for (const char* words :
         {"LOOK", "http://10.0.0.1:8080", "the server can't be reached", "only in this computer's memory",
          "do NOT switch it off", "certificates/RG-1.jws, registry.db"})
        EXPECT_NE(text.find(words), std::string::npos) << words << text;
}

TEST(ResultPage, of_a_good_job_may_end_by_itself_unless_that_takes_the_records_away) {
    JobResult result = good_wipe();
    EXPECT_TRUE(may_leave(result));
    result.records_are_lost = true;
    EXPECT_FALSE(may_leave(result)) << "the page asks to copy them now";
    result = good_wipe();
    result.exit_status = 1;
    EXPECT_FALSE(may_leave(result));
    result = good_wipe();
    result.command = "inspect";
    EXPECT_FALSE(may_leave(result));
}

TEST(ResultPage, names_the_drives_that_are_not_to_be_erased_again_without_a_question) {
    DriveRecord first, second;
    first.path = "/dev/sda";
    second.path = "/dev/sdb";
    JobResult result = good_wipe();
    result.copy_error = error(ErrorKind::environment, message("write {0}", "x"), message("full"));
    EXPECT_EQ(drives_done_by(result, {first, second}).size(), 2U) << "done, although nothing could be copied";
    result.exit_status = 1;
    EXPECT_TRUE(drives_done_by(result, {first, second}).empty()) << "only erased: again does no harm";
    const Json deployment{{"result", "deployed"}, {"drive", {{"path", "/dev/sdb"}}}};
    result.outcome.document = Json{{"deploy", {{"deployments", Json::array({deployment})}}}};
    const auto done = drives_done_by(result, {first, second});
    ASSERT_EQ(done.size(), 1U) << "another drive failed, this one holds a system";
    EXPECT_EQ(done[0].path, "/dev/sdb");
}

TEST(ResultPage, says_so_when_the_records_are_lost) {
    JobResult result = good_wipe();
    result.records_are_lost = true;
    EXPECT_NE(text_of(result).find("copy them now"), std::string::npos);
}

TEST(ProseForATerminal, is_broken_between_words_and_stands_under_its_bullet) {
    EXPECT_EQ(wrap_prose("    * one two three four five six\nshort\n", 27),
              "    * one two three four\n      five six\nshort\n");
    EXPECT_EQ(wrap_prose("  → Demandez à l’atelier son certificat\n", 30),
              "  → Demandez à l’atelier son\n    certificat\n");
    const std::string row = "/dev/sda  QEMU HARDDISK  VM1  268 Mo\n";
    EXPECT_EQ(wrap_prose(row, 24), row) << "a table keeps its columns";
    EXPECT_EQ(wrap_prose("a b", 1), "a b") << "no room for words";
    EXPECT_EQ(wrap_prose("", 80), "");
    EXPECT_EQ(wrap_prose("\n\n", 80), "\n\n");
}

}  // namespace
}  // namespace regain

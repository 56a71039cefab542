#include "console/screen_questions.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "certifier/wording.h"
#include "console/progress_display.h"
#include "profiles/profile_reader.h"

namespace regain {
namespace {

std::string protections_in_words(const DriveRecord& drive, const Translator& translate) {
    std::string text;
    for (const auto& protection : drive.protection)
        text += (text.empty() ? "" : ", ") + translate(word_protection(protection));
    return text;
}

Page drives_page(const std::vector<DriveRecord>& drives, bool nothing_was_chosen,
                 const Translator& translate) {
    Page page;
    page.title = translate(message("Which drives are to be erased?"));
    if (drives.empty()) page.lines.push_back({translate(message("No drive was found."))});
    page.lines.push_back({translate(message("Everything on the drives that you tick will be lost."))});
    if (nothing_was_chosen) page.lines.push_back({translate(message("Tick at least one drive.")), Tone::bad});
    for (const auto& drive : drives) {
        PageChoice choice{drive_in_words(drive, translate)};
        if (!drive.protection.empty())
            choice.refusal = translate(message("protected: {0}", protections_in_words(drive, translate)));
        page.choices.push_back(std::move(choice));
    }
    page.keys = translate(message("Digit or space: tick   Enter: go on   Escape: back   l: language"));
    return page;
}

Page nothing_page(Message title, std::vector<Message> sentences, const Translator& translate) {
    Page page;
    page.title = translate(title);
    for (const auto& sentence : sentences) page.lines.push_back({translate(sentence)});
    page.keys = translate(message("Enter: go on"));
    return page;
}

Page confirmation_page(const DriveRecord& drive, const std::string& wanted, size_t number, size_t count,
                       bool was_wrong, const Translator& translate) {
    Page page;
    page.title = translate(message("Confirm drive {0} of {1}", number, count));
    page.title_tone = Tone::bad;
    page.lines.push_back({drive_in_words(drive, translate), Tone::strong});
    std::string contents;
    for (const auto& content : drive.contents) contents += (contents.empty() ? "" : ", ") + content;
    if (!contents.empty()) page.lines.push_back({translate(message("It holds: {0}", contents))});
    page.lines.push_back({""});
    page.lines.push_back({translate(message("EVERYTHING on it will be erased, for good.")), Tone::bad});
    page.lines.push_back({""});
    if (was_wrong)
        page.lines.push_back({translate(message("That is not it. Nothing was erased.")), Tone::bad});
    page.lines.push_back(
        {wanted == drive.serial
             ? translate(message("Type its serial number to confirm:  {0}", wanted))
             : translate(message("It has no serial number of its own. Type its path:  {0}", wanted))});
    page.keys = translate(message("Enter: confirm   Escape: back, nothing is erased"));
    return page;
}

}  // namespace

std::string keys_for_choosing(const Translator& translate) {
    return translate(message("Arrows or digit: choose   Enter: go on   Escape: back   l: language"));
}

std::string drive_in_words(const DriveRecord& drive, const Translator& translate) {
    std::string text = drive.path + "  " + human_size(drive.size_bytes, translate) + "  " +
                       translate(word_medium(medium_name(drive.medium)));
    for (const auto& part : {drive.model, drive.serial})
        if (!part.empty()) text += "  " + part;
    return text;
}

std::optional<std::vector<DriveRecord>> ask_drives(ScreenDialog& dialog,
                                                   const std::vector<DriveRecord>& drives,
                                                   const std::vector<DriveRecord>& ticked) {
    std::vector<size_t> marks;
    for (size_t i = 0; i < drives.size(); ++i)
        for (const auto& drive : ticked)
            if (drive.path == drives[i].path && drive.protection.empty()) marks.push_back(i);
    for (bool nothing_was_chosen = false;; nothing_was_chosen = true) {
        const auto chosen = dialog.choose_several(
            [&](const Translator& translate) { return drives_page(drives, nothing_was_chosen, translate); },
            marks);
        if (!chosen) return std::nullopt;
        std::vector<DriveRecord> answer;
        for (const size_t index : *chosen) answer.push_back(drives[index]);
        if (!answer.empty()) return answer;
        marks.clear();
    }
}

std::optional<ProfileChoice> ask_profile(ScreenDialog& dialog,
                                         const std::vector<std::filesystem::path>& directories) {
    const auto listings = list_profiles(directories);
    if (listings.empty()) {
        dialog.tell([](const Translator& translate) {
            return nothing_page(message("Which system?"),
                                {message("There is no profile: nothing can be installed."),
                                 message("Copy one into the folder \"profiles\" of the stick.")},
                                translate);
        });
        return std::nullopt;
    }
    const auto chosen = dialog.choose([&](const Translator& translate) {
        Page page;
        page.title = translate(message("Which system?"));
        for (const auto& listing : listings) {
            PageChoice choice{listing.name};
            if (listing.profile.ok())
                choice.text += ": " + listing.profile->title_in(translate.language());
            else
                choice.refusal = describe(listing.profile.error(), translate);
            page.choices.push_back(std::move(choice));
        }
        page.keys = keys_for_choosing(translate);
        return page;
    });
    if (!chosen) return std::nullopt;
    return ProfileChoice{listings[*chosen].path, *listings[*chosen].profile};
}

std::optional<ImageOffer> ask_image(ScreenDialog& dialog, const Profile& profile,
                                    const std::vector<ImageOffer>& images, const std::string& places) {
    if (images.empty()) {
        dialog.tell([&](const Translator& translate) {
            return nothing_page(message("Which image?"),
                                {message("There is no image of {0} in {1}.", profile.name, places),
                                 message("Copy one into the folder \"images\" of the stick or the server.")},
                                translate);
        });
        return std::nullopt;
    }
    if (images.size() == 1) return images.front();
    const auto chosen = dialog.choose([&](const Translator& translate) {
        Page page;
        page.title = translate(message("Which image?"));
        page.lines.push_back({translate(message("The newest one comes first."))});
        for (const auto& image : images) {
            std::string text = image.name + "  " + human_size(image.size_bytes, translate);
            if (is_http_url(image.location)) text += "  " + translate(message("on the server"));
            page.choices.push_back({std::move(text)});
        }
        page.keys = keys_for_choosing(translate);
        return page;
    });
    if (!chosen) return std::nullopt;
    return images[*chosen];
}

std::optional<DriveRecord> ask_target(ScreenDialog& dialog, const std::vector<DriveRecord>& drives,
                                      uint64_t minimum_bytes) {
    const auto chosen = dialog.choose([&](const Translator& translate) {
        Page page;
        page.title = translate(message("Which drive gets the system?"));
        for (const auto& drive : drives) {
            PageChoice choice{drive_in_words(drive, translate)};
            if (drive.size_bytes < minimum_bytes)
                choice.refusal =
                    translate(message("too small: {0} are needed", human_size(minimum_bytes, translate)));
            page.choices.push_back(std::move(choice));
        }
        page.keys = keys_for_choosing(translate);
        return page;
    });
    if (!chosen) return std::nullopt;
    return drives[*chosen];
}

bool ask_confirmations(ScreenDialog& dialog, const std::vector<DriveRecord>& drives,
                       const std::vector<std::string>& confirmations) {
    for (size_t i = 0; i < drives.size(); ++i) {
        for (bool was_wrong = false;; was_wrong = true) {
            const auto typed = dialog.type([&](const Translator& translate) {
                return confirmation_page(drives[i], confirmations[i], i + 1, drives.size(), was_wrong,
                                         translate);
            });
            if (!typed) return false;
            if (*typed == confirmations[i]) break;
        }
    }
    return true;
}

bool ask_yes(ScreenDialog& dialog, const std::function<Page(const Translator& translate)>& question) {
    const auto chosen = dialog.choose([&](const Translator& translate) {
        Page page = question(translate);
        page.choices = {{translate(message("No"))}, {translate(message("Yes"))}};
        page.keys = keys_for_choosing(translate);
        return page;
    });
    return chosen && *chosen == 1;
}

}  // namespace regain

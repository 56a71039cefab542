#include "wiper/wipe_journal.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/hash.h"
#include "drives/same_drive.h"
#include "reports/json_lists.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr const char* schema = "regain.wipe-journal/1";
constexpr size_t max_file_bytes = 64U << 20;
constexpr size_t max_ranges = 4096;
constexpr size_t check_digits = 16;
constexpr const char* check_member = "check";

std::string check_of(const std::string& text) {
    const ByteView bytes(reinterpret_cast<const uint8_t*>(text.data()), text.size());
    return sha256_hex(bytes).substr(0, check_digits);
}

/// A line that was torn in two is told from a whole one by its check.
std::string line_of(Json json) {
    auto text = canonical_json(json);
    if (!text.ok()) return {};
    json[check_member] = check_of(*text);
    text = canonical_json(json);
    return text.ok() ? *text + "\n" : std::string();
}

Result<Json> json_of(std::string_view line, const std::string& name) {
    const auto untrusted = [&] {
        return error(ErrorKind::untrusted, message("read {0}", name),
                     message("it is damaged, or somebody changed it"));
    };
    auto json = parse_canonical_json(line, name);
    if (!json.ok() || !json->is_object() || !json->contains(check_member)) return untrusted();
    const Json check = (*json)[check_member];
    json->erase(check_member);
    const auto text = canonical_json(*json);
    if (!text.ok() || check != check_of(*text)) return untrusted();
    return json;
}

Json ranges_to_json(const std::vector<ByteRange>& ranges) {
    Json list = Json::array();
    for (const ByteRange& range : ranges) list.push_back(Json::array({range.offset, range.length}));
    return list;
}

bool is_number(const Json& json) {
    return json.is_number_unsigned() || (json.is_number_integer() && json.get<int64_t>() >= 0);
}

std::vector<ByteRange> ranges_from(JsonReader& reader, const char* key) {
    std::vector<ByteRange> ranges;
    const Json& list = reader.array(key);
    if (list.size() > max_ranges) reader.fail(message("the member {0} is too long", key));
    for (const Json& pair : list) {
        const bool is_range = pair.is_array() && pair.size() == 2 && is_number(pair[0]) && is_number(pair[1]);
        const ByteRange range =
            is_range ? ByteRange{pair[0].get<uint64_t>(), pair[1].get<uint64_t>()} : ByteRange{};
        if (range.length == 0 || range.length > UINT64_MAX - range.offset)
            reader.fail(message("the member {0} holds something that is no range", key));
        else
            ranges.push_back(range);
    }
    return ranges;
}

std::vector<uint64_t> numbers_from(JsonReader& reader, const char* key) {
    std::vector<uint64_t> numbers;
    for (const Json& number : reader.array(key)) {
        if (is_number(number) && numbers.size() < max_ranges)
            numbers.push_back(number.get<uint64_t>());
        else
            reader.fail(message("the member {0} holds something that is no number", key));
    }
    return numbers;
}

void put_key(Json& json, const RandomStream::Key& key) {
    json["cipher"] = cipher_name(key.cipher);
    json["key"] = to_hex(key.key);
    json["nonce"] = to_hex(key.nonce);
}

RandomStream::Key key_from(JsonReader& reader) {
    RandomStream::Key key;
    Bytes bytes, nonce;
    if (!from_hex(reader.text("key"), bytes) || bytes.size() != key.key.size() ||
        !from_hex(reader.text("nonce"), nonce) || nonce.size() != key.nonce.size()) {
        reader.fail(message("its key is none"));
        return key;
    }
    if (!parse_cipher(reader.text("cipher"), key.cipher)) reader.fail(message("its key is none"));
    std::copy(bytes.begin(), bytes.end(), key.key.begin());
    std::copy(nonce.begin(), nonce.end(), key.nonce.begin());
    return key;
}

MarkerFacts marker_facts_from(const Json& json) {
    JsonReader reader(json, "markers");
    return {
        reader.number_or("planned"),   reader.number_or("block_bytes"), reader.number_or("unreadable_before"),
        reader.number_or("written"),   reader.number_or("stored"),      reader.number_or("checked"),
        reader.number_or("gone"),      reader.number_or("still_there"), reader.number_or("old_content"),
        reader.number_or("unexpected")};
}

Json marker_note_to_json(const MarkerNote& note) {
    Json json{{"facts", to_json(note.facts)}, {"places", ranges_to_json(note.places)}};
    put_key(json, note.key);
    return json;
}

Result<MarkerNote> marker_note_from(const Json& json) {
    JsonReader reader(json, "markers");
    MarkerNote note{key_from(reader), ranges_from(reader, "places"),
                    marker_facts_from(reader.object("facts"))};
    REGAIN_TRY(reader.status());
    return note;
}

Json sample_to_json(const SamplePlan& sample) {
    return Json{{"regions", sample.regions},
                {"random_places", sample.random_places},
                {"region_bytes", sample.region_bytes},
                {"share_ppm", sample.share_ppm},
                {"detectable_leftover_bytes", sample.detectable_leftover_bytes},
                {"detectable_contiguous_bytes", sample.detectable_contiguous_bytes}};
}

SamplePlan sample_from(const Json& json) {
    JsonReader reader(json, "a sample");
    return {{},
            reader.number_or("regions"),
            reader.number_or("random_places"),
            reader.number_or("region_bytes"),
            reader.number_or("share_ppm"),
            reader.number_or("detectable_leftover_bytes"),
            reader.number_or("detectable_contiguous_bytes")};
}

Json read_back_to_json(const ReadBack& found) {
    Json json{{"bytes_read", found.bytes_read},
              {"mismatching_sectors", found.mismatching_sectors},
              {"unreadable_sectors", found.unreadable_sectors},
              {"first_mismatches", found.first_mismatches}};
    if (found.sample) json["sample"] = sample_to_json(*found.sample);
    return json;
}

Result<ReadBack> read_back_from(const Json& json) {
    JsonReader reader(json, "a reading back");
    ReadBack found;
    found.bytes_read = reader.number("bytes_read");
    found.mismatching_sectors = reader.number("mismatching_sectors");
    found.unreadable_sectors = reader.number("unreadable_sectors");
    found.first_mismatches = numbers_from(reader, "first_mismatches");
    if (reader.has("sample")) found.sample = sample_from(reader.object("sample"));
    REGAIN_TRY(reader.status());
    return found;
}

Json unwritable_to_json(const UnwritableSectors& found) {
    return Json{{"sectors", found.sectors},
                {"readable_sectors", found.readable_sectors},
                {"first_readable_lbas", found.first_readable_lbas},
                {"is_known", found.is_known},
                {"reading_cut_short", found.reading_cut_short},
                {"retries_cut_short", found.retries_cut_short}};
}

UnwritableSectors unwritable_from(const Json& json) {
    JsonReader reader(json, "sectors that could not be written");
    return {reader.number_or("sectors"),
            reader.number_or("readable_sectors"),
            numbers_from(reader, "first_readable_lbas"),
            reader.boolean_or("is_known"),
            reader.boolean_or("reading_cut_short"),
            reader.boolean_or("retries_cut_short")};
}

Json overwrite_to_json(const OverwriteEnd& end) {
    Json json{{"failed", ranges_to_json(end.failed)}, {"recent", ranges_to_json(end.recent)}};
    if (end.unwritable) json["unwritable"] = unwritable_to_json(*end.unwritable);
    return json;
}

Result<OverwriteEnd> overwrite_from(const Json& json) {
    JsonReader reader(json, "an overwrite");
    OverwriteEnd end{ranges_from(reader, "failed"), ranges_from(reader, "recent"), std::nullopt};
    if (reader.has("unwritable")) end.unwritable = unwritable_from(reader.object("unwritable"));
    REGAIN_TRY(reader.status());
    return end;
}

Result<JournaledStep> journaled_step_from(JsonReader& reader) {
    JournaledStep step;
    REGAIN_ASSIGN(step.result, step_result_from_json(reader.object("result")));
    step.counted_sectors = reader.number("counted_sectors");
    if (reader.has("markers")) {
        REGAIN_ASSIGN(step.markers, marker_note_from(reader.object("markers")));
    }
    if (reader.has("overwrite")) {
        REGAIN_ASSIGN(step.overwrite, overwrite_from(reader.object("overwrite")));
    }
    if (reader.has("read_back")) {
        REGAIN_ASSIGN(step.read_back, read_back_from(reader.object("read_back")));
    }
    return step;
}

Result<WipeMark> mark_from(JsonReader& reader) {
    WipeMark mark{ranges_from(reader, "remaining"), ranges_from(reader, "recent"),
                  reader.number("elapsed_ms"), reader.number("counted_sectors"), std::nullopt};
    if (reader.has("read_back")) {
        REGAIN_ASSIGN(mark.read_back, read_back_from(reader.object("read_back")));
    }
    return mark;
}

Result<WipeJournalContent> header_from(const Json& json) {
    JsonReader reader(json, "the journal of a wipe");
    WipeJournalContent content;
    if (reader.text("schema") != schema) reader.fail(message("its schema is not {0}", schema));
    content.started = reader.text("started");
    content.rung = reader.number("rung");
    REGAIN_TRY(reader.status());
    REGAIN_ASSIGN(content.plan, wipe_plan_from_json(reader.object("plan")));
    if (content.rung > content.plan.fallbacks.size())
        reader.fail(message("its plan does not have this fallback"));
    REGAIN_TRY(list_from_json(reader.array("attempts"), content.attempts, wipe_attempt_from_json));
    REGAIN_TRY(reader.status());
    return content;
}

/// Puts what a line says into the content.
Status take_line(const Json& json, WipeJournalContent& content) {
    JsonReader reader(json, "the journal of a wipe");
    const std::string kind = reader.text("line");
    if (kind == "resumption") {
        content.resumptions.push_back(reader.object("facts"));
        return reader.status();
    }
    const size_t number = reader.number("step");
    REGAIN_TRY(reader.status());
    if (number >= content.current_plan().steps.size())
        reader.fail(message("its plan does not have this step"));
    if (kind == "stream") {
        content.streams[number] = key_from(reader);
    } else if (kind == "step") {
        if (number != content.steps.size()) reader.fail(message("a step is missing"));
        REGAIN_ASSIGN(auto step, journaled_step_from(reader));
        content.steps.push_back(std::move(step));
    } else if (kind == "mark") {
        REGAIN_ASSIGN(content.marks[number], mark_from(reader));
    } else {
        reader.fail(message("it holds an unknown line"));
    }
    return reader.status();
}

}  // namespace

std::string header_line(const WipeJournalContent& content) {
    return line_of({{"schema", schema},
                    {"started", content.started},
                    {"rung", content.rung},
                    {"plan", to_json(content.plan)},
                    {"attempts", list_to_json(content.attempts)}});
}

std::string stream_line(size_t step, const RandomStream::Key& key) {
    Json json{{"line", "stream"}, {"step", step}};
    put_key(json, key);
    return line_of(std::move(json));
}

std::string step_line(size_t step, const JournaledStep& ended) {
    Json json{{"line", "step"},
              {"step", step},
              {"result", to_json(ended.result)},
              {"counted_sectors", ended.counted_sectors}};
    if (ended.markers) json["markers"] = marker_note_to_json(*ended.markers);
    if (ended.overwrite) json["overwrite"] = overwrite_to_json(*ended.overwrite);
    if (ended.read_back) json["read_back"] = read_back_to_json(*ended.read_back);
    return line_of(std::move(json));
}

std::string mark_line(size_t step, const WipeMark& mark) {
    Json json{{"line", "mark"},
              {"step", step},
              {"remaining", ranges_to_json(mark.remaining)},
              {"recent", ranges_to_json(mark.recent)},
              {"elapsed_ms", mark.elapsed_ms},
              {"counted_sectors", mark.counted_sectors}};
    if (mark.read_back) json["read_back"] = read_back_to_json(*mark.read_back);
    return line_of(std::move(json));
}

std::string resumption_line(const Json& facts) {
    return line_of({{"line", "resumption"}, {"facts", facts}});
}

std::string wipe_journal_text(const WipeJournalContent& content) {
    std::string text = header_line(content);
    for (const auto& [step, key] : content.streams) text += stream_line(step, key);
    for (const Json& facts : content.resumptions) text += resumption_line(facts);
    for (size_t i = 0; i < content.steps.size(); ++i) text += step_line(i, content.steps[i]);
    for (const auto& [step, mark] : content.marks) text += mark_line(step, mark);
    return text;
}

Result<WipeJournalContent> parse_wipe_journal(std::string_view text, const std::string& name) {
    std::optional<WipeJournalContent> content;
    while (!text.empty() || !content) {
        const size_t end = std::min(text.find('\n'), text.size());
        const bool is_last = end + 1 >= text.size();
        auto json = json_of(text.substr(0, end), name);
        // The first line was there as a whole before anything was written to the drive.
        if (!json.ok() && is_last && content) break;
        if (!json.ok()) return json.error();
        if (content) {
            REGAIN_TRY(take_line(*json, *content));
        } else {
            REGAIN_ASSIGN(content, header_from(*json));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return std::move(*content);
}

Result<WipeJournalContent> read_wipe_journal(const fs::path& file) {
    std::error_code failed;
    // A pipe would keep us waiting; a link could lead anywhere.
    if (!fs::is_regular_file(fs::symlink_status(file, failed)))
        return error(ErrorKind::untrusted, message("read {0}", file.string()),
                     message("it is not a regular file"));
    REGAIN_ASSIGN(const std::string text, read_file(file, max_file_bytes));
    return parse_wipe_journal(text, file.string());
}

bool can_be_resumed(const WipePlan& plan) {
    const DriveRecord& drive = plan.drive;
    if (drive.is_virtual() || !plan.spoken_serial.empty()) return true;
    return drive.serial_source != "bridge" && (!drive.serial.empty() || !drive.wwn.empty());
}

fs::path wipe_journal_file(const fs::path& directory, const WipePlan& plan) {
    DriveRecord named = plan.drive;
    // Behind a dock: its name alone would be that of each drive in it.
    if (!plan.spoken_serial.empty() && plan.spoken_serial != named.serial)
        named.wwn += "\n" + plan.spoken_serial;
    // Loop devices and files are told apart by their paths.
    if (named.is_virtual()) named.wwn += "\n" + named.path;
    return (directory / file_name_of(named)).replace_extension(".jsonl");
}

}  // namespace regain

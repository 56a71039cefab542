#include "certifier/registry.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <string>
#include <thread>

#include "base/file.h"
#include "base/hash.h"
#include "certifier/registry_export.h"
#include "certifier/registry_verification.h"
#include "temporary_state.h"

namespace regain {
namespace {

using RegistryFile = TemporaryState;

RegistryFilter filter(const char* value, std::string RegistryFilter::*member) {
    RegistryFilter result;
    result.*member = value;
    return result;
}

TEST_F(RegistryFile, starts_with_a_record_of_its_station) {
    const Registry log = registry();
    const auto records = log.reader().list({});
    ASSERT_TRUE(records.ok()) << in_english(records.error());
    ASSERT_EQ(records->size(), 1U);
    EXPECT_EQ(records->front().kind, "event");
    EXPECT_EQ(records->front().event, "station-created");
    EXPECT_TRUE(path_exists(registry_head_path(state_)));
}

TEST_F(RegistryFile, a_document_names_the_tree_before_it) {
    Registry log = registry();
    const TreeReference before = log.reader().tree(1).value();
    const auto record = append(log, station(), "intent", "RG-A");
    ASSERT_TRUE(record.ok()) << in_english(record.error());
    EXPECT_EQ(record->index, 1U);
    const auto entry = log.reader().show("RG-A");
    ASSERT_TRUE(entry.ok());
    EXPECT_EQ(entry->record.document_sha256, sha256_hex(as_bytes(*entry->document)));
    const auto document = verify_jws(*entry->document, "regain.test+jws");
    ASSERT_TRUE(document.ok());
    EXPECT_EQ(tree_reference_from_json(document->payload["registry"]).value(), before);
}

TEST_F(RegistryFile, lists_by_kind_lot_and_machine) {
    Registry log = registry();
    ASSERT_TRUE(append(log, station(), "intent", "RG-A").ok());
    ASSERT_TRUE(append(log, station(), "outcome", "RG-B", "RG-A").ok());
    EXPECT_EQ(log.reader().list({})->size(), 3U);
    EXPECT_EQ(log.reader().list(filter("outcome", &RegistryFilter::kind))->size(), 1U);
    EXPECT_EQ(log.reader().list(filter("lot-1", &RegistryFilter::lot))->size(), 2U);
    EXPECT_EQ(log.reader().list(filter("other", &RegistryFilter::machine))->size(), 0U);
    EXPECT_EQ(log.reader().list(filter("RG-B", &RegistryFilter::id))->front().refers_to, "RG-A");
    const auto missing = log.reader().show("RG-Z");
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().kind, ErrorKind::usage);
}

TEST_F(RegistryFile, goes_on_after_it_was_closed) {
    { ASSERT_TRUE(append(*std::make_unique<Registry>(registry()), station(), "intent", "RG-A").ok()); }
    Registry again = registry();
    ASSERT_TRUE(append(again, station(), "outcome", "RG-B", "RG-A").ok());
    EXPECT_EQ(*again.reader().size(), 3U);
}

TEST_F(RegistryFile, proofs_hold_against_its_signed_heads) {
    Registry log = registry();
    for (int i = 0; i < 6; ++i)
        ASSERT_TRUE(append(log, station(), "outcome", "RG-" + std::to_string(i)).ok());
    Bytes old_root, root;
    ASSERT_TRUE(from_hex(log.reader().tree(4)->root, old_root));
    ASSERT_TRUE(from_hex(log.reader().tree(7)->root, root));
    EXPECT_TRUE(verify_merkle_consistency(4, 7, old_root, root, *log.reader().consistency_proof(4, 7)));
    const auto record = log.reader().show("RG-3");
    const Bytes leaf = merkle_leaf(as_bytes(*canonical_json(to_json(record->record))));
    EXPECT_TRUE(verify_merkle_inclusion(leaf, record->record.index, 7,
                                        *log.reader().inclusion_proof(record->record.index, 7), root));
}

TEST_F(RegistryFile, a_document_that_could_not_be_made_leaves_nothing) {
    Registry log = registry();
    const auto failed = log.append({.kind = "intent",
                                    .event = {},
                                    .id = "RG-A",
                                    .machine = {},
                                    .lot = {},
                                    .refers_to = {},
                                    .document_type = "t",
                                    .clock = reading()},
                                   [](const TreeReference&) -> Result<std::string> {
                                       return error(ErrorKind::failed, message("make it"), message("no"));
                                   });
    EXPECT_FALSE(failed.ok());
    EXPECT_EQ(*log.reader().size(), 1U);
    EXPECT_TRUE(append(log, station(), "intent", "RG-B").ok());
}

TEST_F(RegistryFile, a_full_disk_is_an_error_and_loses_nothing) {
    Registry log = registry();
    ASSERT_TRUE(append(log, station(), "intent", "RG-A").ok());
    // A limit on the size of files stands for the full disk.
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{std::filesystem::file_size(registry_path(state_)), before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    Result<RegistryRecord> appended = append(log, station(), "outcome", "RG-0", "RG-A");
    for (int i = 1; appended.ok() && i < 30; ++i)
        appended = append(log, station(), "outcome", "RG-" + std::to_string(i), "RG-A");
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, old_handler);

    ASSERT_FALSE(appended.ok());
    EXPECT_EQ(appended.error().kind, ErrorKind::environment);
    const auto verification = verify_registry(registry_path(state_), state_, *trust_of(state_, {}));
    ASSERT_TRUE(verification.ok());
    EXPECT_TRUE(verification->intact) << in_english(*verification->first_fault);
    EXPECT_TRUE(append(log, station(), "outcome", "RG-LATER", "RG-A").ok());
}

TEST_F(RegistryFile, refuses_the_registry_of_another_station) {
    { registry(); }
    const auto other = Station::open_or_create(state_ / "other", {"Other", ""}, clock_);
    ASSERT_TRUE(other.ok());
    std::filesystem::copy_file(registry_path(state_), registry_path(state_ / "other"));
    const auto opened = Registry::open(*other, reading());
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().kind, ErrorKind::untrusted);
}

TEST_F(RegistryFile, refuses_an_old_copy_of_itself) {
    { registry(); }
    std::filesystem::copy_file(registry_path(state_), state_ / "old.db");
    {
        Registry log = registry();
        ASSERT_TRUE(append(log, station(), "intent", "RG-A").ok());
    }
    std::filesystem::copy_file(state_ / "old.db", registry_path(state_),
                               std::filesystem::copy_options::overwrite_existing);
    const auto opened = Registry::open(station(), reading());
    ASSERT_FALSE(opened.ok());
    EXPECT_NE(in_english(opened.error()).find("cut short"), std::string::npos);
}

TEST_F(RegistryFile, refuses_to_start_again_where_there_was_one) {
    { registry(); }
    std::filesystem::remove(registry_path(state_));
    EXPECT_FALSE(Registry::open(station(), reading()).ok());
}

TEST_F(RegistryFile, a_head_file_that_is_older_is_a_power_cut_and_nothing_more) {
    { registry(); }
    const std::string old_head = read_file(registry_head_path(state_)).value();
    {
        Registry log = registry();
        ASSERT_TRUE(append(log, station(), "intent", "RG-A").ok());
    }
    ASSERT_TRUE(write_file(registry_head_path(state_), old_head).ok());
    EXPECT_TRUE(Registry::open(station(), reading()).ok());
}

TEST_F(RegistryFile, two_writers_at_once_lose_nothing) {
    const Station signer = station();
    { registry(); }
    const auto write_some = [&](const std::string& name) {
        auto log = Registry::open(signer, reading());
        ASSERT_TRUE(log.ok()) << in_english(log.error());
        for (int i = 0; i < 8; ++i) {
            const auto appended = append(*log, signer, "outcome", "RG-" + name + std::to_string(i));
            ASSERT_TRUE(appended.ok()) << in_english(appended.error());
        }
    };
    std::thread first(write_some, "a"), second(write_some, "b");
    first.join();
    second.join();
    const auto verification = verify_registry(registry_path(state_), state_, *trust_of(state_, {}));
    ASSERT_TRUE(verification.ok());
    EXPECT_TRUE(verification->intact) << in_english(*verification->first_fault);
    EXPECT_EQ(verification->records, 17U);
}

TEST_F(RegistryFile, exports_json_lines_that_hold_the_documents) {
    Registry log = registry();
    ASSERT_TRUE(append(log, station(), "outcome", "RG-A").ok());
    std::vector<Json> lines;
    ASSERT_TRUE(export_json_lines(log.reader(), {}, [&](std::string_view line) {
                    EXPECT_EQ(line.back(), '\n');
                    lines.push_back(Json::parse(line));
                    return done();
                }).ok());
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[1]["record"]["id"], "RG-A");
    EXPECT_EQ(lines[1]["document"]["donor"], "=Mairie, \"centre\"");
    EXPECT_TRUE(verify_jws(lines[1]["jws"].get<std::string>(), "regain.test+jws").ok());
}

TEST_F(RegistryFile, exports_csv_that_no_spreadsheet_takes_for_a_formula) {
    Registry log = registry();
    const Station signer = station();
    const NewRecord fields{.kind = "outcome",
                           .event = {},
                           .id = "RG-A",
                           .machine = "m",
                           .lot = "=1+1",
                           .refers_to = {},
                           .document_type = "regain.test+jws",
                           .clock = reading()};
    ASSERT_TRUE(log.append(fields,
                           [&](const TreeReference& before) {
                               return sign_jws(Json{{"id", "RG-A"},
                                                    {"registry", to_json(before)},
                                                    {"job", {{"donor", "Dupont, \"fils\""}}}},
                                               "regain.test+jws", signer.key());
                           })
                    .ok());
    std::vector<std::string> lines;
    ASSERT_TRUE(
        export_csv(log.reader(), filter("outcome", &RegistryFilter::kind), [&](std::string_view line) {
            lines.emplace_back(line);
            return done();
        }).ok());
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].substr(0, 11), "index,kind,");
    EXPECT_NE(lines[1].find(",'=1+1,"), std::string::npos) << lines[1];
    EXPECT_NE(lines[1].find("\"Dupont, \"\"fils\"\"\""), std::string::npos) << lines[1];
    EXPECT_EQ(lines[1].substr(lines[1].size() - 2), "\r\n");
}

}  // namespace
}  // namespace regain

#include "certifier/registry_verification.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <functional>
#include <memory>
#include <string>

#include "base/file.h"
#include "temporary_state.h"

namespace regain {
namespace {

// Anybody's tool: changes the file as an attacker or a failing stick would.
class RawDatabase {
  public:
    explicit RawDatabase(const std::filesystem::path& path) {
        EXPECT_EQ(sqlite3_open(path.c_str(), &handle_), SQLITE_OK);
        run("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY");
    }
    ~RawDatabase() { sqlite3_close(handle_); }
    RawDatabase(const RawDatabase&) = delete;
    RawDatabase& operator=(const RawDatabase&) = delete;
    void run(const std::string& sql) {
        char* words = nullptr;
        EXPECT_EQ(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &words), SQLITE_OK)
            << sql << ": " << words;
        sqlite3_free(words);
    }
    std::vector<std::vector<std::string>> rows(const std::string& sql) {
        std::vector<std::vector<std::string>> result;
        sqlite3_exec(
            handle_, sql.c_str(),
            [](void* target, int count, char** values, char**) {
                std::vector<std::string> row;
                for (int i = 0; i < count; ++i) row.emplace_back(values[i] == nullptr ? "" : values[i]);
                static_cast<std::vector<std::vector<std::string>>*>(target)->push_back(row);
                return 0;
            },
            &result, nullptr);
        return result;
    }

  private:
    sqlite3* handle_ = nullptr;
};

class RegistryVerificationTest : public TemporaryState {
  protected:
    void SetUp() override {
        Registry log = registry();
        const Station signer = station();
        ASSERT_TRUE(append(log, signer, "intent", "RG-A").ok());
        ASSERT_TRUE(append(log, signer, "outcome", "RG-B", "RG-A").ok());
    }
    std::filesystem::path database() const { return registry_path(state_); }
    RegistryVerification verify() const {
        auto result = verify_registry(database(), state_, *trust_of(state_, {}));
        EXPECT_TRUE(result.ok()) << in_english(result.error());
        return std::move(result).value();
    }
    bool is_intact() const {
        auto result = verify_registry(database(), std::nullopt, TrustAnchors());
        return result.ok() && result->intact;
    }
    std::string why() const {
        const auto result = verify();
        return result.first_fault ? in_english(*result.first_fault) : "";
    }
};

TEST_F(RegistryVerificationTest, an_untouched_registry_is_intact_and_its_signer_known) {
    const auto result = verify();
    EXPECT_TRUE(result.intact) << why();
    EXPECT_TRUE(result.signer_known);
    EXPECT_EQ(result.records, 3U);
    EXPECT_EQ(result.intents, 1U);
    EXPECT_EQ(result.outcomes, 1U);
    EXPECT_EQ(result.events, 1U);
    EXPECT_EQ(result.intents_without_outcome, 0U);
    EXPECT_EQ(result.tree.size, 3U);
    EXPECT_EQ(result.station_id, station().identity().id);
}

TEST_F(RegistryVerificationTest, who_signed_is_another_question) {
    const auto result = verify_registry(database(), state_, TrustAnchors());
    ASSERT_TRUE(result.ok());
    EXPECT_TRUE(result->intact);
    EXPECT_FALSE(result->signer_known);
}

TEST_F(RegistryVerificationTest, a_missing_file_is_an_error) {
    const auto result = verify_registry(state_ / "absent.db", std::nullopt, TrustAnchors());
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, ErrorKind::environment);
}

TEST_F(RegistryVerificationTest, a_file_that_is_no_database_is_not_intact) {
    ASSERT_TRUE(write_file(state_ / "x.db", std::string(5000, 'x')).ok());
    const auto result = verify_registry(state_ / "x.db", std::nullopt, TrustAnchors());
    ASSERT_TRUE(result.ok()) << in_english(result.error());
    EXPECT_FALSE(result->intact);
}

struct Column {
    const char* name;
    const char* table;
    const char* key;
    const char* value;
    bool is_blob;
};

class RegistryColumn : public RegistryVerificationTest, public testing::WithParamInterface<Column> {};

// Every byte of every value of every row, flipped in turn; one test for each column of each table.
TEST_P(RegistryColumn, notices_every_flipped_byte) {
    const std::string table = GetParam().table, key = GetParam().key, value = GetParam().value;
    const auto literal = [](const std::string& hex) {
        return GetParam().is_blob ? "x'" + hex + "'" : "CAST(x'" + hex + "' AS TEXT)";
    };
    RawDatabase raw(database());
    size_t flips = 0;
    for (const auto& row : raw.rows("SELECT " + key + ", hex(" + value + ") FROM " + table)) {
        const std::string set = "UPDATE " + table + " SET " + value + " = ";
        const std::string where = " WHERE " + key + " = " + row[0];
        for (size_t byte = 0; byte < row[1].size() / 2; ++byte, ++flips) {
            std::string hex = row[1];
            const auto flipped = static_cast<uint8_t>(std::stoul(hex.substr(2 * byte, 2), nullptr, 16) ^ 1U);
            hex.replace(2 * byte, 2, to_hex({&flipped, 1}));
            raw.run(set + literal(hex) + where);
            ASSERT_FALSE(is_intact()) << table << "." << value << where << " byte " << byte;
            raw.run(set + literal(row[1]) + where);
        }
    }
    EXPECT_GE(flips, 20U);
    EXPECT_TRUE(is_intact()) << why();
}

INSTANTIATE_TEST_SUITE_P(Registry, RegistryColumn,
                         testing::Values(Column{"record", "record", "leaf", "record", false},
                                         Column{"id", "record", "leaf", "id", false},
                                         Column{"document", "document", "leaf", "body", false},
                                         Column{"head", "tree_head", "size", "head", false},
                                         Column{"node", "node", "level * 1000 + position", "hash", true}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_F(RegistryVerificationTest, notices_changed_keys_missing_rows_and_rows_too_many) {
    const std::string whole = read_file(database()).value();
    for (const char* sql :
         {"UPDATE record SET leaf = 7 WHERE leaf = 2", "UPDATE document SET leaf = 7 WHERE leaf = 2",
          "UPDATE tree_head SET size = 7 WHERE size = 3", "UPDATE node SET level = 9 WHERE level = 1",
          "UPDATE node SET position = 9 WHERE level = 1", "DELETE FROM record WHERE leaf = 1",
          "DELETE FROM record WHERE leaf = 2", "DELETE FROM document WHERE leaf = 1",
          "DELETE FROM tree_head WHERE size = 1", "DELETE FROM node WHERE level = 1", "DELETE FROM record",
          "INSERT INTO node VALUES (5, 5, x'00')", "INSERT INTO tree_head VALUES (9, 'x')",
          "INSERT INTO document VALUES (9, 'x')", "INSERT INTO document VALUES (9, NULL)",
          "INSERT INTO record VALUES (3, 'RG-A', '{}')", "UPDATE document SET body = NULL WHERE leaf = 2",
          "UPDATE document SET body = (SELECT body FROM document WHERE leaf = 1) WHERE leaf = 2"}) {
        RawDatabase(database()).run(sql);
        EXPECT_FALSE(is_intact()) << sql;
        ASSERT_TRUE(write_file(database(), whole).ok());
    }
    EXPECT_TRUE(is_intact());
}

TEST_F(RegistryVerificationTest, notices_anything_else_in_the_file) {
    const std::string whole = read_file(database()).value();
    for (const char* sql :
         {"CREATE TABLE hidden (x)", "CREATE INDEX hidden ON record (record)",
          "CREATE VIEW hidden AS SELECT 1", "ALTER TABLE record ADD COLUMN hidden TEXT",
          "CREATE TRIGGER hidden AFTER INSERT ON record BEGIN SELECT 1; END", "DROP INDEX record_by_id",
          "PRAGMA user_version = 2", "PRAGMA application_id = 5", "ANALYZE"}) {
        RawDatabase(database()).run(sql);
        EXPECT_FALSE(is_intact()) << sql;
        ASSERT_TRUE(write_file(database(), whole).ok());
    }
}

TEST_F(RegistryVerificationTest, notices_a_value_of_another_type) {
    const std::string whole = read_file(database()).value();
    {
        RawDatabase raw(database());
        raw.run("PRAGMA writable_schema = ON");
        raw.run(
            "UPDATE sqlite_schema SET sql = replace(sql, 'body TEXT) STRICT', 'body TEXT)') WHERE name = "
            "'document'");
    }
    {
        RawDatabase raw(database());
        raw.run("UPDATE document SET body = CAST(body AS BLOB) WHERE leaf = 1");
        raw.run("PRAGMA writable_schema = ON");
        raw.run("UPDATE sqlite_schema SET sql = sql || ' STRICT' WHERE name = 'document'");
    }
    EXPECT_FALSE(is_intact());
}

TEST_F(RegistryVerificationTest, notices_a_log_cut_short_by_the_head_file) {
    const std::string whole = read_file(database()).value();
    RawDatabase(database())
        .run(
            "DELETE FROM record WHERE leaf = 2; DELETE FROM document WHERE leaf = 2;"
            "DELETE FROM tree_head WHERE size = 3; DELETE FROM node WHERE level = 0 AND position = 2");
    EXPECT_TRUE(is_intact()) << "by itself a shorter log is whole";
    EXPECT_NE(why().find("cut short"), std::string::npos) << why();
    std::filesystem::remove(registry_head_path(state_));
    EXPECT_TRUE(verify().intact);
}

TEST_F(RegistryVerificationTest, notices_a_log_cut_short_by_a_certificate) {
    {
        Registry log = registry();
        const Station signer = station();
        const std::string id = "RG-7K3M-9QWX-2F4T-8HJP";
        std::string jws;
        const NewRecord fields{.kind = "outcome",
                               .event = {},
                               .id = id,
                               .machine = {},
                               .lot = {},
                               .refers_to = {},
                               .document_type = "regain.certificate+jws",
                               .clock = reading()};
        ASSERT_TRUE(log.append(fields,
                               [&](const TreeReference& before) {
                                   auto made = sign_jws(Json{{"id", id}, {"registry", to_json(before)}},
                                                        "regain.certificate+jws", signer.key());
                                   jws = *made;
                                   return made;
                               })
                        .ok());
        ASSERT_TRUE(make_directories(state_ / "certificates").ok());
        ASSERT_TRUE(write_file(state_ / "certificates" / (id + ".jws"), jws).ok());
    }
    auto result = verify();
    EXPECT_TRUE(result.intact) << why();
    EXPECT_EQ(result.certificates_checked, 1U);
    std::filesystem::remove(registry_head_path(state_));
    RawDatabase(database())
        .run(
            "DELETE FROM record WHERE leaf = 3; DELETE FROM document WHERE leaf = 3;"
            "DELETE FROM tree_head WHERE size = 4;"
            "DELETE FROM node WHERE level = 0 AND position = 3;"
            "DELETE FROM node WHERE level = 1 AND position = 1;"
            "DELETE FROM node WHERE level = 2 AND position = 0");
    EXPECT_TRUE(is_intact());
    EXPECT_NE(why().find("cut short"), std::string::npos) << why();
}

TEST_F(RegistryVerificationTest, an_erased_body_is_fine_when_a_record_says_so) {
    {
        Registry log = registry();
        ASSERT_TRUE(log.erase_body("RG-B", "retention ended", reading()).ok());
        EXPECT_FALSE(log.reader().show("RG-B")->document.has_value());
        EXPECT_FALSE(log.erase_body("RG-B", "again", reading()).ok());
    }
    const auto result = verify();
    EXPECT_TRUE(result.intact) << why();
    EXPECT_EQ(result.bodies_erased, 1U);
    EXPECT_FALSE(result.remarks.empty());
    // The content is gone from the file, not only from the table: "donor" is in each body and RG-A keeps its
    // own.
    RawDatabase(database()).run("UPDATE document SET body = 'x' WHERE leaf = 2");
    EXPECT_FALSE(is_intact()) << "a body that is said to be erased, and is there";
}

TEST_F(RegistryVerificationTest, a_job_without_an_outcome_is_mentioned) {
    {
        Registry log = registry();
        ASSERT_TRUE(append(log, station(), "intent", "RG-C").ok());
    }
    const auto result = verify();
    EXPECT_TRUE(result.intact);
    EXPECT_EQ(result.intents_without_outcome, 1U);
}

}  // namespace
}  // namespace regain

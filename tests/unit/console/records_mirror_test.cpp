#include "console/records_mirror.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.h"
#include "base/hash.h"
#include "tests/unit/certifier/temporary_state.h"

namespace regain {
namespace {

// The server's folder, and what it was asked for.
struct Folder {
    std::map<std::string, std::string> files;  ///< path below /records/STATION/
    std::vector<std::string> asked;            ///< "PUT station.pem"
    /// A status or an error instead of the proper answer.
    std::function<std::optional<Result<unsigned>>(const std::string& path)> fault;
};

class FolderTransport final : public HttpTransport {
  public:
    FolderTransport(Folder& folder, std::string prefix) : folder_(folder), prefix_(std::move(prefix)) {}

    Result<HttpReply> send(const HttpRequest& request, const HttpReceiver&) override {
        EXPECT_EQ(request.url.find(prefix_), 0U) << request.url;
        const std::string path = request.url.substr(prefix_.size());
        const bool is_put = request.method == HttpMethod::put;
        folder_.asked.push_back((is_put ? "PUT " : "DELETE ") + path);
        const auto other = folder_.fault ? folder_.fault(path) : std::nullopt;
        if (other && !other->ok()) return other->error();
        if (other) return HttpReply{**other, {}};
        if (!is_put) {
            folder_.files.erase(path);
            return HttpReply{204, {}};
        }
        EXPECT_EQ(request.headers,
                  std::vector<std::string>{"X-Content-SHA256: " + sha256_hex(as_bytes(request.body))});
        const bool is_there = folder_.files.count(path) != 0 && folder_.files[path] == request.body;
        folder_.files[path] = request.body;
        return HttpReply{is_there ? 200U : 201U, {}};
    }

  private:
    Folder& folder_;
    std::string prefix_;
};

Error no_answer() {
    return error(ErrorKind::environment, message("send it"), message("the server can't be reached"));
}

class Mirror : public TemporaryState {
  protected:
    RecordsMirror mirror(const std::string& server = "http://server:8080") {
        const std::string prefix = "http://server:8080/records/" + station().identity().id + "/";
        return {state_, server,
                [this, prefix] { return std::make_unique<FolderTransport>(folder_, prefix); }};
    }
    void put(const std::string& name, const std::string& content) {
        ASSERT_TRUE(make_directories((state_ / name).parent_path()).ok());
        ASSERT_TRUE(write_file(state_ / name, content).ok());
    }
    void answer(const std::string& path, Result<unsigned> what) {
        folder_.fault = [path, what](const std::string& asked) -> std::optional<Result<unsigned>> {
            if (!path.empty() && asked != path) return std::nullopt;
            return what;
        };
    }
    size_t asked_for(const std::string& what) const {
        return static_cast<size_t>(std::count(folder_.asked.begin(), folder_.asked.end(), what));
    }

    Folder folder_;
};

TEST_F(Mirror, sends_everything_that_proves_and_only_once) {
    auto log = registry();
    ASSERT_TRUE(append(log, station(), "intent", "RG-1").ok());
    put("certificates/RG-2.jws", "record");
    put("certificates/RG-2.pdf", "page");
    put("certificates/notes.txt", "no record");
    put("journals/RG-J.json", "{}");
    auto there = mirror();
    EXPECT_EQ(there.unsent().files.size(), 6U);
    EXPECT_TRUE(folder_.asked.empty()) << "unsent() asked the server";
    EXPECT_TRUE(there.send({}).empty());
    EXPECT_EQ(folder_.files.at("certificates/RG-2.jws"), "record");
    EXPECT_EQ(folder_.files.at("certificates/RG-2.pdf"), "page");
    EXPECT_EQ(folder_.files.at("journals/RG-J.json"), "{}");
    EXPECT_EQ(folder_.files.at("station.pem"), station().key().certificate().pem());
    EXPECT_EQ(folder_.files.count("certificates/notes.txt"), 0U);
    EXPECT_EQ(folder_.files.size(), 6U);
    EXPECT_TRUE(there.unsent().empty());
    const size_t before = folder_.asked.size();
    EXPECT_TRUE(there.send({}).empty());
    EXPECT_TRUE(mirror().send({}).empty());
    EXPECT_EQ(folder_.asked.size(), before) << "something was sent twice";
}

TEST_F(Mirror, asks_whether_the_server_still_takes_records_though_it_lacks_none) {
    registry();
    EXPECT_TRUE(mirror().send({}).empty());
    EXPECT_TRUE(mirror().send_and_ask({}).empty());
    EXPECT_EQ(asked_for("PUT station.pem"), 2U);
    answer("", Result<unsigned>(no_answer()));
    auto there = mirror();
    EXPECT_EQ(there.send_and_ask({}).files, std::vector<std::string>{"station.pem"});
    EXPECT_TRUE(there.send({}).empty());
}

TEST_F(Mirror, sends_a_whole_registry_that_others_can_read) {
    auto log = registry();
    ASSERT_TRUE(append(log, station(), "intent", "RG-1").ok());
    auto there = mirror();
    EXPECT_TRUE(there.send({}).empty());
    put("copy/registry.db", folder_.files.at("registry.db"));
    const auto copy = RegistryReader::open(state_ / "copy" / "registry.db");
    ASSERT_TRUE(copy.ok()) << in_english(copy.error());
    EXPECT_EQ(copy->size().value(), log.reader().size().value());
    EXPECT_EQ(copy->show("RG-1")->record.id, "RG-1");
    const size_t before = asked_for("PUT registry.db");
    ASSERT_TRUE(append(log, station(), "outcome", "RG-2", "RG-1").ok());
    EXPECT_FALSE(there.unsent().empty());
    EXPECT_TRUE(there.send({}).empty());
    EXPECT_EQ(asked_for("PUT registry.db"), before + 1);
}

TEST_F(Mirror, counts_nothing_as_sent_that_the_server_did_not_accept) {
    registry();
    put("certificates/RG-2.jws", "record");
    for (const unsigned status : {202U, 204U, 302U, 400U, 403U, 404U, 413U, 500U, 503U, 507U}) {
        answer("certificates/RG-2.jws", status);
        auto there = mirror();
        const auto left = there.send({});
        ASSERT_FALSE(left.empty()) << status;
        EXPECT_NE(std::find(left.files.begin(), left.files.end(), "certificates/RG-2.jws"), left.files.end());
        EXPECT_TRUE(left.reason.has_value()) << status;
        EXPECT_FALSE(mirror().unsent().empty()) << status;
    }
}

TEST_F(Mirror, says_that_the_server_keeps_another_record_and_sends_the_others) {
    registry();
    put("certificates/RG-2.jws", "record");
    put("certificates/RG-2.pdf", "page");
    answer("certificates/RG-2.jws", 409U);
    auto there = mirror();
    const auto left = there.send_patiently({}, std::chrono::hours(1));
    EXPECT_EQ(left.files, std::vector<std::string>{"certificates/RG-2.jws"});
    EXPECT_NE(in_english(unsent_error(left)).find("another record of that name"), std::string::npos);
    EXPECT_EQ(unsent_error(left).kind, ErrorKind::failed);
    EXPECT_EQ(folder_.files.at("certificates/RG-2.pdf"), "page");
    EXPECT_EQ(asked_for("PUT certificates/RG-2.jws"), 1U) << "what is never taken was tried again";
}

TEST_F(Mirror, says_that_the_server_is_full) {
    registry();
    answer("", 507U);
    EXPECT_NE(in_english(unsent_error(mirror().send({}))).find("the server's disk is full"),
              std::string::npos);
}

TEST_F(Mirror, asks_a_silent_server_only_once_and_names_everything) {
    registry();
    put("certificates/RG-2.jws", "record");
    answer("", Result<unsigned>(no_answer()));
    auto there = mirror();
    const auto left = there.send({});
    EXPECT_EQ(folder_.asked.size(), 1U);
    EXPECT_EQ(left.files.size(), 4U);
    EXPECT_NE(in_english(unsent_error(left)).find("http://server:8080"), std::string::npos);
    EXPECT_NE(in_english(unsent_error(left).advice).find("do NOT switch it off"), std::string::npos);
}

TEST_F(Mirror, tries_again_with_patience_until_the_server_is_back) {
    registry();
    folder_.fault = [this](const std::string&) -> std::optional<Result<unsigned>> {
        if (folder_.asked.size() > 3) return std::nullopt;
        return Result<unsigned>(no_answer());
    };
    auto there = mirror();
    EXPECT_TRUE(there.send_patiently({}, std::chrono::hours(1), std::chrono::milliseconds(1)).empty());
    EXPECT_EQ(folder_.files.count("registry.db"), 1U);
}

TEST_F(Mirror, tries_once_though_the_operator_interrupted) {
    registry();
    std::stop_source stop;
    stop.request_stop();
    auto there = mirror();
    EXPECT_TRUE(there.send_patiently(stop.get_token(), std::chrono::hours(1)).empty());
    put("certificates/RG-2.jws", "record");
    answer("", Result<unsigned>(no_answer()));
    const size_t before = folder_.asked.size();
    EXPECT_FALSE(there.send_patiently(stop.get_token(), std::chrono::hours(1)).empty());
    EXPECT_EQ(folder_.asked.size(), before + 1);
}

TEST_F(Mirror, takes_a_journal_off_the_server_only_when_everything_else_is_there) {
    registry();
    put("journals/RG-J.json", "{}");
    put("journals/unrecorded-RG-U.json", "{}");
    auto there = mirror();
    EXPECT_TRUE(there.send({}).empty());
    std::filesystem::remove(state_ / "journals" / "RG-J.json");
    put("certificates/RG-2.jws", "record");
    answer("certificates/RG-2.jws", 503U);
    EXPECT_FALSE(there.send({}).empty());
    EXPECT_EQ(folder_.files.count("journals/RG-J.json"), 1U);
    folder_.fault = nullptr;
    EXPECT_TRUE(there.send({}).empty());
    EXPECT_EQ(folder_.files.count("journals/RG-J.json"), 0U);
    EXPECT_EQ(folder_.files.count("journals/unrecorded-RG-U.json"), 1U);
    const size_t before = folder_.asked.size();
    EXPECT_TRUE(mirror().send({}).empty());
    EXPECT_EQ(folder_.asked.size(), before);
}

TEST_F(Mirror, sends_a_journal_again_at_its_next_stage) {
    station();
    put("journals/RG-J.json", "{\"stage\":\"wipe\"}");
    auto there = mirror();
    EXPECT_TRUE(there.send({}).empty());
    put("journals/RG-J.json", "{\"stage\":\"deploy\"}");
    EXPECT_TRUE(there.send({}).empty());
    EXPECT_EQ(folder_.files.at("journals/RG-J.json"), "{\"stage\":\"deploy\"}");
}

TEST_F(Mirror, believes_no_list_of_another_server_and_no_damaged_one) {
    registry();
    EXPECT_TRUE(mirror().send({}).empty());
    EXPECT_TRUE(mirror("http://server:8080/").unsent().empty()) << "a slash makes no other server";
    EXPECT_EQ(mirror("http://other").unsent().files.size(), 3U);
    put("sent-records.json", "{\"schema\":\"regain.sent");
    EXPECT_EQ(mirror().unsent().files.size(), 3U);
}

TEST_F(Mirror, has_nothing_to_send_where_there_is_no_station) {
    RecordsMirror there(state_, "http://server", [] { return std::unique_ptr<HttpTransport>(); });
    EXPECT_TRUE(there.unsent().empty());
    EXPECT_TRUE(there.send({}).empty());
}

}  // namespace
}  // namespace regain

#include "wiper/journal_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace regain {
namespace {

// Then it is written anew, without what is out of date.
constexpr size_t most_appended_bytes = 8U << 20;

}  // namespace

Status DurableJournalFile::replace(std::string_view text) {
    descriptor_.close();
    REGAIN_TRY(make_directories(file_.parent_path(), 0700));
    REGAIN_TRY(write_file(file_, text, 0600));
    descriptor_ = FileDescriptor(::open(file_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
    if (!descriptor_.is_open())
        return os_error(message("write {0}", file_.string()), errno, ErrorKind::environment);
    return done();
}

Status DurableJournalFile::append(std::string_view line) {
    const auto failed = [&] {
        return os_error(message("write {0}", file_.string()), errno, ErrorKind::environment);
    };
    while (!line.empty()) {
        const ssize_t written = ::write(descriptor_.get(), line.data(), line.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return failed();
        line.remove_prefix(static_cast<size_t>(written));
    }
    if (::fdatasync(descriptor_.get()) != 0) return failed();
    return done();
}

Status remove_wipe_journal(const std::filesystem::path& file) {
    std::error_code failed;
    const bool was_there = std::filesystem::remove(file, failed);
    if (failed) return os_error(message("remove {0}", file.string()), failed.value(), ErrorKind::environment);
    return was_there ? sync_directory(file.parent_path()) : done();
}

Status JournalWriter::begin(WipeJournalContent content, Before before) {
    content_ = std::move(content);
    has_begun_ = true;
    failure_.reset();
    appended_bytes_ = 0;
    restart_interval();
    take(file_.replace(wipe_journal_text(content_)));
    return failure_ && before == Before::may_be_false ? file_.discard() : done();
}

void JournalWriter::take(const Status& status) {
    if (!status.ok() && !failure_) failure_ = status.error();
}

void JournalWriter::give_up(Message reason) {
    take(error(ErrorKind::failed, message("keep the journal of a wipe"), std::move(reason)));
}

std::optional<Error> JournalWriter::take_failure() {
    if (!failure_ || std::exchange(is_told_, true)) return std::nullopt;
    return failure_;
}

void JournalWriter::append(const std::string& line) {
    if (!is_at_work()) return;
    appended_bytes_ += line.size();
    if (appended_bytes_ <= most_appended_bytes) return take(file_.append(line));
    appended_bytes_ = 0;
    take(file_.replace(wipe_journal_text(content_)));
}

void JournalWriter::note_stream(size_t step, const RandomStream::Key& key) {
    content_.streams[step] = key;
    append(stream_line(step, key));
}

void JournalWriter::note_step(JournaledStep step) {
    content_.steps.push_back(std::move(step));
    append(step_line(content_.steps.size() - 1, content_.steps.back()));
}

void JournalWriter::note_mark(size_t step, WipeMark mark) {
    const WipeMark& kept = content_.marks[step] = std::move(mark);
    append(mark_line(step, kept));
    const auto cost = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.monotonic() - last_mark_);
    interval_ =
        std::min(std::max(pace_.interval, cost * pace_.share), std::max(pace_.longest, pace_.interval));
    last_mark_ = clock_.monotonic();
}

void JournalWriter::note_resumption(const Json& facts) {
    content_.resumptions.push_back(facts);
    append(resumption_line(facts));
}

}  // namespace regain

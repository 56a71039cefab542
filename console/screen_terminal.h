#pragma once
// The terminal of the technician's screen: pages go out, keys come in. RawTerminal is the real one; tests
// give a list of keys instead. Knows nothing of what the pages say.

#include <termios.h>

#include <chrono>
#include <deque>
#include <string>

#include "console/interruption.h"
#include "console/screen_keys.h"
#include "console/screen_page.h"

namespace regain {

class ScreenTerminal {
  public:
    virtual ~ScreenTerminal() = default;
    virtual ScreenSize size() const = 0;
    virtual void write(const std::string& text) = 0;
    /// Waits at most `longest` for a key.
    virtual Key read_key(std::chrono::milliseconds longest) = 0;
    /// A job prints below a page of its own: the terminal becomes an ordinary one, without echo, and Ctrl-C
    /// interrupts the job.
    virtual void begin_job() = 0;
    /// Back to pages; what was typed meanwhile is forgotten.
    virtual void end_job() = 0;
    /// A sound: two rising notes, or three low ones.
    virtual void sound(bool is_good) = 0;
};

class RawTerminal final : public ScreenTerminal {
  public:
    explicit RawTerminal(const InterruptionWatch& watch);
    ~RawTerminal() override;
    RawTerminal(const RawTerminal&) = delete;
    RawTerminal& operator=(const RawTerminal&) = delete;

    ScreenSize size() const override;
    void write(const std::string& text) override;
    Key read_key(std::chrono::milliseconds longest) override;
    void begin_job() override;
    void end_job() override;
    void sound(bool is_good) override;

  private:
    void set_raw();
    const InterruptionWatch& watch_;
    termios before_{};
    std::string bytes_;
    std::deque<Key> keys_;
};

}  // namespace regain

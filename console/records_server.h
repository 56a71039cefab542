#pragma once
// The folder on a workshop's server that takes records (docs/network-boot.md): one file put there or removed,
// with what its answers mean. Used by RecordsMirror; decides nothing and keeps nothing.

#include <memory>
#include <stop_token>
#include <string>

#include "base/http.h"
#include "base/result.h"

namespace regain {

class RecordsServer {
  public:
    /// `url` as in /run/regain/records, without a slash at its end; `station` is the id of this one.
    RecordsServer(std::string url, std::string station, std::unique_ptr<HttpTransport> transport);

    /// Success: the server has this content, durably. ErrorKind::environment: trying again may help;
    /// ErrorKind::failed: it does not take it.
    Status put(const std::string& path, const std::string& content, const std::stop_token& stop);
    /// Only for journals.
    Status remove(const std::string& path, const std::stop_token& stop);

  private:
    std::string address_of(const std::string& path) const;

    std::string url_, station_;
    std::unique_ptr<HttpTransport> transport_;
};

}  // namespace regain

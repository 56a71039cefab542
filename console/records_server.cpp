#include "console/records_server.h"

#include <utility>

#include "base/hash.h"

namespace regain {
namespace {

Error refusal(const std::string& path, unsigned status) {
    const Message doing = message("send {0}", path);
    if (status == 400)
        return error(ErrorKind::environment, doing, message("it was damaged on its way to the server"));
    if (status == 409)
        return error(ErrorKind::failed, doing,
                     message("the server has another record of that name and keeps it"),
                     message("Copy this one to another place, and look why there are two."));
    Error failure = http_status_error(doing, status);
    if (!is_passing_http_status(status)) failure.kind = ErrorKind::failed;
    return failure;
}

}  // namespace

RecordsServer::RecordsServer(std::string url, std::string station, std::unique_ptr<HttpTransport> transport)
    : url_(std::move(url)), station_(std::move(station)), transport_(std::move(transport)) {}

std::string RecordsServer::address_of(const std::string& path) const {
    const size_t slash = path.find('/');
    const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
    return url_ + "/records/" + station_ + "/" + folder + escaped_for_url(path.substr(folder.size()));
}

Status RecordsServer::put(const std::string& path, const std::string& content, const std::stop_token& stop) {
    HttpRequest request;
    request.method = HttpMethod::put;
    request.url = address_of(path);
    request.headers = {"X-Content-SHA256: " + sha256_hex(as_bytes(content))};
    request.body = content;
    request.stop = stop;
    REGAIN_ASSIGN(const HttpReply reply, transport_->send(request, {}));
    if (reply.status == 200 || reply.status == 201) return done();
    return refusal(path, reply.status);
}

Status RecordsServer::remove(const std::string& path, const std::stop_token& stop) {
    HttpRequest request;
    request.method = HttpMethod::remove;
    request.url = address_of(path);
    request.stop = stop;
    REGAIN_ASSIGN(const HttpReply reply, transport_->send(request, {}));
    if (reply.status == 204 || reply.status == 200 || reply.status == 404) return done();
    return http_status_error(message("remove {0}", path), reply.status);
}

}  // namespace regain

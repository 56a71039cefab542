#include "base/curl_transport.h"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace regain {
namespace {

using Instant = std::chrono::steady_clock::time_point;

constexpr long max_redirects = 5;
constexpr size_t max_headers = 200;
constexpr long buffer_bytes = 128L << 10;
constexpr std::chrono::milliseconds longest_wait{1000};

Message doing_of(const HttpRequest& request) {
    if (request.method == HttpMethod::put) return message("send {0}", request.url);
    if (request.method == HttpMethod::remove) return message("remove {0}", request.url);
    return message("fetch {0}", request.url);
}

Message unreachable_advice() {
    return message("Check the network cable and whether the server is on, then try again.");
}

// The state of one request while libcurl calls back.
struct Transfer {
    const HttpReceiver* receiver = nullptr;
    CURL* easy = nullptr;
    HttpReply reply;
    bool was_head_given = false;
    bool is_wanted = true;
    uint64_t moved = 0;  ///< goes up whenever something arrives

    bool give_head() {
        if (was_head_given) return is_wanted;
        was_head_given = true;
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        reply.status = static_cast<unsigned>(status);
        if (receiver->on_head) is_wanted = receiver->on_head(reply);
        return is_wanted;
    }

    void take_header(std::string_view line) {
        ++moved;
        if (line.starts_with("HTTP/")) reply.headers.clear();  // after "100 Continue" and redirects
        const size_t colon = line.find(':');
        if (colon == std::string_view::npos || reply.headers.size() >= max_headers) return;
        std::string name(line.substr(0, colon));
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        std::string_view value = line.substr(colon + 1);
        const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
        while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
        while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
        reply.headers[name] = std::string(value);
    }
};

size_t on_header(char* text, size_t size, size_t count, void* user) {
    static_cast<Transfer*>(user)->take_header({text, size * count});
    return size * count;
}

size_t on_body(char* bytes, size_t size, size_t count, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    ++transfer.moved;
    if (!transfer.give_head()) return 0;
    const ByteView view{reinterpret_cast<const uint8_t*>(bytes), size * count};
    if (transfer.receiver->on_body) transfer.is_wanted = transfer.receiver->on_body(view);
    return transfer.is_wanted ? size * count : 0;
}

// Programs that are started must not inherit it.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

struct HeaderList {
    HeaderList() = default;
    ~HeaderList() { curl_slist_free_all(list); }
    HeaderList(const HeaderList&) = delete;
    HeaderList& operator=(const HeaderList&) = delete;
    void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
    curl_slist* list = nullptr;
};

class CurlTransport final : public HttpTransport {
  public:
    explicit CurlTransport(HttpLimits limits) : limits_(limits) {
        static std::once_flag once;
        std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
        easy_ = curl_easy_init();
        multi_ = curl_multi_init();
    }
    ~CurlTransport() override {
        curl_easy_cleanup(easy_);
        curl_multi_cleanup(multi_);
    }
    CurlTransport(const CurlTransport&) = delete;
    CurlTransport& operator=(const CurlTransport&) = delete;

    Result<HttpReply> send(const HttpRequest& request, const HttpReceiver& receiver) override {
        REGAIN_TRY(check_http_url(request.url));
        Transfer transfer;
        transfer.receiver = &receiver;
        transfer.easy = easy_;
        HeaderList headers;
        prepare(request, transfer, headers);
        curl_multi_add_handle(multi_, easy_);
        const Status status = drive(request, transfer);
        curl_multi_remove_handle(multi_, easy_);
        if (!transfer.is_wanted) return std::move(transfer.reply);  // broken off by the receiver
        REGAIN_TRY(status);
        transfer.give_head();  // an answer without a body
        return std::move(transfer.reply);
    }

  private:
    template <typename Value>
    void set(CURLoption option, Value value) {
        curl_easy_setopt(easy_, option, value);
    }

    void prepare(const HttpRequest& request, Transfer& transfer, HeaderList& headers) {
        const bool is_secure = request.url.starts_with("https://");
        curl_easy_reset(easy_);
        error_text_[0] = '\0';
        set(CURLOPT_ERRORBUFFER, error_text_);
        set(CURLOPT_URL, request.url.c_str());
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_USERAGENT, "Regain");
        set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_REDIR_PROTOCOLS_STR, is_secure ? "https" : "http");
        set(CURLOPT_FOLLOWLOCATION, request.method == HttpMethod::get ? 1L : 0L);
        set(CURLOPT_MAXREDIRS, max_redirects);
        if (!is_secure) set(CURLOPT_PROXY, "");
        set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect.count()));
        set(CURLOPT_TCP_KEEPALIVE, 1L);
        set(CURLOPT_BUFFERSIZE, buffer_bytes);
        set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
        set(CURLOPT_HEADERFUNCTION, &on_header);
        set(CURLOPT_HEADERDATA, &transfer);
        set(CURLOPT_WRITEFUNCTION, &on_body);
        set(CURLOPT_WRITEDATA, &transfer);
        for (const auto& line : request.headers) headers.add(line);
        if (request.range)
            headers.add(fmt::format("Range: bytes={}-{}", request.range->first, request.range->last));
        if (request.method == HttpMethod::put) {
            headers.add("Content-Type: application/octet-stream");
            headers.add("Expect:");
            set(CURLOPT_CUSTOMREQUEST, "PUT");
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
            set(CURLOPT_POSTFIELDS, request.body.c_str());
        }
        if (request.method == HttpMethod::remove) set(CURLOPT_CUSTOMREQUEST, "DELETE");
        set(CURLOPT_HTTPHEADER, headers.list);
    }

    // Goes up whenever a byte moves in either direction, and once when the connection stands.
    uint64_t movement(const Transfer& transfer) const {
        curl_off_t sent = 0;
        curl_off_t connected = 0;
        curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &sent);
        curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &connected);
        return transfer.moved + static_cast<uint64_t>(sent) + (connected > 0 ? 1 : 0);
    }

    Status drive(const HttpRequest& request, const Transfer& transfer) {
        const std::stop_callback wake(request.stop, [this] { curl_multi_wakeup(multi_); });
        uint64_t seen = 0;
        Instant last = std::chrono::steady_clock::now();
        for (;;) {
            int running = 0;
            curl_multi_perform(multi_, &running);
            int left = 0;
            while (const CURLMsg* note = curl_multi_info_read(multi_, &left))
                if (note->msg == CURLMSG_DONE) return outcome_of(note->data.result, request);
            if (request.stop.stop_requested())
                return error(ErrorKind::interrupted, doing_of(request),
                             message("interrupted by the operator"));
            const Instant now = std::chrono::steady_clock::now();
            const uint64_t moved = movement(transfer);
            if (std::exchange(seen, moved) != moved) last = now;
            // Before the connection stands libcurl's own limit counts.
            const auto limit = moved == 0 ? limits_.connect + limits_.stall : limits_.stall;
            if (now - last >= limit) return standstill(request);
            const auto rest = std::chrono::ceil<std::chrono::milliseconds>(limit - (now - last));
            curl_multi_poll(multi_, nullptr, 0, static_cast<int>(std::min(longest_wait, rest).count()),
                            nullptr);
        }
    }

    Error standstill(const HttpRequest& request) const {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(limits_.stall).count();
        return error(ErrorKind::environment, doing_of(request),
                     message("nothing has come from the server for {0} s", seconds), unreachable_advice());
    }

    Status outcome_of(CURLcode code, const HttpRequest& request) const {
        const Message doing = doing_of(request);
        const auto fail = [&](ErrorKind kind, Message reason) {
            return error(kind, doing, std::move(reason), unreachable_advice());
        };
        const std::string detail = error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code);
        long os_errno = 0;
        switch (code) {
            case CURLE_OK:
                return done();
            case CURLE_COULDNT_RESOLVE_HOST:
                return fail(ErrorKind::environment, message("the server's name is not known"));
            case CURLE_COULDNT_CONNECT: {
                curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &os_errno);
                Error failure = fail(ErrorKind::environment, message("the server can't be reached"));
                failure.os_errno = static_cast<int>(os_errno);
                return failure;
            }
            case CURLE_OPERATION_TIMEDOUT:
                return fail(ErrorKind::environment, message("the server can't be reached"));
            case CURLE_PARTIAL_FILE:
            case CURLE_GOT_NOTHING:
            case CURLE_RECV_ERROR:
            case CURLE_SEND_ERROR:
                return fail(ErrorKind::environment, message("the connection broke off"));
            case CURLE_TOO_MANY_REDIRECTS:
            case CURLE_UNSUPPORTED_PROTOCOL:
                return error(ErrorKind::untrusted, doing,
                             message("the server sends it to a place that is not followed: {0}", detail),
                             message("Give the address that it sends to."));
            case CURLE_PEER_FAILED_VERIFICATION:
            case CURLE_SSL_CONNECT_ERROR:
            case CURLE_SSL_CACERT_BADFILE:
                return error(ErrorKind::untrusted, doing,
                             message("the connection is not trusted: {0}", detail),
                             message("Check the date of this computer and the server's certificate."));
            case CURLE_URL_MALFORMAT:
                return error(ErrorKind::usage, doing, message("it is not an address"));
            default:
                return fail(ErrorKind::environment, message("{0}", detail));
        }
    }

    HttpLimits limits_;
    CURL* easy_ = nullptr;
    CURLM* multi_ = nullptr;
    char error_text_[CURL_ERROR_SIZE] = {};
};

}  // namespace

std::unique_ptr<HttpTransport> make_curl_transport(HttpLimits limits) {
    return std::make_unique<CurlTransport>(limits);
}

}  // namespace regain

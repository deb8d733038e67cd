#include "tests/bench/kube_server.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/bench/kube_pages.h"

namespace batchslo::bench {
namespace {

constexpr std::size_t kPage = 500;

struct Cluster {
  std::size_t cron_jobs, jobs;
};

// Level 1, as an API server does.
std::string Gzipped(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

bool SendAll(int fd, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t sent = send(fd, text.data() + at, text.size() - at, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    at += static_cast<std::size_t>(sent);
  }
  return true;
}

bool Has(const std::string& request, const char* text) { return request.find(text) != std::string::npos; }

std::string PageFor(const std::string& request, const Cluster& cluster) {
  const bool cron = Has(request, "/cronjobs?");
  const std::size_t all = cron ? cluster.cron_jobs : cluster.jobs;
  const std::size_t token = request.find("continue=");
  const std::size_t first = token == std::string::npos ? 0 : std::strtoul(request.c_str() + token + 9, nullptr, 10);
  const std::size_t count = std::min(kPage, all - first);
  const std::string next = first + count < all ? std::to_string(first + count) : "";
  return KubePageText(cron ? PageKind::kCronJobs : PageKind::kJobs, first, count, next);
}

void ServeConnection(int fd, const Cluster& cluster) {
  std::string received;
  char buffer[4096];
  for (ssize_t count; (count = recv(fd, buffer, sizeof buffer, 0)) > 0;) {
    received.append(buffer, static_cast<std::size_t>(count));
    const std::size_t end = received.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    const std::string request = received.substr(0, received.find("\r\n"));
    received.erase(0, end + 4);
    if (Has(request, "watch=1")) {
      if (!SendAll(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")) break;
      continue;  // until the peer closes
    }
    const bool gzip = Has(request, " /gzip/");
    const std::string page = gzip ? Gzipped(PageFor(request, cluster)) : PageFor(request, cluster);
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + std::string(gzip ? "Content-Encoding: gzip\r\n" : "") +
                             "Content-Length: " + std::to_string(page.size()) + "\r\n\r\n";
    if (!SendAll(fd, head) || !SendAll(fd, page)) break;
  }
  close(fd);
}

[[noreturn]] void Serve(int listener, const Cluster& cluster) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) {
    const int fd = accept(listener, nullptr, nullptr);
    if (fd >= 0) std::thread([fd, cluster] { ServeConnection(fd, cluster); }).detach();
  }
}

}  // namespace

KubeServer::KubeServer(std::size_t cron_jobs, std::size_t jobs) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool listens = bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 && listen(listener, 64) == 0 &&
                       getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (!listens) throw std::runtime_error("no loopback port to be had");
  port_ = ntohs(address.sin_port);
  process_ = fork();
  if (process_ == 0) Serve(listener, {cron_jobs, jobs});
  close(listener);
  if (process_ < 0) throw std::runtime_error("no process to be had");
}

KubeServer::~KubeServer() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

}  // namespace batchslo::bench

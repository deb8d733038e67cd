// W1: durable heartbeats through the real daemon, over loopback, into SQLite with synchronous=FULL on the disk of the build
// tree. One thread sends for all peers; by the wall clock, for a commit waits for the disk. At the end the daemon is killed
// without warning, and every beat that was answered 200 must be in `ledger export`.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "tests/bench/load.h"
#include "tests/bench/measure.h"

namespace batchslo::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kJobs = 100, kPeers = 128, kTooManyPeers = 480;
constexpr int kRounds = 5;
constexpr double kSeconds = 3;
constexpr const char* kToken = "a-token-that-nobody-guesses-6f3a";

class Folder {
 public:
  explicit Folder(const fs::path& where) : path_((where / "w1-XXXXXX").string()) {
    if (!mkdtemp(path_.data())) throw std::runtime_error("no folder to be had in " + where.string());
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  fs::path operator/(const char* name) const { return fs::path(path_) / name; }

 private:
  std::string path_;
};

std::string TextOf(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void WriteConfig(const fs::path& file) {
  std::ofstream out(file);
  out << "sources:\n  push: {heartbeat: {token: {env: HEARTBEAT_TOKEN}}}\njobs:\n";
  for (std::size_t i = 0; i < kJobs; ++i) out << "  backup/db-" << i << ": {runs: {source: push}, within: 26h}\n";
}

// Killed without warning when it goes.
class Daemon {
 public:
  Daemon(const std::string& binary, const Folder& folder) {
    const std::string config = "--config.file=" + (folder / "config.yml").string(), store = "--store=" + (folder / "ledger.db").string();
    const fs::path log = folder / "log";
    process_ = fork();
    if (process_ == 0) {
      setenv("HEARTBEAT_TOKEN", kToken, 1);
      const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      dup2(out, 1);
      dup2(out, 2);
      execl(binary.c_str(), binary.c_str(), config.c_str(), store.c_str(), "--web.listen-address=127.0.0.1:0", nullptr);
      _exit(127);
    }
    for (int i = 0; i < 300 && port_ == 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      const std::string text = TextOf(log);
      const std::string_view mark = "listening on 127.0.0.1:";
      const std::size_t at = text.find(mark);
      if (at != std::string::npos) port_ = static_cast<std::uint16_t>(std::strtoul(text.c_str() + at + mark.size(), nullptr, 10));
    }
    if (port_ == 0) throw std::runtime_error("the daemon does not listen: " + TextOf(log));
  }
  ~Daemon() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  std::uint16_t Port() const { return port_; }

 private:
  pid_t process_ = -1;
  std::uint16_t port_ = 0;
};

std::string Beat(std::size_t number) {
  const std::string body = "{\"status\":\"success\",\"run_id\":\"w1-" + std::to_string(number) + "\"}";
  return "POST /api/v1/heartbeat/backup/db-" + std::to_string(number % kJobs) + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + kToken +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// The numbers of the beats that the ledger has, sorted.
std::vector<std::size_t> Stored(const std::string& binary, const Folder& folder) {
  const std::string command = "'" + binary + "' ledger export --store '" + (folder / "ledger.db").string() + "'";
  FILE* const out = popen(command.c_str(), "r");
  std::vector<std::size_t> numbers;
  char line[4096];
  while (out && fgets(line, sizeof line, out)) {
    const std::size_t at = std::string_view(line).find("\"w1-");
    if (at != std::string_view::npos) numbers.push_back(std::strtoul(line + at + 4, nullptr, 10));
  }
  if (!out || pclose(out) != 0) throw std::runtime_error("the ledger could not be exported");
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// What one write of 4 KB that must be on the disk takes: no commit is faster.
double SyncSeconds(const fs::path& file) {
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT, 0600);
  const std::string block(4096, 'x');
  double least = 1;
  for (int i = 0; i < 20; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    if (pwrite(fd, block.data(), block.size(), i * 4096) < 0 || fsync(fd) != 0) break;
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  close(fd);
  return least;
}

}  // namespace

void BenchHeartbeats(const std::string& exporter) {
  const Folder folder(fs::path(exporter).parent_path());
  WriteConfig(folder / "config.yml");
  const double sync = SyncSeconds(folder / "sync");
  std::vector<std::size_t> acknowledged;
  double rate = 0, p99 = 0;
  std::size_t refused = 0, wrong = 0, next = 0;
  {
    const Daemon daemon(exporter, folder);
    for (int round = 0; round <= kRounds; ++round) {
      const bool overload = round == kRounds;
      const Load load = MakeLoad(daemon.Port(), overload ? kTooManyPeers : kPeers, kSeconds, next, Beat);
      const double per_second = static_cast<double>(load.acknowledged.size()) / load.seconds;
      next += 1'000'000;
      acknowledged.insert(acknowledged.end(), load.acknowledged.begin(), load.acknowledged.end());
      wrong += load.wrong;
      if (overload) refused = load.refused;
      Note("%zu peers: %.0f/s, p50 %.1f ms, p99 %.1f ms, refused %zu", overload ? kTooManyPeers : kPeers, per_second, load.Percentile(0.5) * 1e3,
           load.Percentile(0.99) * 1e3, load.refused);
      if (overload || per_second <= rate) continue;
      rate = per_second;
      p99 = load.Percentile(0.99) * 1e3;
    }
  }
  const std::vector<std::size_t> stored = Stored(exporter, folder);
  std::sort(acknowledged.begin(), acknowledged.end());
  const bool complete = std::includes(stored.begin(), stored.end(), acknowledged.begin(), acknowledged.end());
  Note("%zu acknowledged, %zu stored after kill -9; fsync takes at least %.2f ms here", acknowledged.size(), stored.size(), sync * 1e3);
  if (!complete) throw std::runtime_error("a beat that was answered 200 is lost");
  if (wrong > 0) throw std::runtime_error(std::to_string(wrong) + " beats were answered neither 200 nor 503 with Retry-After");
  if (refused == 0) throw std::runtime_error("nobody was refused: the overload was none");
  Print({"W1", rate, "1/s", 5000, 500});
  Print({"W1p99", p99, "ms", 100, 256});
}

}  // namespace batchslo::bench

#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace batchslo::bench {

// An API server of a process of its own, so that its work is not counted as ours: it lists CronJobs and Jobs page by page,
// gzipped where the path begins with /gzip, and keeps watches open. Loopback; ends with the object.
class KubeServer {
 public:
  KubeServer(std::size_t cron_jobs, std::size_t jobs);
  ~KubeServer();
  KubeServer(const KubeServer&) = delete;
  std::uint16_t Port() const { return port_; }

 private:
  std::uint16_t port_ = 0;
  pid_t process_ = 0;
};

}  // namespace batchslo::bench

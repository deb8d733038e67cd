#pragma once

#include <optional>

#include "exporter/net/http.h"
#include "tests/sim/cluster.h"
#include "tests/sim/fibers.h"

namespace sim {

// The cluster's API server and the way to it, with the plan's troubles.
class Network : public batchslo::HttpClient {
 public:
  Network(const Plan& plan, Cluster& cluster, Fibers& fibers) : plan_(plan), cluster_(cluster), fibers_(fibers) {}

  std::vector<batchslo::Result<batchslo::HttpReply>> SendAll(const std::vector<batchslo::HttpRequest>& requests, std::size_t at_once, batchslo::Deadline deadline,
                                                             std::stop_token stop) override;
  batchslo::Result<void> Stream(const batchslo::HttpRequest& request, const OnHead& on_head, const OnChunk& on_chunk, batchslo::Deadline hard, std::chrono::milliseconds idle,
                                std::stop_token stop) override;

 private:
  struct Watch;
  std::optional<Trouble> TroubleNow(Cluster::Kind kind) const;
  bool IsCompacted(std::size_t version) const;
  Instant NextChange(Instant after) const;  // of troubles
  batchslo::Result<batchslo::HttpReply> Answer(const batchslo::HttpRequest& request, Instant deadline);
  batchslo::HttpReply List(Cluster::Kind kind, const std::string& token);
  batchslo::HttpReply Reply(long status, std::string body) const;
  std::string TakeEvents(Watch& watch) const;
  Instant NextEvent(const Watch& watch) const;
  std::optional<batchslo::Result<void>> EndAtOnce(std::optional<Trouble> trouble, const OnHead& on_head, const OnChunk& on_chunk, std::chrono::milliseconds idle, const std::stop_token& stop);
  std::optional<batchslo::Result<void>> Break(const Watch& watch, const OnChunk& on_chunk);
  void Rest(const Watch& watch, bool is_silent);

  const Plan& plan_;
  Cluster& cluster_;
  Fibers& fibers_;
};

}  // namespace sim

#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "exporter/core/clock.h"
#include "exporter/net/google_auth.h"
#include "exporter/sources/bigquery_reply.h"

namespace batchslo {

// Speaks to BigQuery: authentication, queries that may cost no more than they are allowed to, and its wish to be left
// alone for a while. One thread; a call ends when `stop` is requested.
class BigQueryApi {
 public:
  struct Settings {
    std::string endpoint;         // "https://bigquery.googleapis.com"
    std::string billing_project;  // pays for queries
    std::string location;         // of queries whose tables' place is not known; empty: BigQuery finds out
    std::int64_t most_bytes = 0;  // that one query may read
  };
  struct Totals {
    double queries = 0, cached = 0, refused = 0, bytes_billed = 0;  // refused: too large, by the dry run
  };

  BigQueryApi(Settings settings, std::optional<SecretRef> credentials, HttpClient& http, Clock& clock,
              std::stop_token stop);

  // Asks for many tables at once; what Table then asks again is answered from that. It ends early where BigQuery wants
  // to be left alone, and only what it is sure of is kept: a table, that there is none, that it is not for us.
  struct TableId {
    std::string project, dataset, table;
    auto operator<=>(const TableId&) const = default;
  };
  void LookAhead(const std::set<TableId>& tables, Deadline deadline);
  void ForgetAhead() { ahead_.clear(); }
  BigQueryAnswer<BigQueryTable> Table(const std::string& project, const std::string& dataset, const std::string& table,
                                      Deadline deadline);
  // What a query would read, which costs nothing to ask. A fault: it is no SELECT, or would read too much.
  BigQueryAnswer<BigQueryRows> Plan(const std::string& sql, const std::string& location, const std::string& what,
                                    Deadline deadline);
  // That first, and then the query itself, to its end. `what` is for messages.
  BigQueryAnswer<BigQueryRows> Query(const std::string& sql, const std::string& location, const std::string& what,
                                     Deadline deadline);
  // Sees to a token, so that no single call has to; why there is none, if there is none.
  std::optional<BigQueryFault> SignIn(Deadline deadline);
  // Whom to grant a right, as Google's tools want it.
  std::string Member() const;
  // That we are let in, which costs nothing either.
  BigQueryAnswer<nlohmann::json> Ping(Deadline deadline);
  // What else is free: a path below /bigquery/v2/projects/.
  BigQueryAnswer<nlohmann::json> Get(const std::string& path, const std::string& what, Deadline deadline);

  const Totals& Counted() const { return totals_; }
  // How far its clock is ahead of ours, by the newest reply since the last call; none came: none.
  std::optional<Duration> TakeSkew();

 private:
  BigQueryAnswer<nlohmann::json> Send(const HttpRequest& request, const std::string& what, Deadline deadline);
  BigQueryAnswer<HttpReply> SendOnce(HttpRequest request, const std::string& what, Deadline deadline);
  BigQueryAnswer<BigQueryRows> Ask(const HttpRequest& request, const std::string& what, Deadline deadline);
  HttpRequest Job(const std::string& sql, const std::string& location, bool is_dry, Deadline deadline) const;
  HttpRequest Results(const BigQueryRows& rows, Deadline deadline) const;
  bool LookAheadAt(const std::vector<TableId>& tables, Deadline deadline);
  HttpRequest AskFor(const std::string& path) const;
  void NoteClock(const HttpReply& reply);
  void NoteQuota(const BigQueryFault* fault, const HttpReply& reply);

  const Settings settings_;
  GoogleCredentials credentials_;
  HttpClient& http_;
  Clock& clock_;
  const std::stop_token stop_;
  Totals totals_;
  std::optional<Duration> skew_;
  std::map<TableId, HttpReply> ahead_;
  SteadyPoint quiet_until_{};      // by BigQuery's wish nothing is asked before
  std::chrono::seconds quiet_{0};  // how long that was the last time
  std::string quiet_message_;
};

}  // namespace batchslo

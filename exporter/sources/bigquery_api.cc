// Tested by tests/sources/bigquery_test.cc.
#include "exporter/sources/bigquery_api.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "exporter/sources/source.h"

namespace batchslo {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using Kind = BigQueryFault::Kind;

// Tables and queries may be read by it, and nothing changed.
constexpr const char* kScope = "https://www.googleapis.com/auth/cloud-platform.read-only";
constexpr std::size_t kMostReply = 16u << 20;
constexpr int kMostRows = 10'000, kMostTries = 3;
constexpr milliseconds kBetweenTries{1000}, kLeastWait{100}, kMostWait{10'000};
constexpr std::chrono::seconds kLeastQuiet{30}, kMostQuiet{600};

milliseconds Left(Deadline deadline) {
  return std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
}

// How long the server may keep us waiting, so that its answer still comes in time.
std::int64_t Wait(Deadline deadline) {
  return std::clamp(Left(deadline) - milliseconds{500}, kLeastWait, kMostWait).count();
}

std::string Megabytes(std::int64_t bytes) { return std::to_string((bytes + 999'999) / 1'000'000) + " MB"; }

std::string TablePath(const std::string& project, const std::string& dataset, const std::string& table) {
  return UrlEncode(project) + "/datasets/" + UrlEncode(dataset) + "/tables/" + UrlEncode(table) + "?fields=" + UrlEncode(kBigQueryTableFields);
}

}  // namespace

BigQueryApi::BigQueryApi(Settings settings, std::optional<SecretRef> credentials, HttpClient& http, Clock& clock,
                         std::stop_token stop)
    : settings_(std::move(settings)),
      credentials_(std::move(credentials), kScope, http, clock),
      http_(http),
      clock_(clock),
      stop_(std::move(stop)) {}

std::optional<Duration> BigQueryApi::TakeSkew() { return std::exchange(skew_, std::nullopt); }

// The Date header has whole seconds, cut off.
void BigQueryApi::NoteClock(const HttpReply& reply) {
  if (!reply.date) return;
  const Duration ahead = *reply.date - clock_.Now();
  skew_ = ahead > Duration{0} ? ahead : std::min(ahead + seconds{1}, Duration{0});
}

std::optional<BigQueryFault> BigQueryApi::SignIn(Deadline deadline) {
  HttpRequest none;
  const auto signed_in = credentials_.Sign(none, deadline, stop_);
  if (signed_in) return std::nullopt;
  return BigQueryFault{Kind::kAuth, signed_in.Message()};
}

// With a token that was good a moment ago, and a fresh one if the server does not think so.
BigQueryAnswer<HttpReply> BigQueryApi::SendOnce(HttpRequest request, const std::string& what, Deadline deadline) {
  request.max_body_bytes = kMostReply;
  request.headers.emplace_back("Accept", "application/json");
  for (bool may_renew = true;; may_renew = false) {
    HttpRequest with_token = request;
    const auto signed_in = credentials_.Sign(with_token, deadline, stop_);
    if (!signed_in) return BigQueryFault{Kind::kAuth, signed_in.Message()};
    auto reply = http_.Send(with_token, deadline, stop_);
    if (!reply) return BigQueryFault{Kind::kNoAnswer, what + ": " + reply.Message()};
    NoteClock(*reply);
    if (reply->status != 401 || !may_renew) return std::move(reply).Value();
    credentials_.Refuse();
  }
}

BigQueryAnswer<json> BigQueryApi::Send(const HttpRequest& request, const std::string& what, Deadline deadline) {
  if (clock_.Steady() < quiet_until_) return BigQueryFault{Kind::kQuota, quiet_message_};
  for (int tries = 1;; ++tries) {
    auto sent = SendOnce(request, what, deadline);
    const auto* reply = std::get_if<HttpReply>(&sent);
    if (!reply) return std::get<BigQueryFault>(sent);
    auto answer = ReadBigQueryReply(*reply, what);
    const auto* fault = std::get_if<BigQueryFault>(&answer);
    NoteQuota(fault, *reply);
    if (fault && fault->kind == Kind::kQuota) return BigQueryFault{Kind::kQuota, quiet_message_};
    const bool is_again = fault && IsPassing(reply->status) && tries < kMostTries && Left(deadline) > 2 * kBetweenTries;
    if (!is_again || !clock_.WaitFor(kBetweenTries, stop_)) return answer;
  }
}

void BigQueryApi::NoteQuota(const BigQueryFault* fault, const HttpReply& reply) {
  if (!fault) quiet_ = std::chrono::seconds{0};
  if (!fault || fault->kind != Kind::kQuota) return;
  quiet_ = std::clamp(RetryAfter(reply, clock_.Now()).value_or(quiet_ * 2), kLeastQuiet, kMostQuiet);
  quiet_until_ = clock_.Steady() + quiet_;
  quiet_message_ = fault->message + "; it is asked again in " + std::to_string(quiet_.count()) + " s";
}

void BigQueryApi::LookAhead(const std::set<TableId>& tables, Deadline deadline) {
  constexpr std::size_t kPart = 40;
  const std::vector<TableId> all(tables.begin(), tables.end());
  for (std::size_t from = 0; from < all.size(); from += kPart) {
    const std::size_t to = std::min(from + kPart, all.size());
    const std::size_t parts_left = (all.size() - from) / kPart + 2;  // one that hangs uses up its part's share alone
    if (!LookAheadAt({all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(to)}, ShareOf(deadline, parts_left))) return;
  }
}

// False: one had no answer for a reason that may hold for all.
bool BigQueryApi::LookAheadAt(const std::vector<TableId>& tables, Deadline deadline) {
  constexpr std::size_t kAtOnce = 8;
  if (clock_.Steady() < quiet_until_) return false;
  std::vector<HttpRequest> requests;
  for (const TableId& id : tables) {
    requests.push_back(AskFor(TablePath(id.project, id.dataset, id.table)));
    requests.back().max_body_bytes = kMostReply / kAtOnce;
    requests.back().headers.emplace_back("Accept", "application/json");
    if (!credentials_.Sign(requests.back(), deadline, stop_)) return false;
  }
  auto replies = http_.SendAll(requests, kAtOnce, deadline, stop_);
  bool goes_on = true;  // of those that were asked together one that was answered does not undo another's refusal
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (!replies[i]) continue;
    NoteClock(*replies[i]);
    const auto answer = ReadBigQueryReply(*replies[i], "the tables");
    const auto* fault = std::get_if<BigQueryFault>(&answer);
    const bool is_sure = !fault || fault->kind == Kind::kAbsent || fault->kind == Kind::kDenied;
    if (!is_sure && goes_on) NoteQuota(fault, *replies[i]);  // one wish to be left alone is enough
    goes_on = goes_on && is_sure;
    if (is_sure) ahead_.emplace(tables[i], std::move(replies[i]).Value());
  }
  return goes_on;
}

BigQueryAnswer<BigQueryTable> BigQueryApi::Table(const std::string& project, const std::string& dataset,
                                                 const std::string& table, Deadline deadline) {
  const std::string what = "table " + project + "." + dataset + "." + table;
  const auto ahead = ahead_.find({project, dataset, table});
  const auto answer = ahead != ahead_.end() ? ReadBigQueryReply(ahead->second, what) : Get(TablePath(project, dataset, table), what, deadline);
  if (const auto* fault = std::get_if<BigQueryFault>(&answer)) return *fault;
  return ParseBigQueryTable(std::get<json>(answer));
}

std::string BigQueryApi::Member() const {
  const std::string email = credentials_.Email();
  return "serviceAccount:" + (email.empty() ? "NAME@PROJECT.iam.gserviceaccount.com" : email);
}

BigQueryAnswer<json> BigQueryApi::Ping(Deadline deadline) {
  return Get(UrlEncode(settings_.billing_project) + "/datasets?maxResults=1", "project " + settings_.billing_project, deadline);
}

BigQueryAnswer<json> BigQueryApi::Get(const std::string& path, const std::string& what, Deadline deadline) {
  return Send(AskFor(path), what, deadline);
}

HttpRequest BigQueryApi::AskFor(const std::string& path) const {
  HttpRequest request;
  request.url = settings_.endpoint + "/bigquery/v2/projects/" + path;
  return request;
}

HttpRequest BigQueryApi::Job(const std::string& sql, const std::string& location, bool is_dry,
                             Deadline deadline) const {
  json body = {{"query", sql},
               {"useLegacySql", false},
               {"useQueryCache", true},
               {"maximumBytesBilled", std::to_string(settings_.most_bytes)},
               {"formatOptions", {{"useInt64Timestamp", true}}},
               {"labels", {{"app", "batchslo-exporter"}}}};
  const std::string& place = location.empty() ? settings_.location : location;
  if (!place.empty()) body["location"] = place;
  if (is_dry) {
    body["dryRun"] = true;
  } else {
    body["timeoutMs"] = Wait(deadline);
    body["jobTimeoutMs"] = std::to_string(std::max(Left(deadline), kLeastWait).count());
    body["maxResults"] = kMostRows;
  }
  HttpRequest request;
  request.method = "POST";
  request.url = settings_.endpoint + "/bigquery/v2/projects/" + UrlEncode(settings_.billing_project) + "/queries";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  return request;
}

HttpRequest BigQueryApi::Results(const BigQueryRows& rows, Deadline deadline) const {
  HttpRequest request;
  request.url = settings_.endpoint + "/bigquery/v2/projects/" + UrlEncode(settings_.billing_project) + "/queries/" +
                UrlEncode(rows.job) + "?formatOptions.useInt64Timestamp=true&maxResults=" + std::to_string(kMostRows) +
                "&timeoutMs=" + std::to_string(Wait(deadline));
  if (!rows.location.empty()) request.url += "&location=" + UrlEncode(rows.location);
  return request;
}

BigQueryAnswer<BigQueryRows> BigQueryApi::Ask(const HttpRequest& request, const std::string& what, Deadline deadline) {
  const auto answer = Send(request, what, deadline);
  if (const auto* fault = std::get_if<BigQueryFault>(&answer)) return *fault;
  return ParseBigQueryRows(std::get<json>(answer));
}

BigQueryAnswer<BigQueryRows> BigQueryApi::Plan(const std::string& sql, const std::string& location,
                                               const std::string& what, Deadline deadline) {
  auto dry = Ask(Job(sql, location, true, deadline), what, deadline);
  const auto* plan = std::get_if<BigQueryRows>(&dry);
  if (!plan) return dry;
  if (!plan->statement.empty() && plan->statement != "SELECT")
    return BigQueryFault{Kind::kReply, what + ": it is no SELECT, but " + plan->statement.substr(0, 40)};
  if (plan->bytes_processed > settings_.most_bytes) {
    ++totals_.refused;
    return BigQueryFault{Kind::kReply, what + ": it would read " + Megabytes(plan->bytes_processed) +
                                           ", more than maximum_bytes_billed allows (" +
                                           Megabytes(settings_.most_bytes) +
                                           "); read fewer columns or one partition, or raise it"};
  }
  return dry;
}

BigQueryAnswer<BigQueryRows> BigQueryApi::Query(const std::string& sql, const std::string& location,
                                                const std::string& what, Deadline deadline) {
  const auto plan = Plan(sql, location, what, deadline);
  if (const auto* fault = std::get_if<BigQueryFault>(&plan)) return *fault;
  auto answer = Ask(Job(sql, location, false, deadline), what, deadline);
  for (auto* rows = std::get_if<BigQueryRows>(&answer); rows && !rows->is_complete;
       rows = std::get_if<BigQueryRows>(&answer)) {
    if (rows->job.empty())
      return BigQueryFault{Kind::kReply, what + ": BigQuery says neither an answer nor the job that works at it"};
    const BigQueryRows going_on = *rows;
    if (Left(deadline) <= kLeastWait || !clock_.WaitFor(kLeastWait, stop_))
      return BigQueryFault{Kind::kNoAnswer, what + ": the query did not end within its share of the timeout"};
    answer = Ask(Results(going_on, deadline), what, deadline);
    auto* next = std::get_if<BigQueryRows>(&answer);
    if (next && next->job.empty()) next->job = going_on.job;
    if (next && next->location.empty()) next->location = going_on.location;
  }
  if (const auto* rows = std::get_if<BigQueryRows>(&answer)) {
    ++totals_.queries;
    totals_.cached += rows->is_cached ? 1 : 0;
    totals_.bytes_billed += static_cast<double>(rows->bytes_billed);
  }
  return answer;
}

}  // namespace batchslo

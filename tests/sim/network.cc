#include "tests/sim/network.h"

#include <algorithm>

namespace sim {
namespace {

using namespace oracle;
using batchslo::Error;
using batchslo::HttpReply;
using batchslo::HttpRequest;
using batchslo::Result;

constexpr Instant kBookmarks = kMinute, kQuick = kSecond, kSlow = 5 * kSecond, kQuickFor = 12 * kSecond;

std::string Query(const std::string& url, const std::string& key) {
  const auto at = url.find(key + "=");
  if (at == std::string::npos) return "";
  const auto from = at + key.size() + 1;
  return url.substr(from, url.find('&', from) - from);
}

std::string Status(int code) { return R"({"kind":"Status","status":"Failure","message":"no","code":)" + std::to_string(code) + "}"; }

Instant Micros(batchslo::Deadline deadline) { return std::chrono::duration_cast<batchslo::Duration>(deadline.time_since_epoch()).count(); }

Cluster::Kind KindOf(const std::string& url) { return url.find("/cronjobs?") != std::string::npos ? Cluster::Kind::kCronJobs : Cluster::Kind::kJobs; }

}  // namespace

struct Network::Watch {
  Cluster::Kind kind;
  std::size_t version;  // all events before it were told
  Instant bookmark, last_byte, ends;
};

std::optional<Trouble> Network::TroubleNow(Cluster::Kind kind) const {
  const Instant now = fibers_.Now();
  for (const TroublePlan& plan : plan_.troubles) {
    if (plan.system != System::kCluster || !plan.span.Meets(now, now)) continue;
    if (plan.trouble != Trouble::kJobsForbidden) return plan.trouble;
    if (kind == Cluster::Kind::kJobs) return Trouble::kForbidden;
  }
  return std::nullopt;
}

// What was before the end of such a trouble can't be watched from any more.
bool Network::IsCompacted(std::size_t version) const {
  return std::any_of(plan_.troubles.begin(), plan_.troubles.end(), [&](const TroublePlan& plan) {
    return plan.system == System::kCluster && plan.trouble == Trouble::kExpired && plan.span.from <= fibers_.Now() && version < cluster_.VersionAt(std::min(plan.span.to, fibers_.Now()));
  });
}

Instant Network::NextChange(Instant after) const {
  Instant next = kNever;
  for (const TroublePlan& plan : plan_.troubles) {
    for (const Instant at : {plan.span.from, plan.span.to + 1}) {
      if (plan.system == System::kCluster && at > after) next = std::min(next, at);
    }
  }
  return next;
}

HttpReply Network::Reply(long status, std::string body) const {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  reply.date = batchslo::TimePoint{batchslo::Duration{(fibers_.Now() + plan_.cluster_skew) / kSecond * kSecond}};
  return reply;
}

// The token says from where on, at which version.
HttpReply Network::List(Cluster::Kind kind, const std::string& token) {
  std::size_t from = 0, version = cluster_.VersionAt(fibers_.Now());
  if (!token.empty()) {
    from = std::stoul(token);
    version = std::stoul(token.substr(token.find('-') + 1));
  }
  const auto& items = cluster_.Items(kind, version);
  const std::size_t to = std::min(items.size(), from + static_cast<std::size_t>(plan_.page_size));
  std::string body;
  for (std::size_t i = from; i < to; ++i) body += (i > from ? "," : "") + items[i];
  const std::string more = to < items.size() ? std::to_string(to) + "-" + std::to_string(version) : "";
  return Reply(200, R"({"metadata":{"resourceVersion":")" + std::to_string(version) + R"(","continue":")" + more + R"("},"items":[)" + body + "]}");
}

Result<HttpReply> Network::Answer(const HttpRequest& request, Instant deadline) {
  const auto trouble = TroubleNow(KindOf(request.url));
  const std::string token = Query(request.url, "continue");
  if (!trouble) return List(KindOf(request.url), token);
  switch (*trouble) {
    case Trouble::kRefused: return Error{"cluster: no connection"};
    case Trouble::kServerError: return Reply(500, Status(500));
    case Trouble::kForbidden: return Reply(403, Status(403));
    case Trouble::kUnauthorized: return Reply(401, Status(401));
    case Trouble::kLoginPage: return Reply(200, "<html>Sign in</html>");
    case Trouble::kEmptyBody: return Reply(200, "");
    case Trouble::kSecondPage: return token.empty() ? List(KindOf(request.url), token) : Reply(500, Status(500));
    case Trouble::kHangs:
    case Trouble::kSilent: fibers_.WaitUntil(deadline); return Error{"cluster: no whole answer within the timeout"};
    default: return List(KindOf(request.url), token);
  }
}

std::vector<Result<HttpReply>> Network::SendAll(const std::vector<HttpRequest>& requests, std::size_t, batchslo::Deadline deadline, std::stop_token stop) {
  std::vector<Result<HttpReply>> replies;
  for (const HttpRequest& request : requests) {
    auto reply = stop.stop_requested() ? Result<HttpReply>(Error{"it was stopped"}) : Answer(request, Micros(deadline));
    replies.push_back(stop.stop_requested() ? Result<HttpReply>(Error{"it was stopped"}) : std::move(reply));
  }
  return replies;
}

// One at a time, a moment apart: what is told at one instant has no order.
std::string Network::TakeEvents(Watch& watch) const {
  std::string lines;
  const auto& events = cluster_.Events();
  while (lines.empty() && watch.version < events.size() && events[watch.version].at + plan_.event_lag <= fibers_.Now()) {
    const std::size_t event = watch.version++;
    if (events[event].kind == watch.kind) lines = cluster_.Line(event);
  }
  if (fibers_.Steady() >= watch.bookmark) {
    watch.bookmark = fibers_.Steady() + kBookmarks;
    lines += Cluster::Bookmark(watch.version);
  }
  return lines;
}

Instant Network::NextEvent(const Watch& watch) const {
  const auto& events = cluster_.Events();
  for (std::size_t i = watch.version; i < events.size(); ++i) {
    if (events[i].kind == watch.kind) return events[i].at + plan_.event_lag;
  }
  return kNever;
}

// How it ends that begins in trouble; none: it begins well.
std::optional<Result<void>> Network::EndAtOnce(std::optional<Trouble> trouble, const OnHead& on_head, const OnChunk& on_chunk, std::chrono::milliseconds idle, const std::stop_token& stop) {
  if (trouble == Trouble::kRefused) return Error{"cluster: no connection"};
  if (trouble == Trouble::kHangs || trouble == Trouble::kSilent) {
    fibers_.WaitUntil(fibers_.Steady() + batchslo::Duration(idle).count());
    return Error{stop.stop_requested() ? "it was stopped" : "nothing came for long"};
  }
  const long status = trouble == Trouble::kServerError ? 500 : trouble == Trouble::kForbidden ? 403 : trouble == Trouble::kUnauthorized ? 401 : 200;
  if (!on_head(Reply(status, ""))) return Result<void>();
  const std::string body = status != 200 ? Status(static_cast<int>(status)) : trouble == Trouble::kLoginPage ? "<html>Sign in</html>" : "";
  if (!body.empty()) static_cast<void>(on_chunk(body));
  const bool is_over = status != 200 || trouble == Trouble::kLoginPage || trouble == Trouble::kEmptyBody;
  return is_over ? std::optional(Result<void>()) : std::nullopt;
}

// How trouble ends a watch that goes on; none: it does not.
std::optional<Result<void>> Network::Break(const Watch& watch, const OnChunk& on_chunk) {
  const auto trouble = TroubleNow(watch.kind);
  if (trouble == Trouble::kExpired || IsCompacted(watch.version)) return static_cast<void>(on_chunk(R"({"type":"ERROR","object":)" + Status(410) + "}\n")), Result<void>();
  if (!trouble || trouble == Trouble::kSecondPage || trouble == Trouble::kSilent || trouble == Trouble::kHangs) return std::nullopt;
  if (trouble == Trouble::kCutStream) static_cast<void>(on_chunk(R"({"type":"MODIFIED","obj)"));
  return Error{"cluster: the connection was reset"};
}

// Until something may come, or is to be looked at: at least every five seconds.
void Network::Rest(const Watch& watch, bool is_silent) {
  const Instant now = fibers_.Steady(), ahead = fibers_.Now() - now;
  const Instant event = is_silent ? kNever : NextEvent(watch) - ahead, bookmark = is_silent ? kNever : watch.bookmark;
  const Instant step = now + (now - watch.last_byte < kQuickFor ? kQuick : kSlow);
  fibers_.WaitUntil(std::max(now + kMillisecond, std::min({step, watch.ends, event, bookmark, NextChange(fibers_.Now()) - ahead})));
}

Result<void> Network::Stream(const HttpRequest& request, const OnHead& on_head, const OnChunk& on_chunk, batchslo::Deadline hard, std::chrono::milliseconds idle, std::stop_token stop) {
  const Cluster::Kind kind = KindOf(request.url);
  if (auto ended = EndAtOnce(TroubleNow(kind), on_head, on_chunk, idle, stop)) return *ended;
  const Instant begun = fibers_.Steady();
  Watch watch{kind, std::stoul(Query(request.url, "resourceVersion")), begun + kBookmarks, begun, begun + std::stol(Query(request.url, "timeoutSeconds")) * kSecond};
  while (!stop.stop_requested()) {
    if (auto broken = Break(watch, on_chunk)) return *broken;
    const bool is_silent = TroubleNow(kind) == Trouble::kSilent || TroubleNow(kind) == Trouble::kHangs;
    const std::string lines = is_silent ? "" : TakeEvents(watch);
    const Instant now = fibers_.Steady();
    if (!lines.empty()) watch.last_byte = now;
    if (!on_chunk(lines) || now >= watch.ends) return {};
    if (now > Micros(hard)) return Error{"no whole answer within the timeout"};
    if (now - watch.last_byte > batchslo::Duration(idle).count()) return Error{"nothing came for long"};
    Rest(watch, is_silent);
  }
  return Error{"it was stopped"};
}

}  // namespace sim

#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "exporter/web/counters.h"
#include "exporter/web/exposition.h"
#include "exporter/web/message.h"
#include "exporter/web/public_address.h"
#include "exporter/web/server.h"

namespace batchslo {

// Finds the handler of a request and answers it; no sockets. Any thread. The registry outlives it.
class Router {
 public:
  Router(ServerOptions options, PublicAddress address, Handlers handlers, prometheus::Registry& registry);
  WebReply Answer(const WebRequest& request);
  void Show(std::shared_ptr<const Snapshot> snapshot);  // as Server::Show

  Counters& Counts() { return counters_; }

 private:
  // `rest`: what of the path comes after the route's.
  using Handler = WebReply (Router::*)(const WebRequest& request, const std::string& rest);
  enum class Cost {
    kSmall,
    kPage,   // made in turn: for people, who ask seldom
    kLarge,  // so is this, and its whole body, which grows with the configuration, stands in memory until it is sent
  };
  struct Route {
    std::string path;  // one that ends with '/', but "/" itself, stands for all below it
    std::string name;
    std::vector<std::string> methods;
    Handler handler;
    Cost cost = Cost::kSmall;
  };

  const Route* Find(const std::string& path) const;
  WebReply AnswerBy(WebReply (Router::*dispatch)(const WebRequest&, std::string&), const WebRequest& request);
  // As if there were no prefix; none: the request is not below it.
  std::optional<WebRequest> WithoutPrefix(const WebRequest& request) const;
  WebReply BesidePrefix(const WebRequest& request, std::string& name);
  bool IsFromElsewhere(const WebRequest& request) const;
  // None: the request may go on to its handler.
  std::optional<WebReply> Stop(const WebRequest& request, const Guard& guard) const;
  WebReply Dispatch(const WebRequest& request, std::string& name);

  WebReply Metrics(const WebRequest& request, const std::string& rest);
  WebReply StatusPage(const WebRequest& request, const std::string& rest);
  WebReply JobPage(const WebRequest& request, const std::string& rest);
  WebReply RunbooksPage(const WebRequest& request, const std::string& rest);
  WebReply RunbookPage(const WebRequest& request, const std::string& rest);
  WebReply Style(const WebRequest& request, const std::string& rest);
  WebReply Icon(const WebRequest& request, const std::string& rest);
  WebReply Healthy(const WebRequest& request, const std::string& rest);
  WebReply Ready(const WebRequest& request, const std::string& rest);
  WebReply ApiJobs(const WebRequest& request, const std::string& rest);
  WebReply ApiJob(const WebRequest& request, const std::string& rest);
  WebReply ApiExplain(const WebRequest& request, const std::string& rest);
  WebReply ApiSources(const WebRequest& request, const std::string& rest);
  WebReply ApiRegistries(const WebRequest& request, const std::string& rest);
  WebReply ApiBuildInfo(const WebRequest& request, const std::string& rest);
  WebReply ApiConfig(const WebRequest& request, const std::string& rest);
  WebReply ApiFlags(const WebRequest& request, const std::string& rest);
  WebReply Heartbeat(const WebRequest& request, const std::string& rest);
  WebReply Reload(const WebRequest& request, const std::string& rest);

  Pieces InTurn(Pieces pieces);
  std::shared_ptr<const Page> PageOf(std::shared_ptr<const Snapshot> snapshot);
  std::shared_ptr<const Page> NewestPage();

  const ServerOptions options_;
  const PublicAddress address_;
  const Handlers handlers_;
  prometheus::Registry& registry_;
  Counters counters_;
  const std::vector<Route> routes_;
  // Held while a page, or a piece of all jobs, is made: however many ask for those, who scrapes, tells or judges finds a
  // processor.
  std::mutex turn_;
  std::mutex mutex_;                  // held for an exchange of pointers only
  std::shared_ptr<const Page> page_;  // of the newest snapshot that was shown or scraped; guarded by mutex_
  bool is_shown_ = false;             // from then on only Show makes pages; guarded by mutex_
  std::atomic<int> pushing_ = 0, explaining_ = 0, making_ = 0;  // heartbeats, explanations and large bodies at work
};

}  // namespace batchslo

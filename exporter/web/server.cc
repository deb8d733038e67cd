// Tested by tests/web/server_test.cc.
#include "exporter/web/server.h"

#include <prometheus/registry.h>

#include "exporter/web/router.h"

namespace batchslo {
namespace {

class WebServer : public Server {
 public:
  WebServer(ServerOptions options, Handlers handlers) : guard_(handlers.guard), router_(std::move(options), std::move(handlers), registry_) {}

  Result<void> Listen(const std::vector<std::string>& addresses, const FrontLimits& limits) {
    FrontTold told{[this](int change) { router_.Counts().Connections(change); }, [this](std::string_view reason) { router_.Counts().Refused(reason); }};
    auto front = Front::Start(addresses, limits, [this](const WebRequest& request) { return router_.Answer(request); }, std::move(told), MakeTls());
    if (!front) return front.GetError();
    front_ = std::move(front).Value();
    return {};
  }

  std::vector<std::uint16_t> Ports() const override { return front_->Ports(); }

 private:
  TlsInForce MakeTls() const {
    if (!guard_) return {};
    return [this] {
      const auto guard = guard_();
      return guard ? guard->tls : nullptr;
    };
  }

  const GuardInForce guard_;
  prometheus::Registry registry_;
  Router router_;
  std::unique_ptr<Front> front_;  // ends first
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(ServerOptions options, Handlers handlers) {
  if (!options.telemetry_path.starts_with('/')) return Error{"--web.telemetry-path must begin with /, not \"" + options.telemetry_path + "\""};
  const std::vector<std::string> addresses = options.listen;
  const FrontLimits limits = options.limits;
  auto server = std::make_unique<WebServer>(std::move(options), std::move(handlers));
  const auto listening = server->Listen(addresses, limits);
  if (!listening) return listening.GetError();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace batchslo

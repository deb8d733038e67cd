// Tested by tests/web/server_test.cc.
#include "exporter/web/server.h"

#include <prometheus/registry.h>
#include <unistd.h>

#include "exporter/web/router.h"

namespace batchslo {
namespace {

class WebServer : public Server {
 public:
  WebServer(const ServerOptions& options, PublicAddress address, Handlers handlers)
      : external_url_(options.external_url), route_prefix_(options.route_prefix), guard_(handlers.guard),
        router_(options, std::move(address), std::move(handlers), registry_) {}

  void Run(std::vector<Listener> listeners, const FrontLimits& limits) {
    router_.Counts().ReachedAt(LinkBase(external_url_, route_prefix_, OwnOrigin(listeners)));
    FrontTold told{[this](int change) { router_.Counts().Connections(change); }, [this](std::string_view reason) { router_.Counts().Refused(reason); }};
    front_ = Front::Start(std::move(listeners), limits, [this](const WebRequest& request) { return router_.Answer(request); }, std::move(told), MakeTls());
  }

  void Show(std::shared_ptr<const Snapshot> snapshot) override { router_.Show(std::move(snapshot)); }

  std::vector<std::uint16_t> Ports() const override {
    std::vector<std::uint16_t> ports;
    for (const Listener& listener : front_->Listeners()) ports.push_back(listener.Port());
    return ports;
  }

  std::vector<std::string> Addresses() const override {
    std::vector<std::string> addresses;
    for (const Listener& listener : front_->Listeners()) addresses.push_back(listener.Address());
    return addresses;
  }

 private:
  // As Prometheus has it: the name of this machine, with the port of the first address. A UNIX socket has no port.
  std::string OwnOrigin(const std::vector<Listener>& listeners) const {
    char name[256] = "localhost";
    gethostname(name, sizeof name - 1);
    const auto guard = guard_ ? guard_() : nullptr;
    const std::uint16_t port = listeners.empty() ? std::uint16_t{0} : listeners.front().Port();
    return (guard && guard->tls ? "https://" : "http://") + std::string(name) + (port ? ":" + std::to_string(port) : "");
  }

  TlsInForce MakeTls() const {
    if (!guard_) return {};
    return [this] {
      const auto guard = guard_();
      return guard ? guard->tls : nullptr;
    };
  }

  const std::string external_url_, route_prefix_;
  const GuardInForce guard_;
  prometheus::Registry registry_;
  Router router_;
  std::unique_ptr<Front> front_;  // ends first
};

Result<std::vector<Listener>> OpenAll(const ServerOptions& options) {
  std::vector<Listener> listeners;
  const auto keep = [&](Result<Listener> listener) -> Result<void> {
    if (!listener) return listener.GetError();
    listeners.push_back(std::move(listener).Value());
    return {};
  };
  for (const int fd : options.sockets) {
    if (const auto kept = keep(Listener::Adopt(fd)); !kept) return kept.GetError();
  }
  for (const std::string& address : options.sockets.empty() ? options.listen : std::vector<std::string>{}) {
    if (const auto kept = keep(Listener::Open(address)); !kept) return kept.GetError();
  }
  return listeners;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(ServerOptions options, Handlers handlers) {
  if (!options.telemetry_path.starts_with('/')) return Error{"--web.telemetry-path must begin with /, not \"" + options.telemetry_path + "\""};
  auto address = ReadPublicAddress(options.external_url, options.route_prefix);
  if (!address) return address.GetError();
  auto listeners = OpenAll(options);
  if (!listeners) return listeners.GetError();
  const FrontLimits limits = options.limits;
  auto server = std::make_unique<WebServer>(options, std::move(address).Value(), std::move(handlers));
  server->Run(std::move(listeners).Value(), limits);
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace batchslo

// Tested by tests/web/router_test.cc and tests/web/tls_test.cc.
#include "exporter/web/guard.h"

namespace batchslo {

Result<std::shared_ptr<const Guard>> Guard::Make(const WebAccess& access, const Guard* before) {
  auto guard = std::make_shared<Guard>();
  guard->headers = access.headers;
  guard->users = std::make_shared<Users>(access.users, before ? before->users.get() : nullptr);
  if (access.tls) {
    auto tls = Tls::Make(*access.tls);
    if (!tls) return tls.GetError();
    guard->tls = std::move(tls).Value();
  }
  return std::shared_ptr<const Guard>(std::move(guard));
}

std::optional<WebReply> Guard::Stop(const WebRequest& request) const {
  const Login login = users->Check(request.Header("Authorization"));
  if (login == Login::kGood) return std::nullopt;
  WebReply reply;
  reply.status = login == Login::kBusy ? 503 : 401;
  reply.body = login == Login::kBusy ? "too many passwords to check at once; try again\n" : "a user and a password, please\n";
  if (login == Login::kBusy) {
    reply.headers.emplace_back("Retry-After", "1");
  } else {
    reply.headers.emplace_back("WWW-Authenticate", "Basic realm=\"batchslo\", charset=\"UTF-8\"");
  }
  return reply;
}

}  // namespace batchslo

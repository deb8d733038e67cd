// Tested by tests/wrapper/delay_test.py.
#include "exporter/wrapper/stream.h"

namespace batchslo {

Outcome Exchange(const Target& target, std::string_view job, std::string_view body, SteadyTime deadline) {
  const auto later = [&](const std::string& fault) { return Outcome{Outcome::Kind::kLater, 0, fault}; };
  std::string fault;
  Fd socket = Connect(target.url, deadline, fault);
  if (!socket) return later(fault);
  const bool tls = target.url.scheme == Url::Scheme::kHttps;
  const auto stream =
      tls ? MakeTls(std::move(socket), target.url, target.ca_file, deadline, fault) : MakePlain(std::move(socket));
  if (!stream || !stream->WriteAll(RenderRequest(target, job, body), deadline, fault)) return later(fault);

  std::string reply;
  Head head;
  for (;;) {
    const HeadState state = ParseHead(reply, head);
    if (state == HeadState::kBroken) return later("the answer is no HTTP; check --url");
    if (state == HeadState::kWhole && head.status >= 200) return OutcomeOf(head, job);
    if (state == HeadState::kWhole) {
      reply.erase(0, head.size);  // 1xx: the answer follows
    } else if (!stream->ReadSome(reply, deadline, fault)) {
      return later(fault.empty() ? "the connection was closed without an answer" : fault);
    }
  }
}

}  // namespace batchslo

#pragma once

#include <memory>
#include <optional>

#include "exporter/core/result.h"
#include "exporter/core/web_access.h"
#include "exporter/web/message.h"
#include "exporter/web/tls.h"
#include "exporter/web/users.h"

namespace batchslo {

// How we are reached and by whom, as one web configuration says. Any thread.
struct Guard {
  std::shared_ptr<const Tls> tls;  // null: plain HTTP
  Pairs headers;                   // of every reply, instead of ours
  std::shared_ptr<Users> users;

  // `before`: the one whose place it takes.
  static Result<std::shared_ptr<const Guard>> Make(const WebAccess& access, const Guard* before = nullptr);

  // None: come in. Else what is answered instead. May take the time of several bcrypts.
  std::optional<WebReply> Stop(const WebRequest& request) const;
};

// The one in force, for a new connection or request. The function may be null, and what it gives: all may come, plainly.
using GuardInForce = std::function<std::shared_ptr<const Guard>()>;

}  // namespace batchslo

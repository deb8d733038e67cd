#pragma once

#include <span>
#include <string>

#include "exporter/net/http.h"

namespace batchslo {

// What a server said of a body, to be asked later whether that has changed.
struct Validators {
  std::string url;  // that gave it; empty: nothing is known
  std::string etag, last_modified;
};

struct FollowedReply {
  HttpReply reply;
  std::string url;  // that gave it
};

// Asks, and goes on where a reply sends us: at most five times, by https, to one of `hosts` ("files.example.com",
// "*.example.com") and its own port, and only to addresses on the open internet. No header of the first request goes along
// but Accept. Only who gave the validators is told them; then the status may be 304. An Error where it sends us elsewhere.
Result<FollowedReply> SendFollowing(HttpClient& http, HttpRequest request, const Validators& held, std::span<const std::string> hosts, Deadline deadline,
                                    const std::stop_token& stop = {});

Validators ValidatorsOf(const FollowedReply& followed);

}  // namespace batchslo

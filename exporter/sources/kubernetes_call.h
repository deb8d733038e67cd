#pragma once

#include <string>
#include <utility>

#include "exporter/sources/kubernetes_targets.h"

namespace batchslo {

// Single calls to one API server; a 401 is tried once more with fresh credentials.
class KubeCaller {
 public:
  KubeCaller(KubeAccess access, const SourceServices& services)
      : credentials_(std::move(access), services.clock), http_(services.http) {}

  const std::string& Server() const { return credentials_.Access().server; }
  Result<HttpReply> Get(const std::string& path, Deadline deadline) { return Send(path, "", deadline); }
  Result<HttpReply> Post(const std::string& path, const std::string& json, Deadline deadline) { return Send(path, json, deadline); }

 private:
  Result<HttpReply> Send(const std::string& path, const std::string& json, Deadline deadline) {
    for (int attempt = 0;; ++attempt) {
      auto request = credentials_.Request(path);
      if (!request) return request.GetError();
      if (!json.empty()) {
        request->method = "POST";
        request->body = json;
        request->headers.emplace_back("Content-Type", "application/json");
      }
      auto reply = http_.Send(*request, deadline);
      if (!reply || reply->status != 401 || attempt > 0) return reply;
      credentials_.Refuse();
    }
  }

  KubeCredentials credentials_;
  HttpClient& http_;
};

}  // namespace batchslo

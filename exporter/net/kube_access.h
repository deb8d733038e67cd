#pragma once

#include <string>
#include <utility>
#include <vector>

#include "exporter/net/http.h"

namespace batchslo {

// How to reach one API server and as whom: one context of a kubeconfig, or a pod's service account. Paths are absolute.
struct KubeAccess {
  std::string server;  // "https://10.0.0.1:443"
  TlsOptions tls;
  std::string proxy_url;
  std::string default_namespace;

  // One of these says who we are (none: the client certificate in `tls`).
  std::string token;       // fixed
  std::string token_file;  // re-read every 60 s and on 401
  std::string username, password;
  struct Exec {  // client-go credential plugin (client.authentication.k8s.io/v1, v1beta1)
    std::string api_version, command, install_hint;
    std::vector<std::string> args;
    std::vector<std::pair<std::string, std::string>> env;
    bool provide_cluster_info = false;
  };
  Exec exec;  // command empty: none
  std::string impersonate_user;
  std::vector<std::string> impersonate_groups;
};

}  // namespace batchslo

#pragma once

#include <string>

#include "exporter/net/kube_access.h"

namespace batchslo {

// One context of a kubeconfig. `file` empty: the files of $KUBECONFIG (the first that has a name wins), else
// ~/.kube/config. `context` empty: the current one. Paths in a file are relative to it; what it names is read now, but
// for token files. Errors say which file and name.
Result<KubeAccess> ReadKubeconfig(const std::string& file, const std::string& context);

}  // namespace batchslo

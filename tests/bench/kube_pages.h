#pragma once

#include <cstddef>
#include <string>

namespace batchslo::bench {

enum class PageKind { kCronJobs, kJobs };

// One page of a list as an API server of 1.36 writes it, without white space: pod templates, managedFields and all, about
// 5 KB an object. Job i belongs to CronJob i / 10. `next` empty: the last page.
std::string KubePageText(PageKind kind, std::size_t first, std::size_t count, const std::string& next);

}  // namespace batchslo::bench

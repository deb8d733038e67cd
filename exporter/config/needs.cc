// What jobs need of each other. Tested by tests/config/needs_test.cc.
#include <algorithm>

#include "exporter/config/jobs.h"
#include "exporter/core/nearest.h"

namespace batchslo {
namespace {

using Needs = std::map<std::string, std::vector<Node>>;

// Takes away all that end somewhere: what is left needs itself, or something that does.
Needs OnlyEndless(Needs needs) {
  std::map<std::string_view, std::vector<const std::string*>> needed_by;
  std::map<std::string_view, std::size_t> open;
  for (const auto& [job, upstreams] : needs) {
    for (const Node& upstream : upstreams) {
      needed_by[upstream.text].push_back(&job);
      if (needs.contains(upstream.text)) ++open[job];
    }
  }
  std::vector<std::string> ended;
  for (const auto& [job, upstreams] : needs) {
    if (!open.contains(job)) ended.push_back(job);
  }
  for (std::size_t i = 0; i < ended.size(); ++i) {
    for (const std::string* const job : needed_by[ended[i]]) {
      if (--open[*job] == 0) ended.push_back(*job);
    }
  }
  for (const std::string& job : ended) needs.erase(job);
  return needs;
}

// From a job that is endless, by endless ones, until one comes again: the places of that circle.
std::vector<const Node*> FindCircle(const Needs& endless) {
  std::vector<const Node*> way;
  std::map<std::string_view, std::size_t> passed;
  for (auto job = endless.begin();;) {
    const auto [at, fresh] = passed.try_emplace(job->first, way.size());
    if (!fresh) return {way.begin() + static_cast<std::ptrdiff_t>(at->second), way.end()};
    const auto next = std::find_if(job->second.begin(), job->second.end(), [&](const Node& upstream) { return endless.contains(upstream.text); });
    way.push_back(&*next);
    job = endless.find(next->text);
  }
}

std::string Tell(const std::vector<const Node*>& circle) {
  constexpr std::size_t kMostTold = 10;
  std::string text = Quoted(circle.back()->text);
  for (std::size_t i = 0; i < circle.size() && i < kMostTold; ++i) text += " needs " + Quoted(circle[i]->text);
  return text + (circle.size() > kMostTold ? " ..." : "");
}

}  // namespace

void JobReader::ReadNeeds(const Block& block, JobDef& job) {
  if (!block.Has("needs")) return;
  JobNames names;
  for (const auto& [none, item] : block.At("needs")->entries) {
    names.emplace_back(item.text);
    needs_[job.name].push_back(item);
  }
  job.needs = SharedValue(std::move(names));
}

// What is not known may yet be discovered, where a source discovers.
void JobReader::CheckNeeds() {
  constexpr int kMostCircles = 20;  // each is sought anew
  constexpr std::size_t kMostSought = 1000;
  std::vector<std::string_view> known;
  for (const auto& job : config_.fleet.jobs) known.push_back(job->name);
  std::sort(known.begin(), known.end());
  static const Needs kNone;
  const Needs& known_only = MayBeDiscovered() ? kNone : needs_;
  for (const auto& [job, upstreams] : known_only) {
    for (const Node& upstream : upstreams) {
      if (std::binary_search(known.begin(), known.end(), upstream.text)) continue;
      const std::string_view nearest = known.size() > kMostSought ? "" : Nearest(upstream.text, known);
      faults_.Add(upstream, "job " + Quoted(job) + " needs " + Quoted(upstream.text) + ", and no job is named so",
                  nearest.empty() ? "write it under jobs, or take it out" : "did you mean " + Quoted(nearest) + "?");
    }
  }
  Needs endless = OnlyEndless(needs_);
  for (int i = 0; i < kMostCircles && !endless.empty(); ++i, endless = OnlyEndless(std::move(endless))) {
    const auto circle = FindCircle(endless);
    faults_.Add(*circle.front(), "jobs that need each other can never begin: " + Tell(circle), "take one of these needs out");
    std::vector<std::string> told;  // the places lie within what is taken away
    for (const Node* const upstream : circle) told.push_back(upstream->text);
    for (const std::string& job : told) endless.erase(job);
  }
}

}  // namespace batchslo

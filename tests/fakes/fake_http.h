#pragma once

#include <algorithm>
#include <functional>

#include "exporter/net/http.h"
#include "tests/fakes/fake_clock.h"

namespace batchslo {

// Answers as `answer` says; time passes on the fake clock while it does. One thread.
class FakeHttp : public HttpClient {
 public:
  struct Chunk {
    std::chrono::milliseconds after;  // nothing comes for so long, then this
    std::string bytes;
  };
  struct Answer {
    long status = 200;
    std::string body = {};  // of a stream: the first chunk
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::vector<Chunk> chunks = {};
    std::string error = {};  // instead of the end
    bool has_head = true;    // a stream that fails before it begins has none
  };

  explicit FakeHttp(FakeClock& clock) : clock_(clock) {}

  std::vector<Result<HttpReply>> SendAll(const std::vector<HttpRequest>& requests, std::size_t, Deadline, std::stop_token stop) override {
    std::vector<Result<HttpReply>> replies;
    for (const HttpRequest& request : requests) {
      const Answer given = answer(request);
      if (stop.stop_requested()) {
        replies.emplace_back(Error{"it was stopped"});
      } else {
        replies.push_back(given.error.empty() ? Result<HttpReply>(HeadOf(given, given.body)) : Error{given.error});
      }
    }
    return replies;
  }

  Result<void> Stream(const HttpRequest& request, const OnHead& on_head, const OnChunk& on_chunk, Deadline hard, std::chrono::milliseconds idle,
                      std::stop_token stop) override {
    Answer given = answer(request);
    if (stop.stop_requested()) return Error{"it was stopped"};
    if (given.has_head && !on_head(HeadOf(given, ""))) return {};
    if (!given.body.empty()) given.chunks.insert(given.chunks.begin(), {std::chrono::milliseconds{0}, given.body});
    for (const Chunk& chunk : given.chunks) {
      if (chunk.after.count() > 0 && !on_chunk({})) return {};  // all that came was given
      for (auto left = chunk.after; left.count() > 0;) {
        const auto step = std::min(left, std::chrono::milliseconds{1000});
        clock_.Advance(step);
        left -= step;
        if (clock_.Steady() > hard) return Error{"no whole answer within the timeout"};
        if (chunk.after - left > idle) return Error{"nothing came for " + std::to_string(idle.count() / 1000) + " s"};
        if (step.count() == 1000 && !on_chunk({})) return {};
      }
      if (!chunk.bytes.empty() && !on_chunk(chunk.bytes)) return {};
    }
    return given.error.empty() ? Result<void>() : Error{given.error};
  }

  std::function<Answer(const HttpRequest&)> answer;

 private:
  HttpReply HeadOf(const Answer& given, std::string body) {
    HttpReply reply;
    reply.status = given.status;
    reply.headers = given.headers;
    reply.body = std::move(body);
    reply.date = clock_.Now();
    return reply;
  }
  FakeClock& clock_;
};

}  // namespace batchslo

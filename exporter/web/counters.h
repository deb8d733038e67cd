#pragma once

#include <string>
#include <string_view>

namespace prometheus {
class Registry;
class Counter;
class Gauge;
template <class T>
class Family;
}  // namespace prometheus

namespace batchslo {

// What the web server counts of itself, in the library's registry; part of the group "self". Any thread.
class Counters {
 public:
  explicit Counters(prometheus::Registry& registry);

  void Request(std::string_view handler, int code);
  void Heartbeat(std::string_view result);  // "stored", "refused", "unavailable"
  void Connections(int change);
  void Refused(std::string_view reason);  // before there was a request to answer
  void ReachedAt(const std::string& url);  // once: where links to us begin

 private:
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Counter>& heartbeats_;
  prometheus::Family<prometheus::Gauge>& info_;
  prometheus::Gauge& connections_;
  prometheus::Family<prometheus::Counter>& refused_;
};

}  // namespace batchslo

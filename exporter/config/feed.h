#pragma once

#include <algorithm>
#include <cstddef>
#include <streambuf>
#include <string_view>

namespace batchslo {

// A text as a stream for yaml-cpp. Of what is in brackets yaml-cpp tells nothing before it has read to their end, and
// it keeps a hundred times as much in memory: whoever hears of a value says so, and what is read without one is limited.
class Feed : public std::streambuf {
 public:
  struct TooFar {};  // thrown out of the parser

  explicit Feed(std::string_view text) : text_(text) {}
  void Heard() { heard_ = fed_; }

 protected:
  int_type underflow() override {
    constexpr std::size_t kChunk = 4096, kMostUnheard = 10'000'000;
    if (fed_ == text_.size()) return traits_type::eof();
    if (fed_ - heard_ > kMostUnheard) throw TooFar{};
    char* begin = const_cast<char*>(text_.data());  // streams are read through pointers to what could be written
    const std::size_t next = std::min(fed_ + kChunk, text_.size());
    setg(begin, begin + fed_, begin + next);
    fed_ = next;
    return traits_type::to_int_type(*gptr());
  }

 private:
  const std::string_view text_;
  std::size_t fed_ = 0, heard_ = 0;
};

}  // namespace batchslo

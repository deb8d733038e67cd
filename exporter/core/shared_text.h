#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace batchslo {

// A text that many jobs have in common (a team, a schedule, a source): kept once in the process, for as long as anyone
// has it. Eight bytes. None ("silent") is not the empty text, but reads as it. Any thread, as a shared_ptr is.
class SharedText {
 public:
  SharedText() = default;  // none
  SharedText(std::string_view text);
  SharedText(const std::string& text) : SharedText(std::string_view(text)) {}
  SharedText(const char* text) : SharedText(std::string_view(text)) {}
  SharedText(const SharedText& other) : kept_(other.kept_) { Hold(); }
  SharedText(SharedText&& other) noexcept : kept_(std::exchange(other.kept_, nullptr)) {}
  SharedText& operator=(SharedText other) noexcept { return std::swap(kept_, other.kept_), *this; }
  ~SharedText() { LetGo(); }

  explicit operator bool() const { return kept_ != nullptr; }  // something was said, be it ""
  const std::string& operator*() const;                        // "" of none
  operator const std::string&() const { return **this; }
  operator std::string_view() const { return **this; }
  const std::string& Or(const std::string& fallback) const { return kept_ ? **this : fallback; }
  bool empty() const { return (**this).empty(); }
  std::optional<std::string> Said() const { return kept_ ? std::optional(**this) : std::nullopt; }
  template <class T>
  operator std::optional<T>() const = delete;  // would make "" of none: Said() does not

  bool operator==(const SharedText& other) const { return kept_ == other.kept_; }
  template <std::convertible_to<std::string_view> T>
    requires(!std::same_as<T, SharedText>)
  bool operator==(const T& text) const { return **this == std::string_view(text); }

 private:
  struct Kept {
    std::string text;
    std::atomic<std::size_t> holders;
  };
  struct Pool;

  void Hold() const {
    if (kept_) kept_->holders.fetch_add(1, std::memory_order_relaxed);
  }
  void LetGo();

  Kept* kept_ = nullptr;
};

inline std::string operator+(const SharedText& a, std::string_view b) { return std::string(*a).append(b); }
inline std::string operator+(std::string_view a, const SharedText& b) { return std::string(a).append(*b); }
inline std::ostream& operator<<(std::ostream& out, const SharedText& text) { return out << *text; }

}  // namespace batchslo

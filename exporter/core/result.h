#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace batchslo {

// What went wrong outside, told to a person: what was being done, to what, what to do next. Never holds a secret.
struct Error {
  std::string message;
};

// A value or an Error. Value() of an error, and GetError() of a value, are bugs of the caller.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : held_(std::in_place_index<1>, std::move(error)) {}

  bool Ok() const { return held_.index() == 0; }
  explicit operator bool() const { return Ok(); }

  const T& Value() const& { return assert(Ok()), *std::get_if<0>(&held_); }
  T& Value() & { return assert(Ok()), *std::get_if<0>(&held_); }
  T&& Value() && { return assert(Ok()), std::move(*std::get_if<0>(&held_)); }
  const T& operator*() const& { return Value(); }
  T& operator*() & { return Value(); }
  const T* operator->() const { return &Value(); }
  T* operator->() { return &Value(); }

  const Error& GetError() const { return assert(!Ok()), *std::get_if<1>(&held_); }
  const std::string& Message() const { return GetError().message; }

 private:
  std::variant<T, Error> held_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool Ok() const { return !error_; }
  explicit operator bool() const { return Ok(); }
  const Error& GetError() const { return assert(error_), *error_; }
  const std::string& Message() const { return GetError().message; }

 private:
  std::optional<Error> error_;
};

}  // namespace batchslo

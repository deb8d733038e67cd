#pragma once

#include <span>
#include <string_view>

namespace batchslo {

// The known word that is at most two slips (a letter too many, too few, wrong, or two swapped) away from `word`, the
// nearest first; empty if none is. For "did you mean".
std::string_view Nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace batchslo

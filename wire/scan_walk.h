#pragma once

#include "wire/message_scanner.h"

namespace timeservice::wire {

/// Binary and compact are the same walk over different letters: the head, then the
/// fields of the arguments' struct, with a stack for what is nested in it. A template,
/// so that its steps are inlined: it looks at every call.
template <auto kHead, auto kField, auto kValue>
MessageScanner::State MessageScanner::walk() {
  constexpr std::uint8_t kStop = 0;  // the end of a struct's fields, in both
  for (;;) {
    Step step = Step::kDone;
    if (!head_done_) {
      step = (this->*kHead)();
      if (step == Step::kDone) {
        head_done_ = true;
        // A call without arguments is the commonest, and ends at once.
        step = have(1) && byte(0) == kStop ? skip(1) : open_struct();
      }
    } else if (levels_.empty()) {
      return position_ <= bytes_.size() ? State::kComplete : State::kNeedMore;
    } else if (pending_ != 0) {
      const std::uint8_t type = pending_;
      pending_ = 0;
      step = (this->*kValue)(type);
      if (step == Step::kNeedMore) pending_ = type;
    } else if (levels_.back().is_struct) {
      step = (this->*kField)();
    } else if (levels_.back().left == 0) {
      levels_.pop_back();
    } else {
      pending_ = next_element();
    }
    if (step == Step::kBad) return State::kBad;
    if (step == Step::kNeedMore) return State::kNeedMore;
  }
}

}  // namespace timeservice::wire

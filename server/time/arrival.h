#pragma once

#include <thrift/TProcessor.h>

#include "server/time/clock/clock.h"

namespace timeservice {

/// Notes the wall clock when the head of an exchange() call has been read: its T2, taken
/// before arguments are decoded. Set it as the processor's event handler. The note
/// is kept by thread: a call is read and handled by the same one.
class ArrivalStamp : public apache::thrift::TProcessorEventHandler {
 public:
  explicit ArrivalStamp(const clock::Clock& clock) : clock_(clock) {}

  void* getContext(const char* method, void* connection) override;

  /// When the exchange() that this thread is handling arrived.
  static clock::WallTime of_this_call();

 private:
  const clock::Clock& clock_;
};

}  // namespace timeservice

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace timeservice::host {

/// What a load balancer and an operator want to know of a server. Any thread.
class Health {
 public:
  enum class State {
    kStarting,  ///< not yet listening
    kServing,
    kDraining,  ///< takes no new work: told to stop
    kFailed,    ///< serves, and cannot do all that it is for
  };
  struct Now {
    State state;
    /// Why it has failed, and what to do, one line; else "".
    std::string reason;
  };
  /// "" while all is well, else why not: one line. Called by any thread; never waits.
  using Check = std::function<std::string()>;

  /// Forgets the check when it goes; after that the check is not called any more.
  class Registration {
   public:
    Registration() = default;
    Registration(Registration&& other) noexcept = default;
    Registration& operator=(Registration&& other) noexcept = default;
    explicit Registration(std::shared_ptr<void> held) : held_(std::move(held)) {}

   private:
    std::shared_ptr<void> held_;
  };

  /// Where it stands; a check that fails while it serves makes it kFailed.
  void enter(State state);
  /// Something that the service cannot do without.
  [[nodiscard]] Registration watch(Check check);
  Now now() const;

  /// Something that only a restart mends.
  [[nodiscard]] Registration watch_life(Check check);
  /// Why it must be restarted; "" while it need not, or does not serve.
  std::string dead() const;

 private:
  struct Checks {
    std::mutex mutex;
    std::vector<std::shared_ptr<const Check>> checks;
  };
  static Registration add(const std::shared_ptr<Checks>& checks, Check check);
  /// What the first that fails says.
  static std::string first_failure(Checks& checks);
  State state() const;

  mutable std::mutex mutex_;
  State state_ = State::kStarting;
  // They outlive this for their registrations.
  std::shared_ptr<Checks> watched_ = std::make_shared<Checks>();
  std::shared_ptr<Checks> life_ = std::make_shared<Checks>();
};

/// "serving", say.
std::string_view to_string(Health::State state);

}  // namespace timeservice::host

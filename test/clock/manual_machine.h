#pragma once

#include <sys/timex.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "server/time/clock/chrony_link.h"
#include "server/time/clock/clock.h"
#include "server/time/clock/kernel_clock.h"

namespace timeservice::clock::test {

constexpr std::int64_t kUs = 1'000;
constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;
/// Some day in 2026, at noon.
constexpr std::int64_t kNoon = 20'780 * 86'400 * kSecond + 43'200 * kSecond;

/// Clocks that stand still until a test moves them. One thread.
class ManualClock : public Clock {
 public:
  WallTime wall() const override { return {wall_ns}; }
  MonotonicTime monotonic() const override { return {monotonic_ns}; }
  BootTime boot() const override { return {boot_ns}; }

  void pass(std::int64_t ns) {
    wall_ns += ns;
    monotonic_ns += ns;
    boot_ns += ns;
  }
  void step(std::int64_t ns) { wall_ns += ns; }
  void sleep(std::int64_t ns) {
    wall_ns += ns;
    boot_ns += ns;
  }

  std::int64_t wall_ns = kNoon;
  std::int64_t monotonic_ns = 1000 * kSecond;
  std::int64_t boot_ns = 1000 * kSecond;
};

/// What the kernel is to answer.
class ManualKernel : public KernelClock {
 public:
  KernelReading read() const override { return reading; }

  /// A daemon writes its bound.
  void write(long maxerror_us) { reading.state.maxerror = maxerror_us; }
  /// What the kernel does when its clock is set.
  void clear() {
    reading.state.maxerror = 16'000'000;
    reading.state.status |= STA_UNSYNC;
    reading.result = TIME_ERROR;
  }
  void refuse(int error) { reading.result = -1, reading.error = error; }

  KernelReading reading{.result = TIME_OK, .error = 0, .state = {}};
};

/// A tracking report as chronyd writes it.
struct ManualReport {
  std::uint32_t reference = 0xC0000201;
  std::uint16_t stratum = 3;
  std::uint16_t leap = 0;
  std::int64_t update_ns = kNoon;
  double correction_s = 0.001;
  double frequency_ppm = -7;
  double residual_ppm = 0.5;
  double skew_ppm = 1.5;
  double root_delay_s = 0.004;
  double root_dispersion_s = 0.003;

  std::string answer_to(const ChronyRequest& request) const {
    std::string bytes = {6, 2, 0, 0};
    bytes.append(request.begin() + 4, request.begin() + 6);
    put(bytes, 5, 2);
    put(bytes, 0, 8);
    bytes.append(request.begin() + 8, request.begin() + 12);
    put(bytes, 0, 8);
    put(bytes, reference, 4);
    put(bytes, 0xC0000201, 4);
    put(bytes, 0, 12);
    put(bytes, 1, 2);
    put(bytes, 0, 2);
    put(bytes, stratum, 2);
    put(bytes, leap, 2);
    put(bytes, 0, 4);
    put(bytes, static_cast<std::uint64_t>(update_ns / kSecond), 4);
    put(bytes, static_cast<std::uint64_t>(update_ns % kSecond), 4);
    for (const double value : {correction_s, 0.0, 0.0, frequency_ppm, residual_ppm, skew_ppm, root_delay_s,
                               root_dispersion_s, 64.0}) {
      put(bytes, real(value), 4);
    }
    return bytes;
  }

  static void put(std::string& bytes, std::uint64_t value, int size) {
    for (int i = size; i-- > 0;) bytes.push_back(static_cast<char>(i < 8 ? value >> (8 * i) & 0xFF : 0));
  }

  /// chronyd's format for numbers, rounded up in size, as in its util.c.
  static std::uint32_t real(double value);
};

/// A chronyd that answers what it is told to.
class ManualChrony : public ChronyLink {
 public:
  bool ask(const ChronyRequest& request, std::chrono::milliseconds, const ChronyTake& take) override {
    ++asked;
    if (!running) return false;
    for (const std::string& message : stray) {
      if (take(message)) return true;
    }
    return take(report.answer_to(request));
  }

  ManualReport report;
  bool running = true;
  /// What arrives before the answer.
  std::vector<std::string> stray;
  int asked = 0;
};

/// Hands an object that the test keeps to who wants to own one.
template <typename Interface, typename Kept>
class Lent;

template <typename Kept>
class Lent<KernelClock, Kept> : public KernelClock {
 public:
  explicit Lent(Kept& kept) : kept_(kept) {}
  KernelReading read() const override { return kept_.read(); }

 private:
  Kept& kept_;
};

template <typename Kept>
class Lent<ChronyLink, Kept> : public ChronyLink {
 public:
  explicit Lent(Kept& kept) : kept_(kept) {}
  bool ask(const ChronyRequest& request, std::chrono::milliseconds patience,
           const ChronyTake& take) override {
    return kept_.ask(request, patience, take);
  }

 private:
  Kept& kept_;
};

}  // namespace timeservice::clock::test

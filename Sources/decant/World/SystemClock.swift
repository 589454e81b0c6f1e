#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import Reconciliation

/// The wall clock of this machine.
enum SystemClock {
  static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int(time.tv_sec) * 1_000 + Int(time.tv_nsec) / 1_000_000)
  }

  /// An id that no other run has: the time, and what cannot be guessed.
  static func runID() -> String {
    let random = UInt32.random(in: .min ... .max)
    let digits = String(random, radix: 16)
    return "\(now().milliseconds)-\(String(repeating: "0", count: 8 - digits.count))\(digits)"
  }
}

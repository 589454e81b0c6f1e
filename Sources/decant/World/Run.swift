import ControlPlane
import Reconciliation

/// The name of one run of the program.
enum Run {
  /// An id that no other run has: the time, and what cannot be guessed.
  static func newID() -> String {
    let digits = String(UInt32.random(in: .min ... .max), radix: 16)
    return "\(SystemClock.now().milliseconds)-\(String(repeating: "0", count: 8 - digits.count))\(digits)"
  }
}

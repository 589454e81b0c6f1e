import Documents
import Reconciliation

extension Target {
  /// What a target's own keys and its policy say together, resolved before anything judges it.
  struct Resolved {
    /// The SQL that masks, wherever it came from; `query_file` is already its text.
    let overrideQuery: String?
    let policy: Declared?
    /// The target's own checks, then its policy's.
    let checks: [Check]
    /// The target's `cpus`, else the policy's `parallel_workers`, else one.
    let workers: Int
    /// Checks that were not shown able to fail count as failed.
    let isStrict: Bool
  }

  static func policy(of object: Declared, in declaration: Declaration) -> Declared? {
    object.spec["sanitize", "policy"]?.string.flatMap { declaration[Address("sanitization", $0)] }
  }

  static func resolve(_ object: Declared, in declaration: Declaration) -> Resolved {
    let policy = policy(of: object, in: declaration)
    let own = Check.all(at: ["sanitize", "checks"], of: object)
    let shared = policy.map { policy in
      Check.all(at: ["checks"], of: policy) + Check.all(at: ["verification", "queries"], of: policy)
    }
    return Resolved(
      overrideQuery: object.spec["sanitize", "override_query"]?.string, policy: policy, checks: own + (shared ?? []),
      workers: object.spec["cpus"]?.integer ?? policy?.spec["performance", "parallel_workers"]?.integer ?? 1,
      isStrict: object.spec["sanitize", "strict_checks"] == true || policy?.spec["global", "strict_checks"] == true)
  }
}

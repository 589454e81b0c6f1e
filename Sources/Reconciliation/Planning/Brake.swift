/// What keeps a slip of the hand from emptying a control plane.
public enum Brake {
  public struct Limits: Sendable, Hashable {
    /// Counts only where at least `fromObjects` objects exist.
    public var maxDeletePercent: Int
    public var maxDeletes: Int
    public static let fromObjects = 10

    public init(maxDeletePercent: Int = 30, maxDeletes: Int = 20) {
      self.maxDeletePercent = maxDeletePercent
      self.maxDeletes = maxDeletes
    }
  }

  /// Why a plan is not applied; each with its numbers.
  public enum Reason: Sendable, Hashable {
    case tooMany(removals: Int, limit: Int)
    case tooLargeShare(removals: Int, existing: Int, percent: Int)
    case emptyDeclaration(removals: Int)
    case destroy(removals: Int)
    /// No flag consents to it.
    case protected(Address)
  }

  /// Deletes and replaces are removals. `allowed` is the number that somebody consented to.
  static func reasons(
    actions: [Action], existing: Int, declared: Int, limits: Limits, allowed: Int,
    isDestroying: Bool = false
  ) -> [Reason] {
    let removed = actions.filter { $0.verb == .delete || $0.verb == .replace }
    let protected = removed.filter(\.isProtected).map { Reason.protected($0.address) }
    let count = removed.count
    guard count > 0, count > allowed else { return protected }
    var reasons = protected
    // Its number is the consent; how large a share that is says nothing more.
    if isDestroying { return reasons + [.destroy(removals: count)] }
    if declared == 0 { reasons.append(.emptyDeclaration(removals: count)) }
    if count > limits.maxDeletes { reasons.append(.tooMany(removals: count, limit: limits.maxDeletes)) }
    if existing >= Limits.fromObjects, count * 100 > existing * limits.maxDeletePercent {
      reasons.append(.tooLargeShare(removals: count, existing: existing, percent: limits.maxDeletePercent))
    }
    return reasons
  }
}

extension Brake.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .tooMany(let removals, let limit):
      "the plan removes \(removals) objects, and brake.max_deletes is \(limit); consent with --allow-deletes \(removals)"
    case .tooLargeShare(let removals, let existing, let percent):
      "the plan removes \(removals) of \(existing) objects, more than the \(percent) % of brake.max_delete_percent; consent with --allow-deletes \(removals)"
    case .emptyDeclaration(let removals):
      "the files declare nothing, and the plan removes all \(removals) objects; consent with --allow-deletes \(removals)"
    case .destroy(let removals):
      "destroy removes \(removals == 1 ? "the one managed object" : "all \(removals) managed objects"); consent with --allow-deletes \(removals)"
    case .protected(let address):
      "\(address) is protected; apply it with `protected: false` first, then remove or replace it"
    }
  }

  /// The word for it in JSON.
  public var code: String {
    switch self {
    case .tooMany: "too_many_deletes"
    case .tooLargeShare: "too_large_share"
    case .emptyDeclaration: "empty_declaration"
    case .destroy: "destroy"
    case .protected: "protected"
    }
  }
}

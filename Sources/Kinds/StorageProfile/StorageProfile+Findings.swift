import Documents
public import Reconciliation
import Runtime

extension StorageProfile {
  public static var rules: [Rule] { [rawProfileShared] }

  private static let rawProfileShared = Rule(
    "raw_profile_shared", .warning,
    Explanation(
      "raw and sanitized snapshots are kept in one place",
      why:
        "Whoever may read the sanitized snapshots there may read the raw ones too: access is given to a bucket or folder, not to single files in it.",
      remedy:
        "Give sanitized snapshots a profile of their own, in another bucket or folder, with credentials of its own.",
      example:
        "yaml\ntargets:\n  orders:\n    storage_profile: prod_secure_s3        # raw\n    sanitize:\n      storage_profile: team_shared_s3      # sanitized"
    )
  ) { profile, declaration, _ in
    let uses = declaration.memo.value(for: "") { Uses(declaration) }
    guard let raw = uses.raw[place(of: profile)], let sanitized = uses.sanitized[place(of: profile)] else { return [] }
    return [.rawAndSanitizedTogether(raw, sanitized)]
  }

  /// Which targets keep what where, worked out once for all profiles: the first target of each place, and how many more.
  private struct Uses: Sendable {
    private(set) var raw: [Value: Users] = [:]
    private(set) var sanitized: [Value: Users] = [:]

    init(_ declaration: Declaration) {
      for target in declaration.objects where target.address.kind == "target" {
        if let place = Uses.place(target.spec["storage_profile"], declaration) {
          raw[place, default: Users(first: target.address)].count += 1
        }
        if let place = Uses.place(target.spec["sanitize", "storage_profile"], declaration) {
          sanitized[place, default: Users(first: target.address)].count += 1
        }
      }
    }

    private static func place(_ name: Value?, _ declaration: Declaration) -> Value? {
      name?.string.flatMap { declaration[Address("storage_profile", $0)] }.map(StorageProfile.place)
    }
  }

  fileprivate struct Users: Sendable {
    let first: Address
    var count = 0

    var description: String { count > 1 ? "\(first) and \(count - 1) more" : "\(first)" }
  }

  /// Two profiles with different credentials for one bucket and prefix are one place.
  private static func place(of profile: Declared) -> Value {
    let keys = ["provider", "bucket", "prefix", "endpoint", "account_id", "path"]
    return .list(keys.map { profile.spec[$0] ?? .null })
  }
}

extension Rule.Violation {
  fileprivate static func rawAndSanitizedTogether(
    _ raw: StorageProfile.Users, _ sanitized: StorageProfile.Users
  ) -> Self {
    let isOne = raw.count == 1 && sanitized.count == 1 && raw.first == sanitized.first
    let who =
      isOne
      ? "the raw and the sanitized snapshots of \(raw.first)"
      : "raw snapshots of \(raw.description) and sanitized ones of \(sanitized.description)"
    return Self(
      "\(who) are kept in one place. Give the sanitized ones a profile of their own"
    )
  }
}

import Documents

/// Why a saved plan is not applied. In each case nothing was changed.
public enum PlanRefusal: Error, Sendable, Hashable {
  case noPlan
  case newerFormat(String)
  case damaged(String)
  case badSignature
  case unsigned
  case untrusted(key: String, trusted: Int)
  /// Neither the digest of the plan nor that of the file.
  case otherDigest(expected: String, plan: String, file: String)
  case otherWorkspace(planned: String, asked: String)
  case otherControlPlane(title: String)
  /// The plan is for a control plane that was not there yet, and this one has a past.
  case notNew(title: String)
  case used(by: String, at: Timestamp)
  case moved([MovedRecord])

  /// For the report.
  public var code: String {
    switch self {
    case .noPlan: "no_plan"
    case .newerFormat: "newer_format"
    case .damaged: "damaged"
    case .badSignature: "bad_signature"
    case .unsigned: "unsigned"
    case .untrusted: "untrusted_key"
    case .otherDigest: "other_digest"
    case .otherWorkspace: "other_workspace"
    case .otherControlPlane: "other_control_plane"
    case .notNew: "control_plane_not_new"
    case .used: "used"
    case .moved: "moved"
    }
  }
}

/// A record that is not as the plan saw it.
public struct MovedRecord: Sendable, Hashable {
  public let address: Address
  /// What the plan saw, or an earlier run of it made; 0 where there was none.
  public let seen: Int
  /// Nothing where the record is gone without a trace.
  public let record: Record?
}

extension MovedRecord: CustomStringConvertible {
  public var description: String {
    guard let record else { return "\(address) is gone (the plan saw revision \(seen))" }
    let verb = record.isDeleted ? "was deleted" : seen == 0 ? "was made" : "was changed"
    let saw = seen == 0 ? "the plan saw none" : "the plan saw revision \(seen)"
    return "\(address) \(verb) by \(record.updatedBy) at \(record.updatedAt) (revision \(record.revision), \(saw))"
  }
}

extension PlanRefusal: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noPlan: "this is no plan file; decant plan --out FILE writes one"
    case .newerFormat(let version):
      "the plan file was written by a newer Decant (its format is \(version), this one reads \(PlanFile.version)); update decant, or plan again"
    case .damaged(let reason): "the plan file is damaged: \(reason). Plan again"
    case .badSignature:
      "the signature of the plan file does not fit what stands in it; somebody or something changed it"
    case .unsigned: "the plan file is not signed, and --require-signature asks for it; sign with decant plan --sign"
    case .untrusted(let key, let trusted):
      "the plan file is signed by the key \(key), which is not \(trusted == 1 ? "the one trusted key" : "among the \(trusted) trusted keys")"
    case .otherDigest(let expected, let plan, let file) where expected == plan:
      "the plan makes copies, and its own digest does not hold what they are made by. Name the digest of the file, which does: \(file)"
    case .otherDigest(let expected, let plan, let file):
      "this is not the plan that was reviewed. Reviewed: \(expected). The plan's digest is \(plan), the file's \(file)"
    case .otherWorkspace(let planned, let asked): "the plan is for the workspace \(planned), not for \(asked)"
    case .otherControlPlane(let title): "the plan is for another control plane than \(title)"
    case .notNew(let title):
      "the plan was made before there was a control plane, and \(title) has records or a past by now. Plan again"
    case .used(let by, let at): "the plan was applied by \(by) at \(at); a plan is applied once. Plan again"
    case .moved(let records):
      "the plan is stale: \(PlanRefusal.named(records)). Plan again"
    }
  }

  private static func named(_ records: [MovedRecord]) -> String {
    let more = records.count > 10 ? ["and \(records.count - 10) more"] : []
    return (records.prefix(10).map(\.description) + more).joined(separator: "; ")
  }

  var json: Value { ["code": .string(code), "message": .string(description)] }
}

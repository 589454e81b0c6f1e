public import Documents

/// Everything that a command has to say. The renderers (terminal, JSON, Markdown, HTML, SARIF) read it and add nothing
/// of their own.
public struct Report: Sendable {
  /// `plan`, `apply`, …
  public let command: String
  public var workspace: String?
  /// `.decant/control.db (embedded)`
  public var controlPlane: String?
  public var files: [String] = []
  public var seenAt: Timestamp?
  /// What was read: for the places of what is said, and for the dependency graph.
  public var declaration: Declaration?
  public var diagnostics: [Diagnostic] = []
  /// What rules say, where no plan says it.
  public var findings: [Finding] = []
  public var plan: Plan?
  public var result: ApplyResult?
  public var verifications: [Verification]?
  public var records: [Record]?
  public var audit: [AuditEntry]?
  /// For `graph`.
  public var graph: DependencyGraph?
  /// For `targets`.
  public var targets: [TargetListing]?
  /// For `target` and `snapshots`: one target with its snapshots.
  public var target: TargetListing?
  /// For `grants`.
  public var rights: [TargetRights]?
  /// For `load`, `pull` and the others that work on one snapshot.
  public var work: SnapshotWork?
  /// Why it was not done.
  public var workFailure: WorkFailure?
  /// For `--dry-run` of what makes or gives out copies.
  public var preflights: [Preflight]?
  /// For `snapshots --local`.
  public var pulled: [PulledSnapshot]?
  public var auditVerdict: AuditChain.Verdict?
  /// For `audit pii`.
  public var personalData: [PersonalDataAudit]?
  /// For `audit report`.
  public var compliance: ComplianceReport?
  /// Rules are proposed, so that columns without one are no failure.
  public var isProposing = false
  /// Objects that were read: for `validate`.
  public var declared: Int?
  /// Why the command could not do its work.
  public var error: String?
  /// The digest that was asked for and is not the plan's.
  public var expectedDigest: String?
  /// Where the plan has another digest: the copies whose source's schema is all that has moved, where that can be known.
  public var movedSources: [Address]?
  /// Why a saved plan was not applied, or not even read.
  public var refusal: PlanRefusal?
  /// The file that the plan was written to.
  public var saved: SavedPlan?
  /// Targets that declare no check: for `verify`.
  public var unchecked: [Address] = []
  public var elapsed: Duration = .zero
  public var applyDuration: Duration = .zero
  /// The plan was shown before a question, and need not be shown again.
  public var isPlanShown = false
  /// What the flag `--detailed-exitcode` asks for.
  public var isExitDetailed = false

  public init(command: String) { self.command = command }

  public var exit: ExitStatus { .first(of: causes) }

  private var causes: Set<ExitStatus> {
    var causes: Set<ExitStatus> = []
    if error != nil || diagnostics.contains(where: { $0.severity == .error }) { causes.insert(.error) }
    if let workFailure { causes.insert(workFailure.status) }
    if findings.contains(where: \.blocks) { causes.insert(.blocked) }
    if preflights?.contains(where: { !$0.canRun }) == true { causes.insert(.blocked) }
    if expectedDigest != nil || refusal != nil { causes.insert(.stale) }
    if verifications?.contains(where: { !$0.hasPassed }) == true { causes.insert(.verificationFailed) }
    if case .broken? = auditVerdict { causes.insert(.error) }
    if let compliance {
      if !compliance.defects.isEmpty { causes.insert(.blocked) }
      if compliance.hasFailedVerification { causes.insert(.verificationFailed) }
    }
    if !isProposing, personalData?.contains(where: { !$0.uncovered.isEmpty }) == true { causes.insert(.blocked) }
    return causes.union(planCauses).union(resultCauses)
  }

  private var planCauses: Set<ExitStatus> {
    guard let plan else { return [] }
    var causes: Set<ExitStatus> = []
    if plan.hasBlockingCause { causes.insert(.blocked) }
    // Nobody is about to apply what `drift` looks at.
    if !plan.brake.isEmpty, command != "drift" { causes.insert(.brake) }
    if command == "drift" || isExitDetailed, !plan.drift.isEmpty { causes.insert(.drift) }
    if isExitDetailed, !plan.actions.isEmpty { causes.insert(.changes) }
    return causes
  }

  private var resultCauses: Set<ExitStatus> {
    guard let result else { return [] }
    if result.refusal != nil { return [.stale] }
    var causes: Set<ExitStatus> = []
    if result.isStale { causes.insert(.stale) }
    // Also by what could not be looked at: a job that copies nothing because its source is away is no success.
    if result.count("blocked") > 0 { causes.insert(.blocked) }
    let undone = result.count("failed") + result.count("not_attempted") + result.count("unknown")
    guard undone > 0 || result.stop != nil else { return causes }
    if case .leaseHeld? = result.stop { return causes.union([.leaseHeld]) }
    if result.refusedCopies > 0 { causes.insert(.verificationFailed) }
    // What is unknown may have been done.
    if result.count("done") + result.count("unknown") > 0 { return causes.union([.partlyApplied]) }
    if undone == result.refusedCopies, result.stop == nil { return causes }
    // A record that moved says it better than "error", unless something else went wrong as well.
    if !result.isStale || result.stop != nil { causes.insert(.error) }
    return causes
  }
}

/// Where a plan was saved, and what binds it.
public struct SavedPlan: Sendable, Hashable {
  public let path: String
  /// Over every byte of the plan.
  public let digest: String
  /// The id of the key that signed it.
  public let signer: String?

  public init(path: String, digest: String, signer: String?) {
    self.path = path
    self.digest = digest
    self.signer = signer
  }
}

extension Plan {
  /// Something of severity error that no waiver accepts.
  public var hasBlockingCause: Bool { findings.contains(where: \.blocks) || conditions.contains(where: \.blocks) }
}

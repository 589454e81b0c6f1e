import Documents
import Reconciliation

/// The sentences that say a whole report in one line: the same in every rendering.
extension Report {
  /// What a reader who reads one line should read; no time is in it.
  var headline: String {
    if let refusal = refusal ?? result?.refusal {
      return "Not applied: the saved plan was refused (\(refusal.code.replacing("_", with: " ")))"
    }
    if let result { return "Applied: \(result.counted)" }
    // "No changes" would be read as "all is well".
    if expectedDigest != nil, plan?.actions.isEmpty == true { return "Refused: not the plan that was reviewed" }
    if let plan { return command == "drift" ? plan.driftSentence : plan.sentence }
    if let verifications { return verificationSentence(verifications) }
    if declared != nil { return validationSentence }
    if let compliance { return compliance.sentence(findings) }
    if let verdict = auditVerdict { return verdict.sentence }
    if let personalData { return PersonalDataAudit.sentence(personalData) }
    if let graph {
      return "\(Text.counted(graph.nodes.count, "object")), \(Text.counted(graph.edges.count, "reference"))"
    }
    if let records { return Text.counted(records.count, "object") }
    if let preflights {
      let blocked = preflights.count { !$0.canRun }
      return
        "\(Text.counted(preflights.count, "pre-flight")), \(blocked == 0 ? "nothing stands in the way" : "\(blocked) could not run")"
    }
    if let targets { return Text.counted(targets.count, "target") }
    if let target { return Text.counted(target.snapshots.count, "snapshot") }
    if let audit { return Text.counted(audit.count, "audit entry", plural: "audit entries") }
    if error != nil { return "\(command) failed" }
    return diagnostics.isEmpty ? "Nothing to say" : "Not readable: \(diagnosticsSentence)"
  }

  /// Beside the two digests of a plan that is not the reviewed one: what is known of the difference, and the way to know
  /// more.
  var digestSentence: String {
    guard let movedSources else {
      return
        "Nothing was changed. A digest does not tell what has moved since; a plan that `decant plan --out FILE` saves does"
    }
    let names = movedSources.map(\.description).joined(separator: ", ")
    return
      "Nothing was changed. The declaration and the records are as they were reviewed; what moved is the schema of the source of \(names). Plan and review again; `decant apply` of a plan that `decant plan --out FILE` saves names the tables and columns that move after it"
  }

  /// `1 error, 2 warnings in 3 files`
  var diagnosticsSentence: String {
    let errors = diagnostics.count { $0.severity == .error }
    let warnings = diagnostics.count { $0.severity == .warning }
    let files = Set(diagnostics.compactMap { $0.place?.source.name }).count
    return
      "\(Text.counted(errors, "error")), \(Text.counted(warnings, "warning")) in \(Text.counted(max(files, 1), "file"))"
  }

  /// Why a saved plan was not applied.
  var refusalSentence: String? {
    (refusal ?? result?.refusal).map { "\($0). Nothing was changed.".capitalisedFirst }
  }

  /// What applies exactly this plan and nothing else.
  var applyCommand: String? {
    guard !["apply", "destroy", "drift"].contains(command), error == nil, let plan, !plan.actions.isEmpty,
      plan.brake.isEmpty
    else { return nil }
    if let saved { return "decant apply \(Text.word(saved.path)) --digest \(saved.digest)" }
    let patterns = plan.partial.map { " \($0.selection.flags)" } ?? ""
    return "decant apply\(patterns) --digest \(plan.digest)"
  }

  private var validationSentence: String {
    let errors = findings.count(where: \.blocks)
    let warnings = findings.count { $0.severity == .warning && $0.waiver == nil }
    let objects = "\(Text.counted(declared ?? 0, "object")) in \(Text.counted(files.count, "file"))"
    return
      "\(errors == 0 ? "Valid" : "Not valid"): \(objects), \(Text.counted(errors, "error")), \(Text.counted(warnings, "warning"))"
  }

  private func verificationSentence(_ verifications: [Verification]) -> String {
    let checks = verifications.flatMap(\.shown)
    let failed = checks.count(where: \.isFailed)
    let unchecked = checks.count { $0.standing == .unchecked }
    let unreached = verifications.count { $0.failure != nil }
    let rest = [ShownCheck.Standing.vacuous, .open, .unchecked].map { standing in
      (standing.word, checks.count { $0.standing == standing })
    }.filter { $0.1 > 0 }.map { ", \(Text.grouped($0.1)) \($0.0)" }.joined()
    if verifications.isEmpty { return "Nothing to verify: no checks are declared" }
    if failed + unreached == 0 {
      return
        "Verified: \(Text.counted(checks.count - unchecked, "check")) on \(Text.counted(verifications.count, "target")) passed\(rest)"
    }
    let targets = unreached > 0 ? ", \(Text.counted(unreached, "target")) could not be checked" : ""
    return "Verification failed: \(failed) of \(Text.counted(checks.count, "check"))\(rest)\(targets)"
  }
}

extension Plan {
  /// `1 create, 1 update, 0 replace, 0 delete, 0 adopt · 1 blocked · 37 unchanged`
  var counted: String {
    let counts = Action.Verb.allCases.map { "\(Text.grouped(count($0))) \($0.rawValue)" }.joined(separator: ", ")
    let held = blocked.isEmpty ? "" : " · \(Text.grouped(blocked.count)) blocked"
    return "\(counts)\(held) · \(Text.grouped(unchanged)) unchanged"
  }

  var sentence: String {
    if actions.isEmpty { return partial == nil ? "No changes. \(standing)" : "No changes in this part. \(standing)" }
    return partial == nil ? "Plan: \(counted)" : "Partial plan: \(counted)"
  }

  var driftSentence: String {
    drift.isEmpty
      ? "No drift. \(Text.counted(unchanged, "object")) as applied."
      : "Drift: \(Text.counted(drift.count, "object")) changed by somebody else."
  }

  /// "41 objects match, all 16 conditions hold."
  var standing: String {
    let objects = "\(Text.counted(unchanged, "object")) \(unchanged == 1 ? "matches" : "match")"
    // A note says what is so, and asks nobody for anything.
    let conditions = conditions.filter { !$0.isDetail && !($0.isFailing && $0.severity == .note) }
    let (failing, unknown) = (conditions.count(where: \.isFailing), conditions.count(where: \.isUnknown))
    let holding = conditions.count - failing - unknown
    if conditions.isEmpty { return "\(objects)." }
    if failing + unknown == 0 {
      return conditions.count == 1
        ? "\(objects), its one condition holds." : "\(objects), all \(Text.grouped(holding)) conditions hold."
    }
    let rest = [
      (failing, "\(Text.grouped(failing)) \(failing == 1 ? "does" : "do") not"),
      (unknown, "\(Text.grouped(unknown)) unknown"),
    ]
    return
      "\(objects); of the conditions \(Text.grouped(holding)) \(holding == 1 ? "holds" : "hold"), \(rest.filter { $0.0 > 0 }.map(\.1).joined(separator: ", "))."
  }

  /// The order in which a reviewer should read: what removes first, and of each verb what is blocked first.
  var worstFirst: [Action] {
    let order: [Action.Verb] = [.delete, .replace, .update, .create, .adopt]
    return (order + Action.Verb.allCases.filter { !order.contains($0) }).flatMap { verb in
      let alike = actions.filter { $0.verb == verb }
      return alike.filter { !$0.blockedBy.isEmpty } + alike.filter(\.blockedBy.isEmpty)
    }
  }
}

extension PartialPlan {
  /// What is left out, as a sentence without its end.
  var sentence: String {
    let count = leftOut == 0 ? "no change" : Text.counted(leftOut, "change")
    let names = pending.prefix(10).map { Text.shown($0.description) }.joined(separator: ", ")
    let more = pending.count > 10 ? ", …" : ""
    let beside = names.isEmpty ? "" : "; of what the selected objects depend on, \(names)\(more)"
    return "Partial plan (\(selection.spoken)): it leaves out \(count)\(beside)"
  }
}

extension Selection {
  /// For a shell, which would put names of files for `*`.
  var flags: String {
    (only.map { "--only \(Text.quoted($0))" } + except.map { "--except \(Text.quoted($0))" }).joined(separator: " ")
  }
}

extension ApplyResult {
  /// What earlier runs of the same saved plan had done already.
  var doneBeforeSentence: String? {
    guard !doneBefore.isEmpty else { return nil }
    let stay = doneBefore.count == 1 ? "stays as it is" : "stay as they are"
    return "\(Text.counted(doneBefore.count, "action")) of this plan had been done by an earlier run and \(stay)"
  }

  /// `5 done, 1 failed, 0 blocked, 1 not attempted, 0 unknown`
  var counted: String {
    Outcome.words.map { "\(count($0)) \($0.replacing("_", with: " "))" }.joined(separator: ", ")
  }

  /// Why it ended early, as a sentence.
  var stopSentence: String? {
    switch stop {
    case .leaseHeld(let lease)?:
      "Another run is changing the workspace: \(lease.holder); its lease ends at \(lease.expiresAt). Wait for it with --lease-wait SECONDS"
    case .failed(let reason)?: reason
    case .interrupted?: "interrupted; run apply again to go on"
    case nil: nil
    }
  }
}

extension AuditChain.Verdict {
  var sentence: String {
    switch self {
    case .whole(let head):
      "The audit log is whole: \(head.number) \(head.number == 1 ? "entry" : "entries"), head \(head.number):\(head.hash)"
    case .broken(let number, let reason): "The audit log is broken at entry \(number): \(reason)"
    }
  }
}

extension Timestamp {
  /// "3 h ago", seen at a later moment.
  func ago(at now: Timestamp) -> String {
    let seconds = max(0, Int(now.since(self).components.seconds))
    switch seconds {
    case ..<120: return "\(seconds) s ago"
    case ..<7_200: return "\(seconds / 60) min ago"
    case ..<172_800: return "\(seconds / 3_600) h ago"
    default: return "\(seconds / 86_400) days ago"
    }
  }
}

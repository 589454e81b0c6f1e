import Reconciliation

/// Where checks that passed are shown able to fail: on the source, where nothing is masked, and on rows that are planted
/// in shadows of the copy's tables.
struct ProvingGrounds {
  let copy: DatabaseEndpoint
  /// Nothing where no source is declared.
  let source: Result<DatabaseEndpoint, Target.Unresolved>?
  let searchPath: [String]
  let workers: Int
  let databases: any Databases

  /// What production may be asked to do for one check. What takes longer there is shown on planted rows.
  static let sourceLimit = Duration.seconds(30)

  /// A check that failed has shown that it can.
  func prove(_ results: [CheckResult], of checks: [Check]) -> [CheckResult] {
    var proofs: [Int: CheckProof] = [:]
    let passed = results.indices.filter { results[$0].hasPassed }
    for index in passed where checks[index].prove == "never" {
      proofs[index] = .open("`prove` is `never`", isDeclared: true)
    }
    let atSource = passed.filter { checks[$0].isProvedOnSource }
    for (index, proof) in zip(atSource, onSource(atSource.map { checks[$0] })) { proofs[index] = proof }
    let planted = passed.filter { checks[$0].isProvedByCanary && !(proofs[$0]?.isDecided ?? false) }
    for (index, proof) in zip(planted, onCanaries(planted.map { checks[$0] })) {
      proofs[index] = proof.after(proofs[index])
    }
    return results.indices.map { index in
      var result = results[index]
      result.proof = proofs[index]
      return result
    }
  }

  /// The value that a check gives there is not kept: it was counted over people.
  private func onSource(_ checks: [Check]) -> [CheckProof] {
    guard !checks.isEmpty else { return [] }
    switch source {
    case nil: return checks.map { _ in .open("no source is declared", isDeclared: false) }
    case .failure(let unresolved)?: return checks.map { _ in .open(unresolved.reason, isDeclared: false) }
    case .success(let endpoint)?:
      let queries = checks.map { $0.asked(in: searchPath) }
      let answers = databases.run(queries, on: endpoint.limited(to: Self.sourceLimit), workers: workers)
      return zip(checks, answers).map { check, answer in
        if case .failed(let failure) = answer.outcome {
          return .open("the source did not answer: \(failure.message)", isDeclared: false)
        }
        return check.passes(answer.outcome) == true ? .vacuous(.source) : .able(.source)
      }
    }
  }

  private func onCanaries(_ checks: [Check]) -> [CheckProof] {
    let shadowed = checks.map { ShadowedQuery($0.query) }
    let queries = zip(checks, shadowed).map { check, shadow in shadow.map { canary(check, $0) } }
    var answers = databases.runOnCanaries(queries.compactMap(\.self), on: copy)[...]
    return zip(checks, queries).map { check, query in
      guard query != nil, let answer = answers.popFirst() else {
        return .open("the tables that it reads cannot be told from its SQL", isDeclared: false)
      }
      return check.proof(by: answer)
    }
  }

  private func canary(_ check: Check, _ shadow: ShadowedQuery) -> CanaryQuery {
    CanaryQuery(
      check: CheckQuery(name: check.name, sql: shadow.sql, searchPath: searchPath), tables: shadow.tables,
      constants: shadow.constants, prey: check.about == "integrity" ? .broken : .personal)
  }
}

extension Check {
  /// Production passes the checks of what is whole, so that it shows nothing about them unless somebody says so.
  fileprivate var isProvedOnSource: Bool { prove == "source" || prove == nil && about == "privacy" }
  fileprivate var isProvedByCanary: Bool { prove == "canary" || prove == nil }

  fileprivate func proof(by answer: CanaryAnswer) -> CheckProof {
    switch answer {
    case .notPlanted(let reason): return .open(reason, isDeclared: false)
    case .planted(let outcomes):
      if outcomes.contains(where: { passes($0) == false }) { return .able(.canary) }
      // Which rows would make it fail can be guessed for personal data, and not for every way of being broken.
      guard outcomes.contains(where: { passes($0) == true }) else {
        return .open("it could not be run on planted rows\(outcomes.firstFailure)", isDeclared: false)
      }
      return about == "integrity" ? .open("no planted row made it fail", isDeclared: false) : .vacuous(.canary)
    }
  }
}

extension [CheckAnswer.Outcome] {
  fileprivate var firstFailure: String {
    for outcome in self {
      if case .failed(let failure) = outcome { return ": \(failure.message)" }
    }
    return ""
  }
}

extension CheckProof {
  fileprivate var isDecided: Bool { if case .open = self { false } else { true } }

  /// Both reasons, where neither ground decided.
  fileprivate func after(_ first: CheckProof?) -> CheckProof {
    guard case .open(let later, let isDeclared) = self, case .open(let earlier, _)? = first else { return self }
    return .open("\(earlier); \(later)", isDeclared: isDeclared)
  }
}

import Documents
public import Reconciliation

extension Target {
  public static func verify(
    _ object: Declared, in declaration: Declaration, through ports: Ports
  ) -> Verification? {
    if let verification = verify(object, in: declaration, through: ports, .destination) { return verification }
    let resolved = resolve(object, in: declaration)
    guard !resolved.checks.isEmpty else { return nil }
    guard let end = destination(of: object, in: declaration, ports) else {
      return Verification(address: object.address, subject: "", checks: [], failure: "it has no destination to check")
    }
    switch end.endpoint {
    case .failure(let unresolved):
      return Verification(address: object.address, subject: "", checks: [], failure: unresolved.reason)
    case .success(let endpoint): return run(resolved, on: endpoint, of: object, in: declaration, ports)
    }
  }

  /// The same checks on a finished copy that is not published yet; nothing where none is declared.
  ///
  /// - Parameter isProving: they are shown able to fail; who breaks a copy on purpose knows that already.
  static func verify(
    _ object: Declared, in declaration: Declaration, on quarantine: DatabaseEndpoint, through ports: Ports,
    isProving: Bool = true
  ) -> Verification? {
    let resolved = resolve(object, in: declaration)
    guard !resolved.checks.isEmpty else { return nil }
    return run(resolved, on: quarantine, of: object, in: declaration, ports, isProving: isProving)
  }

  private static func run(
    _ resolved: Resolved, on endpoint: DatabaseEndpoint, of object: Declared, in declaration: Declaration,
    _ ports: Ports, isProving: Bool = true
  ) -> Verification {
    let path = schemas(of: object).included
    let queries = resolved.checks.map { $0.asked(in: path) }
    let answers = ports.databases.run(queries, on: endpoint, workers: resolved.workers)
    let proving = ProvingGrounds(
      copy: endpoint, source: source(of: object, in: declaration, ports)?.endpoint, searchPath: path,
      workers: resolved.workers, databases: ports.databases)
    let results = zip(resolved.checks, answers).map { check, answer in check.judged(by: answer) }
    var verification = Verification(
      address: object.address, subject: endpoint.title,
      checks: isProving ? proving.prove(results, of: resolved.checks) : results)
    verification.isStrict = resolved.isStrict
    return verification
  }
}

extension Check {
  func asked(in searchPath: [String]) -> CheckQuery { CheckQuery(name: name, sql: query, searchPath: searchPath) }

  /// Whether a database gave what is expected; nothing where it gave no answer at all.
  func passes(_ outcome: CheckAnswer.Outcome) -> Bool? {
    if case .failed = outcome { return nil }
    return verdict(CheckAnswer(outcome, duration: .zero)).1 == nil
  }

  /// A check that could not be run has failed.
  func judged(by answer: CheckAnswer) -> CheckResult {
    let (found, failure) = verdict(answer)
    return CheckResult(
      name: name, about: about, expected: expected, found: found, failure: failure, duration: answer.duration,
      place: place)
  }

  /// A check about privacy may have found what nobody is to see, a log least of all; counts, where a count was
  /// expected, are numbers of rows.
  private func isShowable(_ found: Value) -> Bool {
    switch (found, expected) {
    case (.integer, .integer), (.null, _): true
    case (.string(let text), .bool): text == "t" || text == "f"
    default: about == "integrity"
    }
  }

  private func verdict(_ answer: CheckAnswer) -> (Value?, String?) {
    switch answer.outcome {
    case .value(let text):
      let found = Value(answer: text)
      let shown = isShowable(found) ? found.spoken : "a text of \(text?.count ?? 0) characters"
      return (
        isShowable(found) ? found : nil,
        found.agrees(with: expected, written: text) ? nil : "gave \(shown), expected \(expected.spoken)"
      )
    case .shape(let rows, let columns):
      let size = "\(rows) row\(rows == 1 ? "" : "s") of \(columns) column\(columns == 1 ? "" : "s")"
      return (nil, "gave \(size); a check gives one value")
    case .failed(let failure):
      let state = failure.sqlState.map { " (SQLSTATE \($0))" } ?? ""
      return (nil, "could not be run: \(failure.message)\(state)")
    }
  }
}

extension Value {
  /// What a database answered: whole numbers as numbers, everything else as its text.
  fileprivate init(answer text: String?) {
    guard let text else {
      self = .null
      return
    }
    self = Int(text).map { .integer($0) } ?? .string(text)
  }

  /// Whether an answer is what was expected, by the type of what was expected.
  fileprivate func agrees(with expected: Value, written text: String?) -> Bool {
    switch expected {
    case .null: text == nil
    case .bool(let truth): text == (truth ? "t" : "f")
    // As Double, two integers beyond 2^53 that differ could agree; so only what is no integer (`0.0`) is read as one.
    case .integer(let number): text.map { Int($0).map { $0 == number } ?? (Double($0) == Double(number)) } ?? false
    case .number(let number): text.flatMap(Double.init) == number
    case .string(let words): text == words
    case .list, .object: false
    }
  }

  fileprivate var spoken: String {
    switch self {
    case .string(let text): "`\(text.prefix(80))`"
    default: JSON.canonical(self)
    }
  }
}

import Documents
public import Reconciliation

extension Target {
  /// Runs a script on the destination and reads its answers as checks.
  public static func verify(
    _ object: Declared, by script: CheckScript, in declaration: Declaration, through ports: Ports
  ) -> Verification {
    guard let end = destination(of: object, in: declaration, ports) else {
      return Verification(address: object.address, subject: "", checks: [], failure: "it has no destination to check")
    }
    switch end.endpoint {
    case .failure(let unresolved):
      return Verification(address: object.address, subject: "", checks: [], failure: unresolved.reason)
    case .success(let endpoint):
      let answers = ports.databases.runScript(
        script.queries.map(\.sql), searchPath: schemas(of: object).included, on: endpoint)
      return Verification(
        address: object.address, subject: endpoint.title,
        checks: zip(script.queries, answers).flatMap { query, answer in query.judged(by: answer) })
    }
  }
}

extension CheckScript.Query {
  /// Rows of `test_name`, `violations` and `status` are a check each; one number alone is a count of what must not be.
  fileprivate func judged(by answer: ScriptAnswer) -> [CheckResult] {
    switch answer {
    case .failed(let failure, let duration):
      let state = failure.sqlState.map { " (SQLSTATE \($0))" } ?? ""
      return [result(name, failure: "could not be run: \(failure.message)\(state)", duration)]
    case .rows(let columns, let rows, let isCut, let duration):
      if isCut { return [result(name, failure: "gave more than \(ScriptAnswer.rowLimit) rows", duration)] }
      let names = columns.map { $0.lowercased() }
      if names.contains("violations") || names.contains("status") {
        guard !rows.isEmpty else { return [result(name, failure: "gave no row: nothing was checked", duration)] }
        return rows.enumerated().map { number, row in judged(row, number, names, rows.count, duration) }
      }
      guard columns.count == 1, rows.count == 1 else {
        let size = "\(rows.count) row\(rows.count == 1 ? "" : "s") of \(columns.joined(separator: ", "))"
        return [
          result(
            name, failure: "gave \(size); a check gives one count, or rows of test_name, violations, status", duration)
        ]
      }
      return [counted(name, rows[0][0], nil, duration)]
    }
  }

  private func judged(
    _ row: [String?], _ number: Int, _ columns: [String], _ count: Int, _ duration: Duration
  ) -> CheckResult {
    func cell(_ column: String) -> String? { columns.firstIndex(of: column).flatMap { row[$0] } }
    let told = cell("test_name").flatMap { constants.contains($0) ? $0 : nil }
    let title = told ?? (count == 1 ? name : "\(name), row \(number + 1)")
    let status = columns.contains("status") ? Status(cell("status")) : nil
    guard columns.contains("violations") else {
      let failure = status == .pass ? nil : status == .fail ? "its status is a failure" : "its status says neither"
      return result(title, failure: failure, duration)
    }
    return counted(title, cell("violations"), status, duration)
  }

  /// What is no number is not shown: it may be anything out of a table.
  private func counted(_ title: String, _ text: String?, _ status: Status?, _ duration: Duration) -> CheckResult {
    guard let number = text.flatMap({ Int($0) }) else {
      let found = text.map { "a text of \($0.count) characters" } ?? "NULL"
      return result(title, failure: "gave \(found), expected 0", duration)
    }
    if number == 0, status == .fail {
      return result(title, found: number, failure: "counted 0, and its status is a failure", duration)
    }
    return result(title, found: number, failure: number == 0 ? nil : "gave \(number), expected 0", duration)
  }

  /// `query at line 12`
  private var name: String { "query at line \(place.line)" }

  private func result(
    _ name: String, found: Int? = nil, failure: String?, _ duration: Duration
  ) -> CheckResult {
    CheckResult(
      name: name, about: heading ?? "script", expected: 0, found: found.map { .integer($0) }, failure: failure,
      duration: duration, place: place)
  }

  /// A word such as `PASS`, `ok`, `✓ PASS` or `FAIL`.
  private enum Status {
    case pass, fail, other

    init(_ text: String?) {
      let words = (text ?? "").lowercased().split { !$0.isLetter }
      if words.contains(where: { ["fail", "failed", "failure", "error", "leak"].contains($0) }) {
        self = .fail
      } else if words.contains(where: { ["pass", "passed", "ok", "success"].contains($0) }) {
        self = .pass
      } else {
        self = .other
      }
    }
  }
}

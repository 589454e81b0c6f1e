import Masking
import Reconciliation
import Verification

extension CopyPlan {
  /// Says which columns look personal and are not decided about, and which are new.
  func coverage(
    of schema: DatabaseSchema, _ look: SourceLook, since previous: DatabaseSchema?, at path: String
  ) -> [CopyNote] {
    let findings = Coverage.judge(schema, plan: self, detections: look.detections, since: previous)
    let notes = findings.filter { !hasBrokenRule($0.column) }.map { finding in
      CopyNote(
        finding.code.rawValue, finding.code == .uncovered ? .error : .warning, at: path, isInPolicy: false,
        finding.message)
    }
    return notes + [unread(look, schema, at: path)].compactMap { $0 }
  }

  /// A rule that cannot be carried out is told by its own error, which keeps the copy back as well.
  private func hasBrokenRule(_ name: ColumnName) -> Bool {
    let paths = ["\(name.table)", name.table.name].map { "tables.\($0).columns.\(name.column)" }
    return problems.contains { $0.severity == .error && paths.contains($0.path) }
  }

  /// A table that could not be sampled is judged by the names of its columns, which is not enough to be sure.
  private func unread(_ look: SourceLook, _ schema: DatabaseSchema, at path: String) -> CopyNote? {
    let coverage = Coverage(of: schema, by: self)
    let open = look.unread.filter { unread in
      schema[unread.table].map { table in
        table.columns.contains { !coverage.treatment(of: $0, in: table).isDecided }
      } ?? false
    }
    guard let first = open.first else { return nil }
    let others = open.count > 1 ? " and of \(open.count - 1) more" : ""
    return CopyNote(
      "uncovered_column", .warning, at: path, isInPolicy: false,
      "no row of \(first.table)\(others) could be looked at (\(first.reason)), so that columns without a rule are judged by their names alone",
      isUnknown: true)
  }
}

extension CopyOrder {
  /// Where it is said what becomes of columns.
  var rulesPath: String { policy != nil ? "sanitize.policy" : statements.first?.path ?? "sanitize" }
}

import Documents
import Masking

/// `risk` of a policy: no group of rows that agree in these columns has fewer than `k` members.
struct RiskRule: Sendable, Hashable {
  var table: QualifiedName
  var columns: [String]
  var k: Int

  /// `users (area, born)`
  var title: String { "\(table.title) (\(columns.joined(separator: ", ")))" }

  /// What the schema of the kind says where nothing is written.
  private static let usualK = 5

  /// The rules whose tables and columns are there, and an error for each whose are not.
  static func all(of policy: Value?, in schema: DatabaseSchema) -> (rules: [RiskRule], problems: [CopyProblem]) {
    var (rules, problems) = ([RiskRule](), [CopyProblem]())
    for (place, item) in (policy?["risk"]?.list ?? []).enumerated() {
      guard let written = item["table"]?.string, let columns = item["quasi_identifiers"]?.list?.compactMap(\.string)
      else {
        continue
      }
      let path = "risk.\(place)"
      let tables = schema.tables.filter {
        $0.partitionOf == nil && ($0.name.name == written || $0.name.description == written)
      }
      guard let table = tables.first, tables.count == 1 else {
        let (code, what) = tables.isEmpty ? ("unknown_table", "no table") : ("ambiguous_table", "more than one table")
        problems.append(CopyProblem(.error, code, at: path, "there is \(what) `\(written)` in the selected schemas"))
        continue
      }
      if let missing = columns.first(where: { table[$0] == nil }) {
        let near = Suggestion.nearest(missing, among: table.columns.map(\.name)).map { "; did you mean `\($0)`?" } ?? ""
        problems.append(
          CopyProblem(.error, "unknown_column", at: path, "\(table.name) has no column `\(missing)`\(near)"))
        continue
      }
      rules.append(RiskRule(table: table.name, columns: columns, k: item["k"]?.integer ?? usualK))
    }
    return (rules, problems)
  }
}

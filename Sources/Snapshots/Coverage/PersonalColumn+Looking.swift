import Documents
import Masking
import Reconciliation
import Verification

extension PersonalColumn {
  /// All columns that look personal, in the order of the schema, with rules for those that have none.
  static func all(
    of schema: DatabaseSchema, _ order: CopyOrder, _ plan: CopyPlan, _ look: SourceLook
  ) -> [PersonalColumn] {
    let coverage = Coverage(of: schema, by: plan)
    var (found, wanted): ([PersonalColumn], [(column: ColumnName, kind: String)]) = ([], [])
    for table in coverage.tables {
      for column in table.columns {
        let name = ColumnName(table.name, column.name)
        guard let detections = look.detections[name], let first = detections.first else { continue }
        let treatment = coverage.treatment(of: column, in: table)
        if !treatment.isDecided { wanted.append((name, first.kind)) }
        found.append(PersonalColumn(name, column, detections, treatment))
      }
    }
    guard !wanted.isEmpty else { return found }
    let proposal = Proposal(for: wanted, beside: order.policy ?? .object(Fields()), in: schema)
    for index in found.indices where found[index].isUncovered {
      let name = ColumnName(QualifiedName(found[index].schema, found[index].table), found[index].column)
      found[index].proposal = proposal.rules[name]
    }
    return found
  }

  private init(
    _ name: ColumnName, _ column: Column, _ detections: [Detection], _ treatment: ColumnTreatment
  ) {
    self.init(
      schema: name.table.schema, table: name.table.name, column: name.column, type: column.declaration,
      sampled: detections.first?.sampled ?? 0,
      looks: detections.map { detection in
        Look(
          kind: detection.kind, title: detection.title, score: detection.score,
          reasons: detection.reasons.map { $0.details(of: detection.sampled) })
      }, treatment: treatment.word, isUncovered: !treatment.isDecided)
  }
}

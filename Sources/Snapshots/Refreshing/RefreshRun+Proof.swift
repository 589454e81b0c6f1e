import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// The evidence of a finished copy.
extension RefreshRun {
  /// Hands it to whoever keeps it. That it cannot be kept is said, and costs nobody the copy.
  func leaveProof(_ id: SnapshotID, _ lead: Lead, _ content: SnapshotContent) throws(RefreshFailure) {
    guard let keep = world.keepProof else { return }
    do throws(Failure) { notes.append("proof: \(try keep(try proof(id, lead, content)))") } catch {
      notes.append("the proof could not be kept: \(error.description)")
    }
  }

  private func proof(_ id: SnapshotID, _ lead: Lead, _ content: SnapshotContent) throws(Failure) -> Proof {
    let moment: Timestamp
    do { moment = try catalogue.now() } catch {
      throw Failure("read", "the time of the control plane", cause: error.description)
    }
    let counts = expected ?? carried.map(\.rows)
    return Proof(
      workspace: order.workspace, target: order.target, snapshot: id.description, policyDigest: order.policyDigest,
      schemaFingerprint: lead.schema.fingerprint, keyID: order.keyID, madeAt: moment.description, madeBy: world.actor,
      toolVersion: world.toolVersion,
      tables: lead.plan.tables.enumerated().map { place, table in
        Proof.Table(
          table.table.name, rows: place < counts.count ? counts[place] : 0,
          columns: table.proved(
            by: place < carried.count ? carried[place].tallies : [], lead.plan.unlifted, leaks.report))
      },
      checks: Proof.Checks(
        state: content.verification.result.rawValue, passed: content.verification.checksPassed,
        failed: content.verification.checksFailed, proofs: checkProofs),
      leaks: leaks.report, deadRows: leaks.deadRows ?? .notChecked("no mask has originals that are looked for"))
  }
}

extension CopyPlan.Table {
  /// - Parameter sql: what ran when the rows were there.
  fileprivate func proved(by tallies: [ColumnTally], _ sql: UnliftedSQL, _ leaks: LeakReport?) -> [Proof.Column] {
    let assigned = columns.map(\.column.name).filter {
      sql.assigns(ColumnName(table.name, $0)) || sql.assigns(ColumnName(root, $0))
    }
    let computed = Set(columnsChangedAtSource + assigned)
    return columns.map { column in
      let name = column.column.name
      let found = leaks?.hits(in: ColumnName(table.name, name), of: column.column.type)
      switch column.mask {
      case .masked:
        let counts = tallies.first { $0.column == name }
        return Proof.Column(
          name, .masked, counts: counts, findings: counts.map { (found ?? 0) + $0.unrecognised } ?? found)
      case .expression: return Proof.Column(name, .computed, findings: found)
      case .kept where computed.contains(name): return Proof.Column(name, .computed, findings: found)
      case .kept:
        return Proof.Column(
          name, column.keepReason == nil ? .copied : .kept, reason: column.keepReason, findings: found)
      }
    }
  }
}

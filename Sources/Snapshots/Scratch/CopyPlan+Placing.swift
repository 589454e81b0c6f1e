import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime

/// A plan with the place at which its SQL runs.
struct PlacedPlan: Sendable {
  var plan: CopyPlan
  /// Nothing where no SQL is left to run, or where it runs in the quarantine.
  var scratch: ScratchServer?
  /// What is to be said of the scratch server.
  var notes: [CopyNote] = []

  /// Looks at the scratch server only where there is SQL for it.
  ///
  /// - Parameter source: a session on the source, whatever its settings are.
  init(
    _ order: CopyOrder, _ schema: DatabaseSchema, _ context: SQLContext, beside source: Session,
    sourceIsStandIn: Bool = false, _ world: CopyWorld
  ) throws(RefreshFailure) {
    plan = CopyPlan(order, schema, context)
    guard plan.runsSQL, let endpoint = order.scratch else { return }
    let look = try ScratchLook.look(
      at: endpoint, for: order, beside: source, sourceIsStandIn: sourceIsStandIn, world)
    notes = look.notes
    plan = CopyPlan(order, schema, context, runningSQLIn: look.isDestination ? .destinationsOwnServer : .scratch)
    if !look.isDestination { scratch = try ScratchServer(endpoint, world) }
  }

  /// Why nothing can be copied; what is waived, and SQL in the quarantine alone can be, is no reason.
  func obstacles(_ order: CopyOrder) -> [CopyNote] {
    (plan.notes + notes).filter { note in
      note.severity == .error && !(note.code == QuarantineSQL.waivable && order.waived.contains(note.code))
    }
  }
}

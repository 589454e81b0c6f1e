import Documents
import PostgreSQL
import Reconciliation

extension RefreshRun {
  /// `refresh.keep_template`: what `reset` makes fresh copies from. While nobody is connected to the copy, and before it
  /// is in place, so that a template is there as soon as the copy is.
  func keepTemplate(of quarantine: Quarantine, _ id: SnapshotID) throws(RefreshFailure) {
    guard order.options["keep_template"]?.bool ?? false else { return }
    try asked { () throws(QuarantineFailure) in try KeptTemplate.keep(quarantine, of: id.description) }
  }

  /// One of an older copy is of no use to anybody, and takes up room.
  func dropOldTemplate(_ id: SnapshotID) {
    guard let server = try? maintenance,
      let kept = try? KeptTemplate.snapshot(for: order.destinationName, on: server), kept != id.description
    else { return }
    try? KeptTemplate.drop(for: order.destinationName, on: server)
  }
}

import Backends
import Reconciliation
import Snapshots

extension Stage {
  /// Seats what makes copies.
  func copies(
    _ store: any SnapshotCatalogue, _ connecting: ConnectionOptions?, leaseWait: Int,
    _ manner: CopyWorld.Manner = .anew
  ) -> any Copies {
    let seconds = connecting?.timeout ?? 10
    return LiveCopies(
      catalogue: store,
      world: CopyWorld(
        parameters: { endpoint, database throws(DatabaseFailure) in try endpoint.connectionParameters(database: database) },
        interrupt: interrupt, actor: Environment.actor, run: Run.newID(), connectTimeout: .seconds(seconds),
        leaseWait: .seconds(leaseWait),
        tools: ClientTools.Places(
          folder: Environment.variable("PGBINDIR"),
          path: (Environment.variable("PATH") ?? "").split(separator: ":").map(String.init)), manner: manner))
  }
}

import Backends
import Reconciliation
import Snapshots

extension Stage {
  /// Seats what makes copies.
  func copies(
    _ store: any SnapshotCatalogue, _ declaration: Declaration, _ connecting: ConnectionOptions?, leaseWait: Int,
    _ manner: CopyWorld.Manner = .anew
  ) -> any Copies {
    var world = copyWorld(declaration, connecting, leaseWait: leaseWait)
    world.manner = manner
    return LiveCopies(catalogue: store, world: world)
  }

  /// What copies, loads and pulls need of the outside.
  func copyWorld(_ declaration: Declaration, _ connecting: ConnectionOptions?, leaseWait: Int) -> CopyWorld {
    CopyWorld(
      parameters: { endpoint, database throws(DatabaseFailure) in try endpoint.connectionParameters(database: database) },
      interrupt: interrupt, actor: Environment.actor, run: Run.newID(),
      connectTimeout: .seconds(connecting?.timeout ?? 10), leaseWait: .seconds(leaseWait),
      tools: ClientTools.Places(
        folder: Environment.variable("PGBINDIR"),
        path: (Environment.variable("PATH") ?? "").split(separator: ":").map(String.init)),
      store: DeclaredStores(declaration).open, scratchFolder: Environment.temporaryFolder)
  }
}

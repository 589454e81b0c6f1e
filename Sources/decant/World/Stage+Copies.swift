import Backends
import Documents
import Reconciliation
import Runtime
import Snapshots
import Verification

extension Stage {
  /// Seats what makes copies.
  func copies(
    _ store: any SnapshotCatalogue, _ declaration: Declaration, _ connecting: ConnectionOptions?, leaseWait: Int,
    _ manner: CopyWorld.Manner = .anew
  ) -> any Copies {
    var world = copyWorld(declaration, connecting, leaseWait: leaseWait)
    world.manner = manner
    world.toolVersion = VersionCommand.version
    world.recallProof = { target, snapshot in
      guard let bytes = try? DiskFiles.contents(of: Stage.proofPath(target, snapshot.description)) else { return nil }
      return (try? JSON.read(bytes))?["proof"]
    }
    if declaration.settings.spec["signing"]?["key"] != nil { world.keepProof = proofKeeper(declaration.settings) }
    return LiveCopies(catalogue: store, world: world)
  }

  /// Proofs are kept where a key is declared that signs them: a proof that nobody signed proves little.
  private func proofKeeper(_ settings: Settings) -> CopyWorld.KeepingProof {
    let stage = self
    return { proof throws(Failure) in
      let key = try stage.signingKey(settings)
      let path = Stage.proofPath(proof.target, proof.snapshot)
      let bytes: [UInt8]
      do throws(KeyError) { bytes = try SealedProof.seal(proof.document, with: key) } catch {
        throw Failure("sign", path, cause: error.description)
      }
      try DiskFiles.write(String(decoding: bytes, as: UTF8.self), to: path)
      return "\(path), signed by \(key.publicKey.id)"
    }
  }

  private static func proofPath(_ target: String, _ snapshot: String) -> String {
    ".decant/proofs/\(target)-\(snapshot).json"
  }

  /// What copies, loads and pulls need of the outside.
  func copyWorld(_ declaration: Declaration, _ connecting: ConnectionOptions?, leaseWait: Int) -> CopyWorld {
    CopyWorld(
      parameters: { endpoint, database throws(DatabaseFailure) in try endpoint.connectionParameters(database: database)
      },
      interrupt: interrupt, actor: Environment.actor, run: run,
      connectTimeout: .seconds(connecting?.timeout ?? 10), leaseWait: .seconds(leaseWait),
      tools: ClientTools.Places(
        folder: Environment.variable("PGBINDIR"),
        path: (Environment.variable("PATH") ?? "").split(separator: ":").map(String.init)),
      store: DeclaredStores(declaration).open, scratchFolder: Environment.temporaryFolder)
  }
}

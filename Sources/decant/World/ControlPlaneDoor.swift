import Backends
import ControlPlane
import Documents
import Reconciliation
import Runtime

/// The way to the declared control plane: a file, or a PostgreSQL database.
struct ControlPlaneDoor {
  let settings: Settings
  let interrupt: Interrupt

  func open(allowEmbedded: Bool, writing: Bool) throws(Failure) -> any SnapshotCatalogue {
    Signals.raise(interrupt)
    let url = try resolvedURL()
    guard let path = try file(of: url) else { return try shared(url) }
    if Environment.isSet("CI"), !allowEmbedded {
      throw Failure(
        "use", "\(path) (embedded)",
        cause: "with CI=true the runner's disk is gone after the run, and everything would be planned as new",
        hint: "share a control plane (url: postgresql://…), or say --allow-embedded if the file is kept")
    }
    if try DiskFiles.isAbsent(path), !writing {
      return MemoryStore(title: "\(path) (embedded, not made yet)", identity: nil)
    }
    do { return try SQLiteStore(path: path) } catch { throw error.failure }
  }

  /// For moving a control plane: either end as a whole.
  func openArchive() throws(Failure) -> any RecordArchive {
    Signals.raise(interrupt)
    let url = try resolvedURL()
    guard let path = try file(of: url) else { return try shared(url) }
    do { return try SQLiteStore(path: path) } catch { throw error.failure }
  }

  /// The embedded one's file; nothing for one that is shared.
  private func file(of url: String) throws(Failure) -> String? {
    guard url.hasPrefix("sqlite:") else { return nil }
    let path = String(url.dropFirst("sqlite:".count))
    if path.isEmpty { throw failure("`sqlite:` names no file\(place)") }
    return path
  }

  /// The whole URL may come from a variable, so that pipelines and people can use different control planes.
  private func resolvedURL() throws(Failure) -> String {
    guard settings.controlPlane.hasPrefix("sqlite:") || settings.controlPlane.hasPrefix("${") else {
      return settings.controlPlane
    }
    do {
      return try Template(settings.controlPlane).resolved(by: Environment.variable)
    } catch let error as UnsetVariable {
      throw failure("the variable \(error.name) is not set\(place)")
    } catch {
      throw failure("its URL cannot be read")
    }
  }

  private func shared(_ url: String) throws(Failure) -> PostgreSQLStore {
    let resolved: ResolvedURL
    do {
      resolved = try ConnectionURL.resolve(
        url, literal: settings.literals["decant.control_plane.url"],
        place: settings.controlPlanePlace?.description ?? "the control plane's URL", variable: Environment.variable,
        file: { FilePath.joined(settings.root, $0) })
    } catch {
      throw failure(error.reason)
    }
    Environment.shutOut(LiveDatabases.environmentVariables)
    do {
      return try PostgreSQLStore(keywords: resolved.parameters, password: resolved.password, interrupt: interrupt)
    } catch { throw error.failure }
  }

  private var place: String { settings.controlPlanePlace.map { " (\($0))" } ?? "" }

  private func failure(_ cause: String) -> Failure { Failure("open", "the control plane", cause: cause) }
}

import Backends
import ControlPlane
import Documents
import Kinds
import Reconciliation
import Runtime

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The world of one run: where it reads, what it may use, and how it is interrupted.
struct Stage {
  let options: GlobalOptions
  let interrupt: Interrupt
  /// The id of this run: in audit entries, and as the holder of leases.
  let run = Run.newID()
  let catalogue = Catalogue.decant

  /// Goes to the folder. From the first call to a database on, Ctrl-C and SIGTERM end the run cleanly; before it there is
  /// nothing to clean up, and they end the process at once.
  init(_ options: GlobalOptions) throws(Failure) {
    self.options = options
    do { interrupt = try Interrupt() } catch { throw Failure("start", "decant", cause: error.description) }
    Signals.unblock()
    if let folder = options.place.folder, chdir(folder) != 0 { throw DiskFiles.failure("work in", folder) }
  }

  /// Reads the files; what is wrong with them goes into the report. Nothing where it cannot be worked with.
  func read(into report: inout Report) -> Declaration? {
    let folder = DiskFiles.currentFolder
    var reader = DeclarationReader(
      catalogue: catalogue, files: DiskFiles(root: "."), root: ".", folderName: workspaceName(of: folder))
    do {
      let (declaration, diagnostics) = try reader.read(file: options.file.map { Self.relative($0, to: folder) })
      report.diagnostics = diagnostics
      report.workspace = options.workspace ?? declaration.settings.workspace
      report.files = declaration.settings.files
      report.declaration = declaration
      if diagnostics.contains(where: { $0.severity == .error }) { return nil }
      if declaration.settings.files.isEmpty {
        report.error =
          "no declaration here: \(options.file.map { "\($0) has none" } ?? "no *.yaml or *.yml file of this folder has any") of our top keys. Begin with: decant init"
        return nil
      }
      return options.workspace.map(declaration.renamed) ?? declaration
    } catch {
      report.error = error.description
      return nil
    }
  }

  static let interruptedWhilePlanning = "interrupted while planning; nothing was changed"

  /// A file below this folder is the same file by its whole path, and so are the paths that it declares.
  private static func relative(_ path: String, to folder: String) -> String {
    let inside = folder.hasSuffix("/") ? folder : folder + "/"
    return path.hasPrefix(inside) ? String(path.dropFirst(inside.count)) : path
  }

  private func workspaceName(of folder: String) -> String {
    folder.split(separator: "/").last.map(String.init) ?? "default"
  }

  /// Opens the control plane. A command that only reads makes no file: where there is none, there is nothing in it.
  func openStore(_ declaration: Declaration, _ store: StoreOptions, writing: Bool) throws(Failure)
    -> any SnapshotCatalogue
  {
    try ControlPlaneDoor(settings: declaration.settings, interrupt: interrupt).open(
      allowEmbedded: store.allowEmbedded, writing: writing)
  }

  /// Seats the backends in the ports; without options no database is connected to.
  func ports(_ connecting: ConnectionOptions?, at moment: Timestamp, copies: any Copies = NoCopies()) -> Ports {
    Signals.raise(interrupt)
    if connecting != nil { Environment.shutOut(LiveDatabases.environmentVariables) }
    return Ports(
      databases: databases(connecting), copies: copies, at: moment, variable: Environment.variable,
      secretFile: { path throws(Failure) in try DiskFiles.secret(in: path) })
  }

  private func databases(_ connecting: ConnectionOptions?) -> any Databases {
    guard let connecting else { return UnobservedDatabases() }
    return LiveDatabases(
      limit: connecting.connections, connectTimeout: .seconds(connecting.timeout), interrupt: interrupt)
  }
}

extension RecordStoreError {
  /// As a failure of the world, for commands that say nothing about leases.
  var failure: Failure {
    switch self {
    case .failed(let failure), .unknown(let failure): failure
    case .held, .fenced: Failure("use", "the control plane", cause: description)
    }
  }
}

extension Declaration {
  /// The same declaration for another workspace.
  func renamed(_ workspace: String) -> Declaration {
    let old = settings
    return Declaration(
      settings: Settings(
        workspace: workspace, controlPlane: old.controlPlane, controlPlanePlace: old.controlPlanePlace,
        brake: old.brake, spec: old.spec, sso: old.sso, literals: old.literals, files: old.files, root: old.root),
      objects: objects, memo: memo)
  }
}

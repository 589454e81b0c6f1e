public import PostgreSQL
public import Runtime

/// A copy as files that `pg_restore` alone can read: the directory format of pg_dump, one file for each table.
///
/// Owners and rights are not in it, so that anybody can restore it under any role.
public struct Archive: Sendable, Hashable {
  /// The folder, which pg_dump makes. It must not exist before.
  public let folder: String
  public let parts: [ArchivePart]

  public var size: Int { parts.reduce(0) { $0 + $1.size } }

  /// An archive that lies in a folder, with the parts that it was stored with.
  public init(folder: String, parts: [ArchivePart]) { (self.folder, self.parts) = (folder, parts) }

  public struct Options: Sendable, Hashable {
    public var jobs: Int
    /// 0 to 9, as gzip has it; nothing for pg_dump's own choice.
    public var compression: Int?

    public init(jobs: Int, compression: Int? = nil) { (self.jobs, self.compression) = (jobs, compression) }
  }

  /// Dumps a database into a folder and gives its parts with their digests. A folder that is not whole is for the
  /// caller to remove.
  ///
  /// - Parameters:
  ///   - snapshot: what another session has exported and keeps open; without it, the instant is pg_dump's own.
  ///   - schemas: those that are left out.
  public static func make(
    of database: ConnectionParameters, in folder: String, _ options: Options, with tools: ClientTools,
    _ patience: ToolPatience, at snapshot: String? = nil, leavingOut schemas: [String] = []
  ) throws(QuarantineFailure) -> Archive {
    var arguments = [
      "--format=directory", "--jobs=\(max(1, options.jobs))", "--file=\(folder)", "--no-owner", "--no-acl",
      "--no-tablespaces", "--no-publications", "--no-subscriptions", "--no-security-labels", "--no-sync",
      "--exclude-schema=\(CopyMarks.schema)",
    ]
    if let compression = options.compression { arguments.append("--compress=\(compression)") }
    if let snapshot { arguments.append("--snapshot=\(snapshot)") }
    arguments += schemas.map { "--exclude-schema=\(SchemaArchive.pattern($0))" }
    let given = arguments
    _ = try running { () throws(ToolFailure) in
      try tools.run(.dump, given, on: database, patience.watching(folder))
    }
    return Archive(folder: folder, parts: try Self.parts(of: folder, patience.interrupt))
  }

  private static func parts(
    of folder: String, _ interrupt: Interrupt?
  ) throws(QuarantineFailure) -> [ArchivePart] {
    var parts: [ArchivePart] = []
    for name in try ArchivePart.names(in: folder) {
      parts.append(try ArchivePart.read(name, in: folder, unless: interrupt))
    }
    return parts
  }

  /// Reads every part again. Throws for one that is missing, another one than was stored, or more than there should be.
  public func verify(interrupt: Interrupt? = nil) throws(QuarantineFailure) {
    let there = try Self.parts(of: folder, interrupt)
    let wanted = Dictionary(parts.map { ($0.name, $0) }) { first, _ in first }
    for part in there {
      guard let stored = wanted[part.name] else {
        throw .refused("\(folder)/\(part.name) does not belong to the archive")
      }
      guard stored == part else { throw .refused("\(folder)/\(part.name) is not what was stored: its digest differs") }
    }
    let names = Set(there.map(\.name))
    if let missing = parts.first(where: { !names.contains($0.name) }) {
      throw .refused("\(folder)/\(missing.name) is missing")
    }
  }

  /// Restores everything into a fresh quarantine: for `load`. The parts are verified first.
  ///
  /// - Returns: what the destination could not be given.
  public func restore(
    into quarantine: Quarantine, _ scope: RestoreScope, jobs: Int, with tools: ClientTools, _ patience: ToolPatience
  ) throws(QuarantineFailure) -> [LeftOut] {
    try verify(interrupt: patience.interrupt)
    let (folder, database) = (folder, quarantine.database)
    return try running { () throws(ToolFailure) in
      let listing = try tools.run(.restore, ["--list", "--verbose", folder], files: [], patience)
      let selection = RestoreSelection(
        try RestoreList(listing: String(decoding: listing, as: UTF8.self)), scope, keepsRows: true)
      guard selection.missingTables.isEmpty else {
        throw ToolFailure(
          .unfit, program: "pg_restore", selection.missingTables.map(\.sentence).joined(separator: "; "))
      }
      let list = try HandedFile("list", holding: selection.listing)
      _ = try tools.run(
        .restore,
        [
          "--exit-on-error", "--no-owner", "--no-acl", "--no-tablespaces", "--jobs=\(max(1, jobs))",
          "--use-list=\(list.path(inChildAs: 4))", folder,
        ], on: database, files: [list], patience)
      return selection.leftOut
    }
  }
}

extension ToolPatience {
  /// Where the program may stand still for a while, its folder has to grow.
  fileprivate func watching(_ folder: String) -> ToolPatience {
    guard case .stall(let duration, nil) = limit else { return self }
    return ToolPatience(.stall(duration, progress: { ArchivePart.bytes(in: folder) }), interrupt: interrupt)
  }
}

public import PostgreSQL
import Runtime

/// The schema of a source, as pg_dump wrote it in one snapshot: what is made before the rows, and what after them.
///
/// It lies in memory and never on a disk: the text of a schema can hold personal data. CHECK constraints are among what
/// is made before the rows and hold while they are loaded; indexes, keys, triggers, rules and policies come after them.
public final class SchemaArchive {
  private let file: HandedFile
  private let tools: ClientTools

  private init(_ file: HandedFile, _ tools: ClientTools) { (self.file, self.tools) = (file, tools) }

  /// Bytes of the archive.
  public var size: Int { file.size }

  /// Runs pg_dump in a snapshot that the caller's transaction has exported and keeps open.
  ///
  /// - Parameters:
  ///   - source: the database, directly: a pooler in transaction mode has no snapshots.
  ///   - schemas: those that are not copied. Schemas are chosen by leaving out the others, because naming the wanted
  ///     ones (`-n`) would leave out extensions.
  ///   - lockPatience: how long pg_dump waits for a lock on a table. Where the caller has locked them all, it waits for
  ///     one reason alone: somebody waits for the caller.
  public static func read(
    of source: ConnectionParameters, snapshot: String, leavingOut schemas: [String] = [], keepsComments: Bool = false,
    lockPatience: Duration = .seconds(3), with tools: ClientTools, _ patience: ToolPatience
  ) throws(ToolFailure) -> SchemaArchive {
    let file = try HandedFile("schema")
    var arguments = [
      "--format=custom", "--compress=0", "--file=\(file.path(inChildAs: 4))", "--snapshot=\(snapshot)",
      "--section=pre-data", "--section=post-data", "--no-owner", "--no-acl", "--no-publications", "--no-subscriptions",
      "--no-security-labels", "--no-tablespaces", "--no-blobs",
      "--lock-wait-timeout=\(lockPatience.components.seconds)s",
    ]
    if !keepsComments { arguments.append("--no-comments") }
    arguments += schemas.map { "--exclude-schema=\(pattern($0))" }
    _ = try tools.run(.dump, arguments, on: source, files: [file], patience)
    return SchemaArchive(file, tools)
  }

  /// A name as a pattern that fits it alone: in quotes nothing stands for something else (manual, psql, "Patterns").
  static func pattern(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }

  /// What is in it.
  public func list(_ patience: ToolPatience) throws(ToolFailure) -> RestoreList {
    let listing = try tools.run(
      .restore, ["--list", "--verbose", file.path(inChildAs: 3)], files: [file], patience)
    return try RestoreList(listing: String(decoding: listing, as: UTF8.self))
  }

  /// The schema as SQL, for a search of what must not be in it.
  public func text(of selection: RestoreSelection, _ patience: ToolPatience) throws(ToolFailure) -> [UInt8] {
    let list = try HandedFile("list", holding: selection.listing)
    return try tools.run(
      .restore, ["--file=-", "--use-list=\(list.path(inChildAs: 4))", "--no-owner", file.path(inChildAs: 3)],
      files: [file, list], patience)
  }

  /// The whole schema of a database as SQL, with comments, as it is now.
  static func text(
    of database: ConnectionParameters, leavingOut schema: String, with tools: ClientTools, _ patience: ToolPatience
  ) throws(ToolFailure) -> [UInt8] {
    try tools.run(
      .dump, ["--schema-only", "--no-owner", "--no-acl", "--exclude-schema=\(pattern(schema))"], on: database,
      files: [],
      patience)
  }

  public enum Section: Sendable, Hashable {
    /// Everything that has to be there for the rows.
    case beforeRows
    /// Indexes, keys, triggers and materialised views, with so many connections at once.
    case afterRows(jobs: Int)
  }

  /// Makes the chosen objects in a quarantine. Ends at the first that fails, and names it.
  public func restore(
    _ section: Section, _ selection: RestoreSelection, into quarantine: Quarantine, _ patience: ToolPatience
  ) throws(ToolFailure) {
    let list = try HandedFile("list", holding: selection.listing)
    var arguments = [
      "--exit-on-error", "--no-owner", "--no-acl", "--no-tablespaces", "--use-list=\(list.path(inChildAs: 5))",
    ]
    switch section {
    case .beforeRows: arguments.append("--section=pre-data")
    case .afterRows(let jobs): arguments += ["--section=post-data", "--jobs=\(max(1, jobs))"]
    }
    _ = try tools.run(
      .restore, arguments + [file.path(inChildAs: 4)], on: quarantine.database, files: [file, list], patience)
  }
}

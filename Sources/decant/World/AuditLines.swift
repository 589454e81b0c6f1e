import Documents
import Reconciliation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that gets the audit entries of one run behind what is in it, a line of JSON each.
struct AuditLines {
  private let path: String

  /// Makes the file where there is none, before anything is done that could not be written down in it. It is for its
  /// owner alone: entries name databases and people who act.
  init(_ path: String) throws(Failure) {
    self.path = path.hasPrefix("/") ? path : "\(DiskFiles.currentFolder)/\(path)"
    try append([])
  }

  /// All of a log, with the texts that its hashes are of, in place of what is in the file: the whole of it, or what was
  /// there stays. Only such a log or an empty file is replaced.
  static func write(_ entries: [AuditEntry], to path: String) throws(Failure) {
    let path = path.hasPrefix("/") ? path : "\(DiskFiles.currentFolder)/\(path)"
    let text = entries.map { $0.line + "\n" }.joined()
    try DiskFiles.replace(path, with: Array(text.utf8), aKind: "audit log") {
      $0.isEmpty || $0.starts(with: Self.begins)
    }
  }

  private static let begins = Array(#"{"entry":"#.utf8)

  /// As `audit log --json` gives each.
  func append(_ entries: [AuditEntry]) throws(Failure) {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw DiskFiles.failure("write", path) }
    defer { close(descriptor) }
    let text = entries.map { JSON.canonical($0.json) + "\n" }.joined()
    try DiskFiles.writeAll(Array(text.utf8), to: descriptor, of: path)
  }
}

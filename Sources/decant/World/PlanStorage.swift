import Documents
import Reconciliation

/// Plan files on disk.
enum PlanStorage {
  /// A plan of 100,000 objects has about 100 MB.
  static let sizeLimit = 1 << 30

  static func read(_ path: String) throws(Failure) -> [UInt8] { try DiskFiles.contents(of: path, limit: sizeLimit) }

  /// In the place of a plan file or an empty file alone.
  static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    try DiskFiles.makeFolder(of: path)
    try DiskFiles.replace(path, with: bytes, aKind: "plan file") { PlanFile.isBegun(by: $0) }
  }
}

import Foundation
import Reconciliation

/// A file system of 1 MB in memory, for as long as the value lives.
final class SmallDisk {
  let folder: String

  /// Root in a container may not mount: then the tests that need it are skipped, and say so.
  static let isPossible = getuid() == 0 && (try? SmallDisk(in: NSTemporaryDirectory() + UUID().uuidString)) != nil

  init(in parent: String) throws {
    folder = parent + "/disk"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Self.run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder)
  }

  deinit { try? Self.run("/usr/bin/umount", "-l", folder) }

  func remount(_ option: String) throws { try Self.run("/usr/bin/mount", "-o", "remount,\(option)", folder) }

  private static func run(_ tool: String, _ arguments: String...) throws {
    let process = try Process.run(URL(filePath: tool), arguments: arguments)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure("run", tool, cause: "status \(process.terminationStatus)")
    }
  }
}

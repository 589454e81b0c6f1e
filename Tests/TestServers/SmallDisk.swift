import Foundation

/// A file system of 1 MB in memory, for as long as the value lives.
public final class SmallDisk: Sendable {
  public let folder: String
  private let place: TemporaryFolder

  /// Root in a container may not mount: then the tests that need it are skipped, and say so.
  public static let isPossible = getuid() == 0 && (try? SmallDisk()) != nil

  public init() throws {
    place = try TemporaryFolder("disk")
    folder = place.path + "/disk"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    _ = try Program.run("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder])
  }

  deinit { _ = try? Program.run("/usr/bin/umount", ["-l", folder]) }

  public func remount(_ option: String) throws {
    _ = try Program.run("/usr/bin/mount", ["-o", "remount,\(option)", folder])
  }

  /// Leaves no byte free, until what it gives back is removed.
  public func fill() throws -> String {
    let path = folder + "/filled"
    _ = try Program.play(
      "/bin/bash", ["-c", "cat /dev/zero > '\(path)' 2>/dev/null"], environment: ["PATH": "/usr/bin:/bin"])
    return path
  }

  /// A folder on it that belongs to the user who runs the servers.
  public func folderForServer() throws -> String {
    let path = folder + "/server"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for parent in [folder, path] { _ = try Program.run("/usr/bin/chown", ["postgres", parent]) }
    return path
  }
}

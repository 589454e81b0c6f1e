import Foundation

/// A folder of a test's own below the system's temporary one; it goes with its owner, however the test ends.
///
/// Whoever keeps only its path has to keep the folder too: a store that is still written to makes it anew.
public final class TemporaryFolder: Sendable {
  public let path: String

  public init(_ name: String) throws {
    path = FileManager.default.temporaryDirectory.appending(path: "decant-\(name)-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// The files of a declaration. Paths are relative to the tree's folder, or absolute.
public protocol Files: Sendable {
  /// The names of the regular files in the tree's folder itself, not in folders below it.
  func names() throws(Failure) -> [String]

  func read(_ path: String) throws(Failure) -> [UInt8]
}

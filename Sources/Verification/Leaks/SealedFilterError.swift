#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Why a filter could not be sealed or opened. It names files and key ids, never what is in them.
public enum SealedFilterError: Error, Sendable, Hashable, CustomStringConvertible {
  /// It was made with another masking key; the ids are those of the file and of ours.
  case otherKey(String?, String?)
  /// A byte of it is another than was sealed, or it was cut off.
  case forged(String)
  case notAFilter(String)
  case file(String, Int32)
  case library

  public var description: String {
    switch self {
    case .otherKey(let theirs, let ours):
      "the leak filter was sealed under \(theirs ?? "a key of one run"), and the masking key here is \(ours ?? "none")"
    case .forged(let path): "\(path) is not what was sealed"
    case .notAFilter(let path): "\(path) is no leak filter"
    case .file(let path, let code): "\(path): \(String(cString: strerror(code)))"
    case .library: "libcrypto cannot encrypt"
    }
  }
}

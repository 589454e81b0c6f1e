/// The version of a program of PostgreSQL, such as 15.18.
public struct ClientVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let major, minor: Int

  public init(major: Int, minor: Int) { (self.major, self.minor) = (major, minor) }

  /// Of "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)". Nothing for what is no release, such as "18beta1": such
  /// a program may lack any fix.
  init?(printed: String) {
    guard let match = printed.firstMatch(of: #/\(PostgreSQL\) ([0-9]{1,3})\.([0-9]{1,3})(?:[^0-9.]|$)/#),
      let major = Int(match.1), let minor = Int(match.2)
    else { return nil }
    self.init(major: major, minor: minor)
  }

  public var description: String { "\(major).\(minor)" }

  public static func < (left: Self, right: Self) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }

  /// The first release of each major in which pg_dump and pg_restore do not run what a server hides in its answers and
  /// in the names of its objects (CVE-2025-8714 and CVE-2025-8715; release notes of August 2025). 18 never had it.
  ///
  /// CVE-2026-18408 found a way around the fix for plain dumps that psql reads. No plain dump is made or read here, so
  /// it does not matter.
  static let firstSafe = [14: 19, 15: 14, 16: 10, 17: 6]

  var isSafe: Bool { major >= 18 || Self.firstSafe[major].map { minor >= $0 } ?? false }
}

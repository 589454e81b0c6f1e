/// The time of a copy: that of the leader's transaction, which is `now()` in everything that the copy runs.
///
/// Workers have transactions of their own, which begin later, so the leader's time is put in as a constant.
/// CURRENT_DATE and the other forms are made of it under the time zone of the copy's sessions, which is UTC: the SQL
/// has the meaning that it has in quarantine, where the same settings hold, and not that of a team's own psql.
public struct CopyInstant: Sendable, Hashable {
  /// As PostgreSQL writes a `timestamptz` under `DateStyle=ISO` and `TimeZone=UTC`: `2026-11-21 15:00:00.123456+00`.
  public let text: String

  /// Nothing where the text is not in that form; it becomes part of SQL.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard (22...29).contains(bytes.count), text.hasSuffix("+00") else { return nil }
    for (index, byte) in bytes.dropLast(3).enumerated() {
      let isDigit = (0x30...0x39).contains(byte)
      let expected: UInt8? = [4: 0x2D, 7: 0x2D, 10: 0x20, 13: 0x3A, 16: 0x3A, 19: 0x2E][index]
      guard expected.map({ $0 == byte }) ?? isDigit else { return nil }
    }
    self.text = text
  }
}

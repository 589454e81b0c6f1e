import Masking
import PostgreSQL
import Runtime

/// How long one stream of COPY would take over the same tables: what the work of an examination is held against. A part of the
/// largest table is read for it, about a hundredth of all, so that the measure costs next to nothing.
enum SingleStream {
  /// Below this the time of one COPY is too short to say anything by a part of it.
  static let leastBytes = 32 << 20
  private static let blockBytes = 8_192
  private static let fewestBlocks = 128
  private static let mostBlocks = 2_048

  /// - Parameter session: in the transaction of the instant.
  /// - Returns: nothing where there is too little to measure by.
  static func measure(
    _ tables: [Table], in session: Session, stall: Duration
  ) throws(DatabaseError) -> Duration? {
    let all = tables.filter { $0.storage == .heap }
    let total = all.reduce(0) { $0 + $1.bytes }
    guard total >= leastBytes, let largest = all.max(by: { $0.bytes < $1.bytes }) else { return nil }
    let blocks = min(max(fewestBlocks, total / blockBytes / 100), mostBlocks, largest.bytes / blockBytes)
    guard blocks >= fewestBlocks else { return nil }
    let began = ContinuousClock.now
    let reader = try session.beginCopyOut(
      "COPY (SELECT * FROM ONLY \(largest.name.quoted) WHERE ctid < '(\(blocks),0)'::pg_catalog.tid) TO STDOUT",
      stall: stall, as: "measuring one COPY")
    while try reader.next() != nil {}
    return (ContinuousClock.now - began) * (Double(total) / Double(blocks * blockBytes))
  }
}

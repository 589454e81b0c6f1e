public import Masking

/// What the masks of a policy make of some rows under the declared key: what a copy of those rows has to hold, and nothing
/// else. Fingerprints, as of originals.
public struct ExpectedValues: Sendable {
  private var values: [ColumnName: Set<KeyedFingerprint>] = [:]
  let fingerprinter: Fingerprinter

  public init(_ fingerprinter: Fingerprinter) { self.fingerprinter = fingerprinter }

  subscript(name: ColumnName) -> Set<KeyedFingerprint>? { values[name] }

  /// Takes the masks of a table's rows in. Columns whose masks are not the same twice are not expected to be anything.
  ///
  /// - Parameters:
  ///   - messages: rows as COPY gave them.
  public mutating func add(_ messages: [[UInt8]], of plan: RowPlan) throws(RowFailure) {
    let observer = ExpectingObserver(plan, fingerprinter)
    try messages.show(to: observer, as: plan)
    for (place, column) in plan.columns.enumerated() where observer.isExpected[place] {
      values[ColumnName(plan.table, column.name), default: []].formUnion(observer.seen[place])
    }
  }
}

extension OriginalsCollector {
  /// Takes in the originals of rows that COPY has given already.
  public func take(_ messages: [[UInt8]], of plan: RowPlan) throws(RowFailure) {
    guard let observer = observer(of: plan) else { return }
    var unmasked = plan
    for index in unmasked.columns.indices { unmasked.columns[index].mask = nil }
    try messages.show(to: observer, as: unmasked)
    observer.finish()
  }
}

extension [[UInt8]] {
  fileprivate func show(to observer: any RowObserver, as plan: RowPlan) throws(RowFailure) {
    var masker = try RowMasker(plan, observer: observer)
    var sink = ByteSink(capacity: 4_096)
    for message in self {
      sink.removeAll()
      try message.maskRows(&masker, &sink)
    }
  }
}

extension [UInt8] {
  /// One message of COPY.
  fileprivate func maskRows(_ masker: inout RowMasker, _ sink: inout ByteSink) throws(RowFailure) {
    let message = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 8)
    defer { message.deallocate() }
    message.copyBytes(from: self)
    try masker.mask(UnsafeRawBufferPointer(message), into: &sink)
  }
}

private final class ExpectingObserver: RowObserver {
  let watched: [Int]
  let isExpected: [Bool]
  private(set) var seen: [Set<KeyedFingerprint>]
  private let fingerprinter: Fingerprinter

  init(_ plan: RowPlan, _ fingerprinter: Fingerprinter) {
    self.fingerprinter = fingerprinter
    isExpected = plan.columns.map { ($0.mask?.traits.isDeterministic ?? false) && $0.type.staysAsWritten }
    watched = plan.columns.indices.filter { plan.columns[$0].mask != nil }
    seen = plan.columns.map { _ in [] }
  }

  func saw(column: Int, original: UnsafeRawBufferPointer?, copied: UnsafeRawBufferPointer?) {
    if isExpected[column], let copied { seen[column].insert(fingerprinter.fingerprint(copied)) }
  }

  func finishedRow() {}
}

extension ColumnType {
  /// What is written into a column of it is what is read from it, byte by byte: no padding, no other spelling.
  fileprivate var staysAsWritten: Bool {
    guard domains.isEmpty, name != "character", name != "bpchar" else { return false }
    return family == .text || family == .uuid
  }
}

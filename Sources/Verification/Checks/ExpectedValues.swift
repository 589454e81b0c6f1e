public import Masking

/// What the masks of a policy make of some rows under the declared key: what a copy of those rows has to hold, and nothing
/// else. Fingerprints, as of originals.
///
/// Where the rows of a table are told by numbers or UUIDs, each value is expected in its own row. Without that a number
/// near the original, or a value that changed places with another, could stand for its input: some row has it.
public struct ExpectedValues: Sendable {
  /// What one column of a copy is held against.
  struct Expectation: Sendable {
    var fingerprints: Set<KeyedFingerprint>
    /// Each is of a value with its row.
    var isOfRows: Bool
    /// The form in which its values were seen, where they have only changed places.
    var shuffled: RowFormat?
  }

  private var columns: [ColumnName: ExpectedColumn] = [:]
  /// The columns by which the rows of a table are told; none where nothing tells them.
  private var keys: [QualifiedName: [String]] = [:]
  let fingerprinter: Fingerprinter

  public init(_ fingerprinter: Fingerprinter) { self.fingerprinter = fingerprinter }

  /// Nothing where nothing is known of the column, and where its values can be told apart by their rows alone and those
  /// are told otherwise.
  subscript(name: ColumnName, toldBy key: [String]) -> Expectation? {
    guard let column = columns[name] else { return nil }
    let isOfRows = !key.isEmpty && keys[name.table] == key
    guard isOfRows || column.shuffled == nil else { return nil }
    return Expectation(
      fingerprints: isOfRows ? column.ofRows : column.values, isOfRows: isOfRows, shuffled: column.shuffled)
  }

  /// Takes the masks of a table's rows in. Columns whose masks are not the same twice are not expected to be anything.
  ///
  /// - Parameters:
  ///   - messages: rows as COPY gave them.
  ///   - shuffled: places of the columns whose values have changed places already.
  ///   - key: places of the columns by which a row is told, which no mask changes; empty where nothing tells it.
  public mutating func add(
    _ messages: [[UInt8]], of plan: RowPlan, shuffled: [Int] = [], toldBy key: [Int] = []
  ) throws(RowFailure) {
    let observer = ExpectingObserver(plan, fingerprinter, shuffled: shuffled, toldBy: key)
    try messages.show(to: observer, as: plan.showingBytes(of: shuffled))
    keys[plan.table] = observer.keyNames
    for (place, column) in plan.columns.enumerated() where observer.isExpected[place] {
      let name = ColumnName(plan.table, column.name)
      columns[name, default: ExpectedColumn(shuffled: observer.seen[place].shuffled)] += observer.seen[place]
    }
  }
}

private struct ExpectedColumn: Sendable {
  var values: Set<KeyedFingerprint> = []
  /// The same, each with its row.
  var ofRows: Set<KeyedFingerprint> = []
  var shuffled: RowFormat?

  init(shuffled: RowFormat?) { self.shuffled = shuffled }

  static func += (left: inout Self, right: Self) {
    left.values.formUnion(right.values)
    left.ofRows.formUnion(right.ofRows)
  }
}

extension ExpectedValues.Expectation {
  func holds(_ value: UnsafeRawBufferPointer, in row: borrowing RowKey, by fingerprinter: Fingerprinter) -> Bool {
    let found = fingerprinter.fingerprint(value)
    guard isOfRows else { return fingerprints.contains(found) }
    return fingerprints.contains(fingerprinter.fingerprint(found, in: row.title ?? ""))
  }
}

extension Fingerprinter {
  /// Of a value in the row that is told so.
  fileprivate func fingerprint(_ value: KeyedFingerprint, in row: String) -> KeyedFingerprint {
    var row = row
    let place = row.withUTF8 { fingerprint(UnsafeRawBufferPointer($0)) }
    return withUnsafeBytes(of: (place.high, place.low, value.high, value.low)) { fingerprint($0) }
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
  let keyNames: [String]
  private(set) var seen: [ExpectedColumn]
  private let key: [Int]
  private let fingerprinter: Fingerprinter
  /// Of the row that is being read: its key, and what is expected in it.
  private var parts: [String]
  private var values: [(column: Int, fingerprint: KeyedFingerprint)] = []

  init(_ plan: RowPlan, _ fingerprinter: Fingerprinter, shuffled: [Int], toldBy key: [Int]) {
    let expected = plan.columns.enumerated().map { place, column in
      let isSteady = column.mask?.traits.isDeterministic ?? shuffled.contains(place)
      return isSteady && column.type.staysAsWritten
    }
    isExpected = expected
    watched = plan.columns.indices.filter { plan.columns[$0].mask != nil || expected[$0] || key.contains($0) }
    keyNames = key.map { plan.columns[$0].name }
    seen = plan.columns.indices.map { ExpectedColumn(shuffled: shuffled.contains($0) ? plan.format : nil) }
    parts = key.map { _ in "" }
    (self.key, self.fingerprinter) = (key, fingerprinter)
  }

  func saw(column: Int, original: UnsafeRawBufferPointer?, copied: UnsafeRawBufferPointer?) {
    guard let copied else { return }
    if let place = key.firstIndex(of: column) { parts[place] = String(decoding: copied, as: UTF8.self) }
    if isExpected[column] { values.append((column, fingerprinter.fingerprint(copied))) }
  }

  /// The key may stand behind what it tells, so that this waits for the end of the row.
  func finishedRow() {
    let row = "\(keyNames.joined(separator: ","))=\(parts.joined(separator: ","))"
    for (column, value) in values {
      seen[column].values.insert(value)
      if !key.isEmpty { seen[column].ofRows.insert(fingerprinter.fingerprint(value, in: row)) }
    }
    values.removeAll(keepingCapacity: true)
  }
}

extension RowPlan {
  /// The same, but with these columns as they lie in the binary format, which not every type can be brought to text from.
  fileprivate func showingBytes(of places: [Int]) -> RowPlan {
    guard format == .binary else { return self }
    var plan = self
    for place in places { plan.columns[place].type = .bytesOfCOPY }
    return plan
  }
}

extension ColumnType {
  /// What is written into a column of it is what is read from it, byte by byte: no padding, nothing rounded, no other
  /// spelling as floats have it, and no zone as times may have one.
  fileprivate var staysAsWritten: Bool {
    guard domains.isEmpty, name != "character", name != "bpchar" else { return false }
    switch family {
    case .text, .uuid, .integer, .numeric, .date: return true
    default: return false
    }
  }
}

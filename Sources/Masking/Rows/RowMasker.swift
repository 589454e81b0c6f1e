/// Masks the rows of one COPY stream where they lie, for one worker: no String and no Array per row.
///
/// A row is looked through once for where its fields begin, up to the last one that anybody wants; then masks take the
/// place of values, and what is between them is copied in runs.
public struct RowMasker: ~Copyable {
  public let plan: RowPlan
  public internal(set) var rows = 0

  /// The columns of which somebody wants the values, in the order of the stream; and how many they are.
  let seats: UnsafeMutablePointer<Seat>
  let seatCount: Int
  /// What the seats remember values in.
  private var memory: RecentMemory
  /// What the seats count different values with.
  private let registers: UnsafeMutablePointer<UInt8>?
  let observer: (any RowObserver)?
  let readsKey: Bool
  /// How many fields have to be found.
  let depth: Int
  /// False where rows are only looked at.
  let writes: Bool
  let fields: UnsafeMutablePointer<Field>
  var hasHeader = false
  /// A value without its escapes, or brought from its binary form to text.
  var value = ByteSink()
  /// A mask on its way to another form than text.
  var masked = ByteSink()
  var key = ByteSink()

  /// Where a field's bytes are in its message. A negative count is NULL.
  struct Field {
    var start = 0
    var count = 0

    @inline(__always)
    func bytes(of row: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
      UnsafeRawBufferPointer(rebasing: row[start..<(start + count)])
    }
  }

  /// - Parameter writes: false where rows are only shown to the observer: then nothing is appended to any sink, and the
  ///   plan has no masks.
  /// - Parameter countsDistinct: whether `tallies` say how many different values there were, which costs a tenth of the
  ///   time of masking.
  /// - Throws: where the format is binary and `reasonsForText` has a reason.
  public init(
    _ plan: RowPlan, observer: (any RowObserver)? = nil, writes: Bool = true, countsDistinct: Bool = false
  ) throws(RowFailure) {
    self.writes = writes
    let watched = Set(observer?.watched ?? [])
    if plan.format == .binary, let reason = plan.reasonsForText(watched: watched.sorted()).first {
      throw RowFailure(table: plan.table, column: nil, row: nil, reason: reason)
    }
    let wanted = plan.columns.indices.filter { plan.columns[$0].mask != nil || watched.contains($0) }
    seatCount = wanted.count
    seats = .allocate(capacity: max(1, wanted.count))
    func watcher(_ column: Int) -> (any RowObserver)? { watched.contains(column) ? observer : nil }
    memory = RecentMemory(columns: wanted.count { Seat.remembers(plan.columns[$0], watcher($0)) })
    registers = countsDistinct ? Self.zeros(wanted.count * Seat.registerBytes) : nil
    for (index, column) in wanted.enumerated() {
      let share = registers.map { $0 + index * Seat.registerBytes }
      (seats + index).initialize(to: Seat(column, plan.columns[column], observer: watcher(column), &memory, share))
    }
    self.plan = plan
    self.observer = observer
    readsKey = plan.readsKey
    depth = max((wanted.last ?? -1) + 1, readsKey ? (plan.key.max() ?? -1) + 1 : 0)
    fields = .allocate(capacity: max(1, plan.columns.count))
    fields.initialize(repeating: Field(), count: max(1, plan.columns.count))
  }

  deinit {
    seats.deinitialize(count: seatCount)
    seats.deallocate()
    registers?.deallocate()
    fields.deallocate()
  }

  private static func zeros(_ count: Int) -> UnsafeMutablePointer<UInt8> {
    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, count))
    memory.initialize(repeating: 0, count: count)
    return memory
  }

  /// One for each masked column, in the order of the stream.
  public var tallies: [ColumnTally] {
    var tallies: [ColumnTally] = []
    for index in 0..<seatCount where seats[index].isMasked {
      tallies.append(seats[index].tally(named: plan.columns[seats[index].column].name))
    }
    return tallies
  }

  /// Appends the message with its values masked.
  ///
  /// - Parameter message: one row as the server sent it; in the binary format with the header before the first one, or
  ///   the trailer.
  public mutating func mask(_ message: UnsafeRawBufferPointer, into sink: inout ByteSink) throws(RowFailure) {
    if plan.format == .text { try maskText(message, &sink) } else { try maskBinary(message, &sink) }
  }
}

extension RowMasker {
  @inline(__always)
  func approachValues(of row: UnsafeRawBufferPointer) {
    for index in 0..<seatCount {
      let field = fields[seats[index].column]
      if field.count >= 0 { seats[index].approach(field.bytes(of: row)) }
    }
  }

  @inline(__always)
  func append(_ bytes: UnsafeRawBufferPointer, to sink: inout ByteSink) { if writes { sink.append(bytes) } }
}

// MARK: - Failures

extension RowMasker {
  func failure(_ reason: String, column: Int? = nil, row: String? = nil) -> RowFailure {
    RowFailure(table: plan.table, column: column.map { plan.columns[$0].name }, row: row, reason: reason)
  }

  mutating func refusal(of index: Int, _ row: UnsafeRawBufferPointer, _ reason: String) -> RowFailure {
    failure(reason, column: seats[index].column, row: tellableKey(row))
  }

  /// Only numbers and UUIDs are told: another key may well be somebody's e-mail address.
  private mutating func tellableKey(_ row: UnsafeRawBufferPointer) -> String? {
    let isTellable = plan.key.allSatisfy { column in
      switch plan.columns[column].type.family {
      case .integer, .uuid: plan.columns[column].mask == nil
      default: false
      }
    }
    guard !plan.key.isEmpty, isTellable, let deepest = plan.key.max() else { return nil }
    do throws(RowFailure) {
      if plan.format == .text {
        try findTextFields(row, deepest + 1)
        putTogetherTextKey(row)
      } else {
        try findBinaryFields(row, deepest + 1)
        try putTogetherBinaryKey(row)
      }
    } catch { return nil }
    let names = plan.key.map { plan.columns[$0].name }.joined(separator: ",")
    return "\(names)=\(String(decoding: key.bytes, as: UTF8.self))"
  }
}

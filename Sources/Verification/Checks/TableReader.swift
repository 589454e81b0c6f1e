import Masking
public import PostgreSQL
import Runtime

/// Reads tables in the one pass that all checks of their rows ride on. It belongs to one thread.
public final class TableReader {
  private let part: LeakFilterPart?
  private let judgesGrammar, takesSamples: Bool

  /// - Parameters:
  ///   - part: of the filter that originals are looked up in; nothing where there is none.
  ///   - isFirst: false where everything is read once more for a further part of the filter alone.
  ///   - takesSamples: whether a masked sample of what is found in a column is kept, for people.
  public init(_ part: LeakFilterPart?, isFirst: Bool = true, takesSamples: Bool = true) {
    (self.part, self.takesSamples) = (part, takesSamples)
    judgesGrammar = isFirst
  }

  /// - Parameter session: settled for copying, and at the instant at which the others read.
  public func read(
    _ table: CheckedTable, _ pages: (from: Int, upTo: Int?)? = nil, in session: Session, stall: Duration
  ) throws(LeakProbeFailure) -> TableTally {
    let sql: String
    do { sql = table.isCountedOnly ? try table.count(pages) : try table.copy(pages) } catch {
      throw .refused("\(table.name): \(error)")
    }
    guard !table.isCountedOnly else { return try count(sql, session, stall) }
    let observer = CheckObserver(table, part, judgesGrammar, takesSamples)
    try observe(table.rows, sql, in: session, stall, observer, as: "checking \(table.name)")
    return observer.tally
  }

  private func count(_ sql: String, _ session: Session, _ stall: Duration) throws(LeakProbeFailure) -> TableTally {
    var tally = TableTally(columns: 0)
    do throws(DatabaseError) {
      let answer = try session.query(sql, deadline: .after(stall), as: "counting rows")
      tally.rows = answer.single.flatMap { Int($0) } ?? 0
    } catch { throw .database(error) }
    return tally
  }
}

/// Gives each column of a stream to those who ask about it. The key's columns come first.
private final class CheckObserver: RowObserver {
  let watched: [Int]
  private let table: CheckedTable
  private let keys: Int
  /// In memory of its own: what is written for every value is neither copied nor asked after.
  private let columns: UnsafeMutablePointer<ColumnWatch>
  private let part: LeakFilterPart?
  private let takesSamples: Bool
  private let key: RowKey
  // Both are written for every row, by the one thread that this belongs to.
  @exclusivity(unchecked) private var prober: Prober?
  @exclusivity(unchecked) private var rows = 0

  init(_ table: CheckedTable, _ part: LeakFilterPart?, _ judgesGrammar: Bool, _ takesSamples: Bool) {
    (self.table, self.part, self.takesSamples) = (table, part, takesSamples)
    prober = part.map { Prober($0) }
    keys = table.key.names.count
    key = RowKey(table.key)
    watched = Array(0..<(keys + table.columns.count))
    columns = .allocate(capacity: max(1, table.columns.count))
    for (place, column) in table.columns.enumerated() {
      (columns + place).initialize(to: ColumnWatch(column, judgesGrammar))
    }
  }

  deinit {
    columns.deinitialize(count: table.columns.count)
    columns.deallocate()
  }

  var tally: TableTally {
    var tally = TableTally(columns: table.columns.count)
    tally.rows = rows
    for place in table.columns.indices { tally.columns[place] = columns[place].tally }
    return tally
  }

  func saw(column: Int, original: UnsafeRawBufferPointer?, copied: UnsafeRawBufferPointer?) {
    guard column >= keys else { return key.saw(column, original) }
    let place = column - keys
    guard let value = original else {
      columns[place].tally.nulls += 1
      return
    }
    columns[place].tally.values += 1
    switch columns[place].judge(value, table.fingerprinter, in: key) {
    case .known: break
    case .unexpected: columns[place].tally.unexpected += 1
    case .stranger: stranger(value, place)
    }
    guard let form = columns[place].form else { return }
    columns[place].value = value
    prober?.look(value, as: form, in: place, &columns[place].tally.suspects)
  }

  func finishedRow() {
    prober?.settle { place, fingerprint in suspect(fingerprint, place) }
    rows += 1
  }

  private func stranger(_ value: UnsafeRawBufferPointer, _ place: Int) {
    columns[place].tally.strangers += 1
    if columns[place].tally.strangerKeys.count < SuspectTally.mostKeys, let title = key.title {
      columns[place].tally.strangerKeys.append(title)
    }
    if columns[place].tally.strangerSample == nil {
      columns[place].tally.strangerSample = SampleText.masked(value)
    }
  }

  private func suspect(_ found: KeyedFingerprint, _ place: Int) {
    columns[place].tally.suspects.hit(found, key: key.title)
    guard takesSamples, columns[place].tally.suspectSample == nil, let part, let form = columns[place].form else {
      return
    }
    // Once for a column: which of the words of the value it was.
    var sample: String?
    var reader = CandidateReader(part.lengths)
    var search = CandidateSearch(found, part) { sample = SampleText.masked($0) }
    reader.read(columns[place].value, as: form, into: &search)
    columns[place].tally.suspectSample = sample
  }
}

/// What is asked about a column, and what was found. It cannot be copied, so that masks are asked where they are.
private struct ColumnWatch: ~Copyable {
  enum Verdict { case known, stranger, unexpected }

  let form: CandidateReader.Form?
  private var grammar: GrammarJudge?
  private let expected: ExpectedValues.Expectation?
  var tally = CheckedColumnTally()
  /// Of the row that is being read: probed values lie in its message, which is there until the row is over.
  var value = UnsafeRawBufferPointer(start: nil, count: 0)

  init(_ column: CheckedTable.Column, _ judgesGrammar: Bool) {
    form = column.form
    expected = judgesGrammar ? column.expected : nil
    grammar = judgesGrammar ? GrammarJudge(column.masks) : nil
  }

  @inline(__always)
  mutating func judge(
    _ value: UnsafeRawBufferPointer, _ fingerprinter: Fingerprinter?, in row: borrowing RowKey
  ) -> Verdict {
    if let isKnown = grammar?.knows(value), !isKnown { return .stranger }
    guard let expected, let fingerprinter else { return .known }
    return expected.holds(value, in: row, by: fingerprinter) ? .known : .unexpected
  }
}

/// Whether the mask of a column could have made its values.
///
/// How many hexadecimal digits a mask has hangs on the number of rows as the source estimated it, and a copy may be
/// counted otherwise: so the first value that some length fits decides which it is.
private struct GrammarJudge: ~Copyable {
  private var mask: any Mask
  /// That it might be instead, as long as no value has decided it.
  private var others: [any Mask]
  private var isChosen: Bool

  init?(_ masks: [any Mask]) {
    guard let first = masks.first else { return nil }
    mask = first
    others = Array(masks.dropFirst())
    isChosen = others.isEmpty
  }

  @inline(__always)
  mutating func knows(_ value: UnsafeRawBufferPointer) -> Bool {
    if mask.recognises(value) {
      isChosen = true
      return true
    }
    return isChosen ? false : choose(value)
  }

  private mutating func choose(_ value: UnsafeRawBufferPointer) -> Bool {
    guard let other = others.first(where: { $0.recognises(value) }) else { return false }
    (mask, isChosen) = (other, true)
    return true
  }
}

import Masking
public import PostgreSQL
import Runtime

/// Reads tables in the one pass that all checks of their rows ride on. It belongs to one thread.
public final class TableReader {
  private let prober: Prober?
  private let part: LeakFilterPart?
  private let judgesGrammar: Bool

  /// - Parameters:
  ///   - part: of the filter that originals are looked up in; nothing where there is none.
  ///   - isFirst: false where everything is read once more for a further part of the filter alone.
  public init(_ part: LeakFilterPart?, isFirst: Bool = true) {
    self.part = part
    prober = part.map { Prober($0) }
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
    let observer = CheckObserver(table, prober, part, judgesGrammar)
    try observe(table.rows, sql, in: session, stall, observer, as: "reading \(table.name)")
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
  private(set) var tally: TableTally
  private let table: CheckedTable
  private let keys: Int
  private let columns: [ColumnWatch]
  private let prober: Prober?
  private let part: LeakFilterPart?
  /// Of the row that is being read: probed values lie in its message, which is there until the row is over.
  private var values: [UnsafeRawBufferPointer]
  private var key = ByteSink(capacity: 64)

  init(_ table: CheckedTable, _ prober: Prober?, _ part: LeakFilterPart?, _ judgesGrammar: Bool) {
    (self.table, self.prober, self.part) = (table, prober, part)
    keys = table.key.count
    watched = Array(0..<(keys + table.columns.count))
    columns = table.columns.map { ColumnWatch($0, judgesGrammar) }
    tally = TableTally(columns: table.columns.count)
    values = Array(repeating: UnsafeRawBufferPointer(start: nil, count: 0), count: table.columns.count)
  }

  func saw(column: Int, original: UnsafeRawBufferPointer?, copied: UnsafeRawBufferPointer?) {
    let place = column - keys
    guard place >= 0 else {
      if column > 0 { key.append(UInt8(ascii: ",")) }
      if let original { key.append(original) }
      return
    }
    guard let value = original else {
      tally.columns[place].nulls += 1
      return
    }
    tally.columns[place].values += 1
    let watch = columns[place]
    if let grammar = watch.grammar {
      if !grammar.knows(value) {
        stranger(value, place)
      } else if let expected = watch.expected, let fingerprinter = table.fingerprinter,
        !expected.contains(fingerprinter.fingerprint(value))
      {
        tally.columns[place].unexpected += 1
      }
    }
    guard let form = watch.form, let prober else { return }
    values[place] = value
    prober.look(value, as: form, in: place, &tally.columns[place].suspects)
  }

  func finishedRow() {
    prober?.settle { place, fingerprint in suspect(fingerprint, place) }
    tally.rows += 1
    key.removeAll()
  }

  private func stranger(_ value: UnsafeRawBufferPointer, _ place: Int) {
    tally.columns[place].strangers += 1
    if tally.columns[place].strangerKeys.count < SuspectTally.mostKeys, let title {
      tally.columns[place].strangerKeys.append(title)
    }
    if tally.columns[place].strangerSample == nil { tally.columns[place].strangerSample = SampleText.masked(value) }
  }

  private func suspect(_ found: KeyedFingerprint, _ place: Int) {
    tally.columns[place].suspects.hit(found, key: title)
    guard tally.columns[place].suspectSample == nil, let part, let form = columns[place].form else { return }
    // Once for a column: which of the words of the value it was.
    var sample: String?
    var reader = CandidateReader(part.lengths)
    var search = CandidateSearch(found, part) { sample = SampleText.masked($0) }
    reader.read(values[place], as: form, into: &search)
    tally.columns[place].suspectSample = sample
  }

  private var title: String? {
    guard keys > 0 else { return nil }
    return "\(table.key.joined(separator: ","))=\(String(decoding: key.bytes, as: UTF8.self))"
  }
}

/// What is asked about a column. A class, so that nothing of it is copied for each value.
private final class ColumnWatch {
  let form: CandidateReader.Form?
  let grammar: GrammarJudge?
  let expected: Set<KeyedFingerprint>?

  init(_ column: CheckedTable.Column, _ judgesGrammar: Bool) {
    form = column.form
    expected = column.expected
    grammar = judgesGrammar ? GrammarJudge(column.masks) : nil
  }
}

/// Whether the mask of a column could have made its values.
///
/// How many hexadecimal digits a mask has hangs on the number of rows as the source estimated it, and a copy may be
/// counted otherwise: so the first value that some length fits decides which it is.
final class GrammarJudge {
  private let first: any Mask
  private let others: [any Mask]
  private var chosen: Int?

  init?(_ masks: [any Mask]) {
    guard let first = masks.first else { return nil }
    self.first = first
    others = Array(masks.dropFirst())
  }

  @inline(__always)
  func knows(_ value: UnsafeRawBufferPointer) -> Bool {
    switch chosen {
    case 0: return first.recognises(value)
    case let place?: return others[place - 1].recognises(value)
    case nil: return choose(value)
    }
  }

  private func choose(_ value: UnsafeRawBufferPointer) -> Bool {
    if first.recognises(value) {
      chosen = 0
      return true
    }
    chosen = others.firstIndex { $0.recognises(value) }.map { $0 + 1 }
    return chosen != nil
  }
}

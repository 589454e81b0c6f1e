import Glibc
import Masking
import PostgreSQL
import Runtime
import Snapshots
import Verification

/// `copy-bench SOCKET PORT USER FROM TO TABLE FORMAT MASKS STREAMS`: copies a table of one database to that of another
/// and prints rows, seconds, CPU seconds and the peak of memory in kilobytes. MASKS are `0`, `8`, `blind` (eight whose
/// values nobody looks at afterwards), or `originals` (eight, whose originals are collected for the search).
@main
struct CopyBench {
  static func main() throws {
    let words = CommandLine.arguments
    guard words.count == 10, let streams = Int(words[9]), let format = RowFormat(rawValue: words[7]),
      let masks = Masks(rawValue: words[8])
    else {
      print("usage: copy-bench SOCKET PORT USER FROM TO TABLE text|binary 0|8|blind|originals STREAMS")
      exit(2)
    }
    let bench = Bench(
      socket: words[1], port: words[2], user: words[3], from: words[4], to: words[5], table: words[6],
      format: format, masks: masks, collector: masks == .originals ? try Bench.collector() : nil)
    let clock = ContinuousClock()
    var rows = 0
    let wall = try clock.measure { rows = try bench.run(streams) }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    print(rows, wall / .seconds(1), seconds(usage.ru_utime) + seconds(usage.ru_stime), peak())
  }

  /// `VmHWM`; `ru_maxrss` would count what the parent had before this program was loaded.
  private static func peak() -> Int {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, 256, file) != nil {
      let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if words.hasPrefix("VmHWM:") { return Int(words.filter(\.isNumber)) ?? 0 }
    }
    return 0
  }
}

enum Masks: String {
  case none = "0"
  case eight = "8"
  case blind, originals
}

struct Bench: Sendable {
  let socket, port, user, from, to, table: String
  let format: RowFormat
  let masks: Masks
  let collector: OriginalsCollector?

  func connect(_ database: String) throws -> Session {
    let parameters = try ConnectionParameters([
      ("host", socket), ("port", port), ("user", user), ("dbname", database), ("sslmode", "disable"),
    ])
    let session = try Session(connecting: parameters, deadline: .after(.seconds(10)))
    try session.settleForCopying(CopySettings(commitsAsynchronously: true), deadline: .after(.seconds(10)))
    return session
  }

  /// The same instant for every stream, and a range of pages for each.
  func run(_ streams: Int) throws -> Int {
    let deadline = Deadline.after(.seconds(10))
    let leader = try CopyTransaction(on: try connect(from), for: .reading, deadline: deadline)
    let snapshot = try leader.exportSnapshot(deadline: deadline)
    let pages = try leader.session.query(
      "SELECT pg_relation_size('public.\(table)') / current_setting('block_size')::int", deadline: deadline)
    let size = Int(pages.single ?? "") ?? 0
    let ranges = (0..<streams).map { number in
      let end = number == streams - 1 ? "" : " AND ctid < '(\(size * (number + 1) / streams),0)'"
      return streams == 1 ? "" : " WHERE ctid >= '(\(size * number / streams),0)'" + end
    }
    let results = concurrently(ranges, limit: streams) { range in
      Result { try copy(range, at: snapshot) }
    }
    var rows = 0
    for result in results { rows += try result.get() }
    return rows
  }

  func copy(_ range: String, at snapshot: ExportedSnapshot) throws -> Int {
    let plan = try plan()
    let deadline = Deadline.after(.seconds(10))
    let reading = try CopyTransaction(on: try connect(from), for: .readingAt(snapshot), deadline: deadline)
    let writing = try CopyTransaction(on: try connect(to), for: .writing, deadline: deadline)
    let columns = plan.columns.map(\.name).joined(separator: ", ")
    let option = "(FORMAT \(format.rawValue))"
    let pump = CopyPump(
      from: reading.session, reading: "COPY (SELECT \(columns) FROM ONLY public.\(table)\(range)) TO STDOUT \(option)",
      to: writing.session, writing: "COPY public.\(table) (\(columns)) FROM STDIN \(option)", stall: .seconds(60))
    let observer = collector?.observer(of: plan)
    var masker = try RowMasker(plan, observer: observer)
    let done = try pump.run(&masker)
    observer?.finish()
    for tally in masker.tallies where tally.unrecognised > 0 { print("not recognised:", tally) }
    try writing.commit(deadline: .after(.seconds(60)))
    return done.rows
  }
}

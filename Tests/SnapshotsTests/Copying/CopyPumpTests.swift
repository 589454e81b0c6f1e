import Foundation
import Masking
import PostgreSQL
import Runtime
import Snapshots
import TestServers
import Testing

@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct CopyPumpTests {
  private static let people = "CREATE TABLE public.people (id int PRIMARY KEY, name text, note text, at timestamptz)"

  private static func fill(_ rows: Int) -> String {
    """
    INSERT INTO public.people SELECT n, 'Person ' || n, CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN E'a\\tb\\\\' || n
      ELSE repeat('note', n % 40) END, timestamptz '2020-01-01 00:00+00' + n * interval '1 hour'
    FROM generate_series(1, \(rows)) n
    """
  }

  private func hashedNames(_ column: RowPlan.Column) -> (any Mask)? {
    ["name", "note"].contains(column.name) ? Hashed() : nil
  }

  @Test func maskedTextAndMaskedBinaryAreTheSameCopy() throws {
    var sums: [String] = []
    for format in [RowFormat.text, .binary] {
      let world = try CopyPair(Self.people, rows: Self.fill(5_000))
      let (progress, tallies) = try world.copy("people", format, mask: hashedNames)
      #expect(progress.rows == 5_000)
      #expect(tallies.map(\.nulls) == [0, 1_000])
      #expect(tallies.allSatisfy { $0.changed + $0.nulls == 5_000 && $0.unrecognised == 0 })
      sums.append(
        try world.server.run("SELECT sum(hashtextextended(p::text, 0)) FROM public.people p", database: world.to))
      #expect(
        try world.server.run(
          "SELECT count(*) FROM public.people WHERE name LIKE '%Person%' OR note LIKE '%a%b%'", database: world.to)
          != "5000")
      #expect(
        try world.server.run("SELECT count(*) FROM public.people WHERE name ~ '^[0-9a-f]{16}$'", database: world.to)
          == "5000")
    }
    #expect(sums[0] == sums[1])
    #expect(!sums[0].isEmpty)
  }

  @Test(arguments: [RowFormat.text, .binary])
  func aTableOf1600Columns(format: RowFormat) throws {
    let columns = (1...1_600).map { "c\($0) bool" }.joined(separator: ", ")
    let world = try CopyPair(
      "CREATE TABLE public.wide (\(columns))",
      rows: "INSERT INTO public.wide (c1, c1600) VALUES (true, false), (NULL, true)")
    let done = try world.copy("wide", format) { ["c1", "c1600"].contains($0.name) ? Same() : nil }
    #expect(done.progress.rows == 2)
    #expect(done.tallies.map(\.unchanged) == [1, 2])
    #expect(try world.rows("wide", in: world.to) == world.rows("wide", in: world.from))
  }

  @Test(arguments: [RowFormat.text, .binary])
  func aTableWithoutRowsOrColumns(format: RowFormat) throws {
    let world = try CopyPair("CREATE TABLE public.empty (t text)")
    #expect(try world.copy("empty", format, mask: { _ in Hashed() }).progress.rows == 0)
  }

  @Test func progressGrowsToTheWhole() throws {
    let world = try CopyPair(Self.people, rows: Self.fill(20_000))
    let columns = try world.columns("people")
    var masker = try world.masker("people", .text, columns)
    var told: [StreamProgress] = []
    let pump = world.pump(
      "people", .text, columns, from: try world.session(world.from), to: try world.session(world.to))
    let whole = try pump.run(&masker) { told.append($0) }
    #expect(told.count > 10)
    #expect(told.last == whole)
    #expect(zip(told, told.dropFirst()).allSatisfy { $0.rows <= $1.rows && $0.bytesRead < $1.bytesRead || $1 == whole })
    #expect(whole.rows == 20_000 && whole.bytesRead == whole.bytesWritten)
  }

  private func failure(_ world: CopyPair, _ source: Session, _ destination: Session, stall: Duration = noStall) throws
    -> StreamFailure
  {
    let columns = try world.columns("people")
    var masker = try world.masker("people", .text, columns, key: [0])
    let pump = world.pump("people", .text, columns, from: source, to: destination, stall: stall)
    return try #require(throws: StreamFailure.self) { _ = try pump.run(&masker) }
  }

  @Test func aRefusedRowOfTheDestinationIsNamedWithoutItsValues() throws {
    let world = try CopyPair(Self.people, rows: Self.fill(100))
    try world.server.run("INSERT INTO public.people VALUES (50)", database: world.to)
    let (source, destination) = (try world.session(world.from), try world.session(world.to))
    let failure = try failure(world, source, destination)
    guard case .destination(let error) = failure else { return #expect(Bool(false), "\(failure)") }
    #expect(error.sqlstate == "23505")
    #expect("\(failure)".hasPrefix("destination "))
    #expect(!"\(failure)".contains("Person") && !"\(failure)".contains("(50)"))
    #expect(try destination.query("SELECT count(*) FROM public.people", deadline: patience).single == "1")
  }

  @Test func aValueThatAMaskRefusesEndsTheCopy() throws {
    struct Picky: Mask {
      var traits: MaskTraits { MaskTraits(uniqueness: .lossy) }
      func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
        if value.count > 8 { throw MaskFailure("it is too long") }
        sink.append(value)
      }
      func recognises(_ value: UnsafeRawBufferPointer) -> Bool { true }
    }
    let world = try CopyPair(Self.people, rows: Self.fill(100))
    for format in [RowFormat.text, .binary] {
      let failure = try #require(throws: StreamFailure.self) {
        try world.copy("people", format, key: [0]) { $0.name == "name" ? Picky() : nil }
      }
      #expect("\(failure)" == "public.people.name, row id=10: it is too long")
    }
    #expect(try world.server.run("SELECT count(*) FROM public.people", database: world.to) == "0")
  }

  @Test func aCutOnEitherSideNamesIt() throws {
    let world = try CopyPair(Self.people, rows: Self.fill(50_000))
    for offset in [30_000, 1_000_000] {
      let down = try FaultProxy(toPort: world.server.port, .cutDown(offset))
      let first = try failure(
        world, try world.session(world.from, port: down.port), try world.session(world.to))
      guard case .source = first else { return #expect(Bool(false), "\(first)") }
      let up = try FaultProxy(toPort: world.server.port, .cutUp(offset))
      let second = try failure(world, try world.session(world.from), try world.session(world.to, port: up.port))
      guard case .destination = second else { return #expect(Bool(false), "\(second)") }
    }
    #expect(try world.server.run("SELECT count(*) FROM public.people", database: world.to) == "0")
  }

  @Test func garbageFromTheSourceIsNeverACopy() throws {
    let world = try CopyPair(Self.people, rows: Self.fill(50_000))
    for offset in [30_000, 1_000_000] {
      let proxy = try FaultProxy(toPort: world.server.port, .garbage(offset))
      _ = try failure(
        world, try world.session(world.from, port: proxy.port), try world.session(world.to), stall: .seconds(1))
    }
    #expect(try world.server.run("SELECT count(*) FROM public.people", database: world.to) == "0")
  }

  /// The server's process is stopped in the middle; nothing else than our own limit can end that.
  @Test(arguments: [true, false])
  func aSideThatStallsIsNamed(source: Bool) throws {
    let world = try CopyPair(Self.people, rows: Self.fill(400_000))
    let columns = try world.columns("people")
    var masker = try world.masker("people", .text, columns)
    let (from, to) = (try world.session(world.from), try world.session(world.to))
    let pump = world.pump("people", .text, columns, from: from, to: to, stall: .milliseconds(400))
    let stopped = pid_t((source ? from : to).announcedProcess)
    defer { kill(stopped, SIGCONT) }
    let failure = try #require(throws: StreamFailure.self) {
      _ = try pump.run(&masker) { done in if done.rows < 20_000 { kill(stopped, SIGSTOP) } }
    }
    #expect(failure.databaseError?.kind == .timedOut(granted: .milliseconds(400)))
    #expect("\(failure)".hasPrefix(source ? "source " : "destination "), "\(failure)")
  }

  @Test func anInterruptEndsBothSides() throws {
    let world = try CopyPair(Self.people, rows: Self.fill(50_000))
    let interrupt = try Interrupt()
    let columns = try world.columns("people")
    var masker = try world.masker("people", .text, columns)
    let pump = world.pump(
      "people", .text, columns, from: try world.session(world.from, interrupt: interrupt),
      to: try world.session(world.to, interrupt: interrupt))
    let failure = try #require(throws: StreamFailure.self) {
      _ = try pump.run(&masker) { _ in interrupt.raise() }
    }
    #expect(failure.databaseError?.kind == .interrupted)
    #expect(!pump.source.isOpen)
    #expect(try world.server.run("SELECT count(*) FROM public.people", database: world.to) == "0")
  }

  @Test func formatsThatDifferAreRefusedBeforeTheFirstRow() throws {
    let world = try CopyPair(Self.people)
    let columns = try world.columns("people")
    var masker = try world.masker("people", .text, columns)
    let pump = world.pump(
      "people", .binary, columns, from: try world.session(world.from), to: try world.session(world.to))
    let failure = #expect(throws: StreamFailure.self) { _ = try pump.run(&masker) }
    #expect(failure == .formats(reading: .binary, writing: .binary, planned: .text))
  }

  /// Ten times the rows, the same memory.
  @Test func memoryDoesNotGrowWithTheTable() throws {
    func resident() -> Int {
      let status = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
      return (Int(status.split(separator: " ").dropFirst().first ?? "") ?? 0) * 4_096
    }
    let world = try CopyPair(Self.people, rows: Self.fill(20_000))
    _ = try world.copy("people", .text, mask: hashedNames)
    let before = resident()
    try world.server.run("TRUNCATE public.people", database: world.to)
    try world.server.run("TRUNCATE public.people; \(Self.fill(200_000))", database: world.from)
    #expect(try world.copy("people", .text, mask: hashedNames).progress.rows == 200_000)
    // The table is 20 MB as text; other tests run beside this one.
    #expect(resident() - before < 16_000_000)
  }
}

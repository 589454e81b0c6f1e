import Synchronization
import Testing

@testable import Masking

/// What repeats is not worked out again, and nobody can tell by the result.
struct RecentValuesTests {
  /// What is remembered of the value, asked for as a seat does it.
  private func ask(_ recent: inout RecentValues, _ value: String) -> String? {
    withBytes(value) { bytes in
      recent.approach(bytes)
      return recent.find(bytes).map { "\(String(decoding: $0.mask, as: UTF8.self)) \($0.flags) \($0.note)" }
    }
  }

  private func keep(_ recent: inout RecentValues, _ value: String, _ mask: String, _ flags: UInt8, _ note: UInt8) {
    withBytes(value) { bytes in
      withBytes(mask) { recent.keep(.init(mask: $0, flags: flags, note: note), of: bytes) }
    }
  }

  private func withBytes<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    Array(text.utf8).withUnsafeBytes(body)
  }

  @Test(arguments: ["Ada", "a", "12345678", "exactly as long as has room.", "Zoë 山"])
  func whatWasKeptIsFound(value: String) {
    var memory = RecentMemory(columns: 1)
    var recent = memory.next()
    defer { extendLifetime(memory) }
    #expect(ask(&recent, value) == nil)
    keep(&recent, value, "User-0A1B2C3D", 2, 65)
    #expect(ask(&recent, value) == "User-0A1B2C3D 2 65")
    for other in [value + " ", String(value.dropLast()), value.uppercased() + "!"] {
      #expect(ask(&recent, other) == nil)
    }
  }

  @Test func whatIsLongerThanItsRoomIsNotKept() {
    var memory = RecentMemory(columns: 1)
    var recent = memory.next()
    defer { extendLifetime(memory) }
    let (value, mask) = (
      String(repeating: "v", count: RecentValues.longest + 1), String(repeating: "m", count: RecentValues.longestMask)
    )
    #expect(ask(&recent, value) == nil)
    keep(&recent, value, "m", 0, 0)
    #expect(ask(&recent, value) == nil)
    #expect(ask(&recent, "v") == nil)
    keep(&recent, "v", mask + "m", 0, 0)
    #expect(ask(&recent, "v") == nil)
    keep(&recent, "v", mask, 0, 0)
    #expect(ask(&recent, "v") == "\(mask) 0 0")
  }

  @Test func columnsHaveMemoriesOfTheirOwn() {
    var memory = RecentMemory(columns: 2)
    var first = memory.next()
    var second = memory.next()
    defer { extendLifetime(memory) }
    #expect(ask(&first, "Ada") == nil)
    keep(&first, "Ada", "one", 0, 0)
    #expect(ask(&second, "Ada") == nil)
    keep(&second, "Ada", "two", 0, 0)
    #expect(ask(&first, "Ada") == "one 0 0")
    #expect(ask(&second, "Ada") == "two 0 0")
  }

  /// A column of values that never repeat is left alone for a while, and then tried again. One of more columns than there
  /// is room for remembers nothing at all.
  @Test(arguments: [(1_000, 300, true), (5_000, 0, false)])
  func whereItIsNotWorthWhileNobodyLooks(columns: Int, others: Int, isTriedAgain: Bool) {
    var memory = RecentMemory(columns: columns)
    var recent = memory.next()
    defer { extendLifetime(memory) }
    #expect(ask(&recent, "Ada") == nil)
    keep(&recent, "Ada", "x", 0, 0)
    for number in 0..<others { _ = ask(&recent, "u\(number)") }
    #expect(ask(&recent, "Ada") == nil)
    for number in 0..<2_100 { _ = ask(&recent, "v\(number)") }
    #expect(ask(&recent, "Ada") == (isTriedAgain ? "x 0 0" : nil))
  }

  /// Counts how often it is asked.
  private final class Counter: Sendable {
    let calls = Mutex(0)
  }

  private func counting(_ counter: Counter, readsRowKey: Bool = false, isDeterministic: Bool = true) -> Made {
    Made(
      traits: MaskTraits(isDeterministic: isDeterministic, uniqueness: .lossy, readsRowKey: readsRowKey),
      known: { !$0.hasPrefix("?") }
    ) { value, _ throws(MaskFailure) in
      counter.calls.withLock { $0 += 1 }
      return value.hasPrefix("=") ? value : value.hasPrefix("?") ? "?!" : value + value
    }
  }

  @Test(arguments: [RowFormat.text, .binary])
  func aMaskIsAskedOnceForWhatRepeats(format: RowFormat) throws {
    let counter = Counter()
    var masker = try RowMasker(RowPlan(table: shop, format: format, columns: [column("a", counting(counter))]))
    for round in 0..<3 {
      for value in ["Ada", "=same", "?odd", "x\\\\y"] {
        let raw = format == .text ? Array("\(value)\n".utf8) : binary(value)
        let before = round == 0 && value == "Ada" && format == .binary ? BinaryRowTests.header : []
        _ = try through(&masker, [before + raw])
      }
    }
    #expect(masker.rows == 12)
    #expect(counter.calls.withLock { $0 } == 4)
    let tally = try #require(masker.tallies.first)
    #expect([tally.changed, tally.unchanged, tally.unrecognised] == [9, 3, 3])
  }

  private func binary(_ value: String) -> [UInt8] { [0, 1, 0, 0, 0, UInt8(value.utf8.count)] + Array(value.utf8) }

  @Test func whatHangsOnTheRowIsAskedEachTime() throws {
    for mask in [(true, true), (false, false)] {
      let counter = Counter()
      var masker = try RowMasker(
        RowPlan(
          table: shop, format: .text,
          columns: [column("a", counting(counter, readsRowKey: mask.0, isDeterministic: mask.1))]))
      _ = try through(&masker, "Ada\n", "Ada\n")
      #expect(counter.calls.withLock { $0 } == 2)
    }
  }

  /// Names that come in a circle, with escapes, NULLs, and lengths on both sides of what has room, for longer than it
  /// takes to judge whether they repeat: every row is what the mask alone makes.
  @Test func everyRowIsWhatTheMaskAloneMakes() throws {
    let longer = Made { value, _ throws(MaskFailure) in value.uppercased() + "!!!!" }
    var masker = try RowMasker(
      RowPlan(table: shop, format: .text, columns: [column("a", upper), column("b", longer), column("c", upper)]))
    for number in 0..<140_000 {
      let (name, unique) = ("name\(number * 7919 % 20_011)", "u\(number)")
      // From 26 to 31 bytes, so that masks have from 30 to 35.
      let second = String(repeating: "v", count: 26 + number % 6)
      let third = number % 5 == 0 ? "\\N" : number % 7 == 0 ? "tab\\t\(number % 40)" : unique
      let out = try through(&masker, "\(name)\t\(second)\t\(third)\n")
      // The escape stays what it is.
      let made = third == "\\N" ? third : third.uppercased().replacing("\\T", with: "\\t")
      guard out != "\(name.uppercased())\t\(second.uppercased())!!!!\t\(made)\n" else { continue }
      Issue.record("row \(number) became \(out)")
      return
    }
  }

  /// What is remembered is text; the raw form of a value and of its mask are others.
  @Test func numbersInBinaryAreRememberedAsText() throws {
    let counter = Counter()
    let negative = Made { value, _ throws(MaskFailure) in
      counter.calls.withLock { $0 += 1 }
      return "-" + value
    }
    var masker = try RowMasker(
      RowPlan(table: shop, format: .binary, columns: [column("a", negative, .integer(bytes: 4))]))
    func row(_ value: Int32) -> [UInt8] { [0, 1, 0, 0, 0, 4] + withUnsafeBytes(of: value.bigEndian) { Array($0) } }
    let out = try through(&masker, [BinaryRowTests.header, row(7), row(70_000), row(7), row(70_000)])
    #expect(out == BinaryRowTests.header + [-7, -70_000, -7, -70_000].flatMap(row))
    #expect(counter.calls.withLock { $0 } == 2)
  }

  /// A value that its mask refuses is refused again, and nothing else takes its place.
  @Test func aRefusalIsNotRemembered() throws {
    let picky = Made { value, _ throws(MaskFailure) in
      if value == "bad" { throw MaskFailure("it is bad") }
      return value + value
    }
    var masker = try RowMasker(RowPlan(table: shop, format: .text, columns: [column("a", picky)]))
    for _ in 0..<2 {
      #expect(throws: RowFailure.self) { _ = try through(&masker, "bad\n") }
      #expect(try through(&masker, "\\N\n", "Ada\n", "Ada\n") == "\\N\nAdaAda\nAdaAda\n")
    }
  }

  /// Whoever takes notes is shown a value once, and reminded of it afterwards; whoever takes none sees all.
  private final class Notes: RowObserver {
    let watched = [0]
    let takesNotes: Bool
    private(set) var note: UInt8 = 0
    private(set) var seen: [String] = []

    init(_ takesNotes: Bool) { self.takesNotes = takesNotes }
    func saw(column: Int, original: UnsafeRawBufferPointer?, copied: UnsafeRawBufferPointer?) {
      let text = original.map { String(decoding: $0, as: UTF8.self) } ?? "NULL"
      seen.append(text)
      note = text == "again" ? 0 : UInt8(text.utf8.count)
    }
    func sawAgain(column: Int, note: UInt8) { seen.append("note \(note)") }
    func finishedRow() {}
  }

  @Test(arguments: [true, false]) func anObserverIsRemindedByItsNotes(isMasked: Bool) throws {
    for takesNotes in [true, false] {
      let notes = Notes(takesNotes)
      var masker = try RowMasker(
        RowPlan(table: shop, format: .text, columns: [column("a", isMasked ? upper : nil)]), observer: notes)
      let out = try through(&masker, "Ada\n", "again\n", "\\N\n", "Ada\n", "again\n")
      #expect(out == (isMasked ? "ADA\nAGAIN\n\\N\nADA\nAGAIN\n" : "Ada\nagain\n\\N\nAda\nagain\n"))
      #expect(notes.seen == ["Ada", "again", "NULL", takesNotes ? "note 3" : "Ada", "again"])
    }
  }
}

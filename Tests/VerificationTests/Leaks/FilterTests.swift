import Foundation
import Masking
import Runtime
import Testing

@testable import Verification

struct FilterTests {
  /// Key 00…0f, input 00, 00 01, …: the reference implementation's `vectors_sip128`, as `openssl mac -macopt size:16 -macopt
  /// hexkey:000102030405060708090a0b0c0d0e0f SipHash` repeats them.
  @Test(arguments: [
    (0, "A3817F04BA25A8E66DF67214C7550293"), (1, "DA87C1D86B99AF44347659119B22FC45"),
    (7, "A1F1EBBED8DBC153C0B84AA61FF08239"), (8, "3B62A9BA6258F5610F83E264F31497B4"),
    (9, "264499060AD9BAABC47F8B02BB6D71ED"), (15, "5493E99933B0A8117E08EC0F97CFC3D9"),
    (16, "6EE2A4CA67B054BBFD3315BF85230577"), (23, "C9D184DDD5A9F5E0CF8CE29A9ABF691C"),
    (63, "5150D1772F50834A503E069A973FBD7C"),
  ])
  func sipHashGivesThePublishedVectors(count: Int, vector: String) {
    let hash = Fingerprinter(k0: 0x0706_0504_0302_0100, k1: 0x0f0e_0d0c_0b0a_0908)
    let found = (0..<count).map { UInt8($0) }.withUnsafeBytes { hash.fingerprint($0) }
    let digest = [found.high, found.low].flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } }
    #expect(digest.map { String(format: "%02X", $0) }.joined() == vector)
  }

  /// A value that comes again is not taken apart again, and counts as often as it came: also where it is more than a note
  /// can say, or cannot be read.
  @Test(arguments: [
    (["ann.miller@shop.example", "Jo", "00000000", "12 Long Street", "", "ann.miller@shop.example"], false),
    (["{ann.miller@shop.example}", "{Jo,Al,00000000}", "{Jo}", "{}", "{ann@a.example,bob@b.example}", "{x"], true),
  ])
  func whatRepeatsIsCountedEachTime(_ values: [String], _ isArray: Bool) throws {
    let mask: any Mask = isArray ? ArrayMask(of: Hidden(leak: .words)) : Hidden(leak: .words)
    let shown = Array(repeating: values, count: 50).flatMap { $0 }
    let each = try collect(shown, mask)
    let collector = OriginalsCollector(try leakKeys(), expecting: 0)
    let column = RowPlan.Column(name: "value", type: ColumnType(name: "text", family: .text), mask: mask)
    var plan = RowPlan(table: QualifiedName("public", "t"), format: .text, columns: [column])
    let observer = try #require(collector.observer(of: plan))
    // As originals are read where nothing is masked.
    plan.columns[0].mask = nil
    var masker = try RowMasker(plan, observer: observer, writes: false)
    var sink = ByteSink()
    for value in shown { try Array("\(value)\n".utf8).withUnsafeBytes { try masker.mask($0, into: &sink) } }
    observer.finish()
    let filter = try collector.finish()
    #expect(filter.counts == each.counts)
    #expect(filter.counts.originals >= 150 && filter.counts.tooShort == (isArray ? 150 : 100))
    #expect(filter.counts.unreadable == (isArray ? 50 : 0))
    #expect(try filter.finds("ann.miller@shop.example"))
  }

  @Test(arguments: [
    ("Ann.Miller@shop.example", "ann.miller@SHOP.example"),
    ("Ann.Miller@shop.example", "  ann.miller@shop.example\n"),
    ("Ann.Miller@shop.example", "please write to <ann.miller@shop.example>, thanks"),
    ("Ann.Miller@shop.example", "mail=ann.miller@shop.example;lang=en"),
    ("+1 (202) 555-7391", "12025557391"),
    ("+1 (202) 555-7391", "call 1-202-555-7391 after 6"),
    ("4929 1234 5678 9012", "card 4929-1234-5678-9012 until 12/27"),
    ("4929 1234 5678 9012", "12/27 4929123456789012"),
    ("123-45-6789", "ssn:123-45-6789."),
    ("Margarethe Johannsen", "spoke with Margarethe Johannsen yesterday"),
    ("Jean-Luc Montgomery-Smith", "jean-luc   montgomery-smith"),
    ("DE89370400440532013000", "IBAN DE89370400440532013000, urgent"),
    ("550e8400-e29b-41d4-a716-446655440000", "id (550E8400-E29B-41D4-A716-446655440000)"),
    ("Zo\u{e9} Lef\u{e8}vre-Dubois", "zoe\u{301} lefe\u{300}vre-dubois"),
    (
      "\u{41c}\u{438}\u{445}\u{430}\u{438}\u{43b} \u{411}\u{443}\u{43b}\u{433}\u{430}\u{43a}\u{43e}\u{432}",
      "\u{43c}\u{418}\u{425}\u{430}\u{438}\u{43b} \u{431}\u{443}\u{43b}\u{433}\u{430}\u{43a}\u{43e}\u{432}"
    ),
    ("192.168.117.203", "from 192.168.117.203:8080"),
  ])
  func aValueIsFoundInAnotherForm(_ original: String, _ value: String) throws {
    let filter = try collect([original])
    #expect(filter.counts.originals == 1)
    #expect(try filter.finds(value))
    #expect(try !filter.finds("nothing of anybody stands here, 2026-11-21, order 7781 of 19 boxes"))
  }

  @Test(arguments: [
    (#"{"contact": {"mail": "ann.miller@shop.example"}}"#, CandidateReader.Form.json),
    (#"[1, [2, {"a": "note: Ann.Miller@shop.example!"}]]"#, .json),
    (#"{"ann.miller@shop.example": true}"#, .json),
    (#"{"a": "\u0061nn.miller@shop.example"}"#, .json),
    (#"{"a": "ann.miller@shop.example"}"#, .text),
    (#"{x,"ann.miller@shop.example",NULL}"#, .array),
    (#""mail"=>"ann.miller@shop.example", "b"=>NULL"#, .quoted),
    (#"(7,"ann.miller@shop.example")"#, .quoted),
  ])
  func aValueIsFoundInside(_ value: String, _ form: CandidateReader.Form) throws {
    #expect(try collect(["Ann.Miller@shop.example"]).finds(value, as: form))
  }

  @Test func wordsOfAnAddressAreFoundWhereTheMaskSaysSo() throws {
    let address = "1742 Rosenthal Boulevard, Springfield, IL 62701"
    #expect(try collect([address], Hidden(leak: .words)).finds("delivered to 1742 Rosenthal Boulevard at noon"))
    #expect(try !collect([address]).finds("delivered to 1742 Rosenthal Boulevard at noon"))
  }

  @Test func shortAndCommonValuesAreOutsideAndCounted() throws {
    let filter = try collect([
      "Bonn", "a@b.c", "Test", "Springfield", "10115", "000-00-0000", "1234567", "Hamburg", "user@example.org",
    ])
    #expect(filter.counts.tooShort == 4)
    #expect(filter.counts.tooCommon == 4)
    #expect(filter.counts.originals == 1)
    #expect(try !filter.finds("Springfield") && !filter.finds("Springfield, 1234567"))
  }

  @Test func aMaskThatKeepsOriginalsPutsNoneIn() throws {
    let filter = try collect(["ann.miller@shop.example"], Hidden(leak: .off))
    #expect(filter.counts.originals == 0)
    #expect(try !filter.finds("ann.miller@shop.example"))
  }

  @Test func elementsAndLeavesArePutInOneByOne() throws {
    let list = try collect([#"{ann.miller@shop.example,"bob.miller@shop.example"}"#], ArrayMask(of: Hidden()))
    #expect(list.counts.originals == 2)
    #expect(try list.finds("bob.miller@shop.example"))
    let document = JSONPathMask([(path: ["mail"], mask: Hidden()), (path: ["city"], mask: Hidden(leak: .off))])
    let leaves = try collect(
      [#"{"mail": ["ann.miller@shop.example"], "city": "north-west of somewhere 17"}"#], document)
    #expect(leaves.counts.originals == 1)
    #expect(try leaves.finds("ann.miller@shop.example") && !leaves.finds("north-west of somewhere 17"))
  }

  @Test func chanceIsSmallAndTold() throws {
    let filter = try collect((0..<50_000).map { "original-\($0)@shop.example" }, expecting: 50_000)
    #expect(abs(filter.counts.distinct - 50_000) < 20)
    let part = try filter.part(0)
    #expect(part.chance < 3e-6)
    let asked = 300_000
    var hits = 0
    for number in 0..<asked {
      let word = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
      withUnsafeBytes(of: word) { if part.contains(part.fingerprinter.fingerprint($0)) { hits += 1 } }
    }
    #expect(hits <= SuspectTally.explained(by: Double(asked) * part.chance) + 1)
    for number in stride(from: 0, to: 50_000, by: 7) { #expect(try filter.finds("original-\(number)@shop.example")) }
  }

  /// A filter as full as the budget lets it be.
  @Test func aFullLayerStaysNearOneInAMillion() throws {
    let layer = FilterLayer(blocks: 4_096)
    var number: UInt64 = 0
    let hash = Fingerprinter(try leakKeys())
    while !layer.isFull {
      withUnsafeBytes(of: number) { layer.insert(hash.fingerprint($0)) }
      number += 1
    }
    #expect(layer.chance < 1.5e-6 && layer.chance > 1e-8, "\(layer.chance)")
  }

  @Test func memoryIsBoundedAndTheRestLiesOnDisk() throws {
    let folder = try scratchFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let budget = OriginalsCollector.Budget(bytes: 1 << 16, folder: folder.path)
    let values = (0..<60_000).map { "original-\($0)@shop.example" }
    let filter = try collect(values, budget: budget)
    #expect(filter.resident.reduce(0) { $0 + $1.byteCount } <= budget.bytes)
    #expect(filter.passes > 3)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.count == filter.spilled.count)
    for name in names {
      let mode = try FileManager.default.attributesOfItem(atPath: folder.appending(path: name).path)[.posixPermissions]
      #expect(mode as? Int == 0o600)
    }
    for number in stride(from: 0, to: values.count, by: 5_989) { #expect(try filter.finds(values[number])) }
    #expect(try !filter.finds("nobody-17@shop.example"))
  }

  @Test func numbersCountTheirDensity() throws {
    let filter = try collect((0..<1_000).map { "20255\(50_000 + $0 * 37)" })
    #expect(filter.counts.numbers[10] == filter.counts.originals && filter.counts.originals > 990)
    #expect(filter.counts.density(ofDigits: 10) == Double(filter.counts.originals) / 1e10)
    #expect(SuspectTally.explained(by: 0.001) == 0 && SuspectTally.explained(by: 100) == 150)
  }
}

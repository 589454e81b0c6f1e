import Masking
import Testing

/// Rows of COPY's binary format; what the codecs make of values is held against PostgreSQL in SnapshotsTests.
struct BinaryRowTests {
  static let header = Array("PGCOPY\n".utf8) + [0xFF, 13, 10, 0] + [UInt8](repeating: 0, count: 8)
  static let trailer: [UInt8] = [0xFF, 0xFF]

  private func row(_ fields: [[UInt8]?]) -> [UInt8] {
    var bytes = [0, UInt8(fields.count)]
    for field in fields {
      guard let field else {
        bytes += [0xFF, 0xFF, 0xFF, 0xFF]
        continue
      }
      bytes += [0, 0, UInt8(field.count >> 8), UInt8(field.count & 255)] + field
    }
    return bytes
  }

  private func masker(_ columns: [RowPlan.Column], key: [Int] = []) throws -> RowMasker {
    try RowMasker(RowPlan(table: shop, format: .binary, columns: columns, key: key))
  }

  @Test func headerRowsAndTrailerGoThrough() throws {
    var masker = try masker([column("a", upper), column("b")])
    let first = row([Array("ab".utf8), nil])
    let out = try through(&masker, [Self.header + first, row([nil, [0, 9, 10]]), Self.trailer])
    #expect(out == Self.header + row([Array("AB".utf8), nil]) + row([nil, [0, 9, 10]]) + Self.trailer)
    #expect(masker.rows == 2)
    #expect(masker.tallies.first?.nulls == 1)
  }

  @Test func aTableWithoutRowsIsHeaderAndTrailer() throws {
    var masker = try masker([column("a", upper)])
    #expect(try through(&masker, [Self.header + Self.trailer]) == Self.header + Self.trailer)
    #expect(masker.rows == 0)
  }

  @Test func lengthsAreThoseOfTheMasks() throws {
    var masker = try masker([
      column("a", Made { _, _ throws(MaskFailure) in "longer than before" }), column("b", Nothing()),
    ])
    let out = try through(&masker, [Self.header, row([[65], [66]])])
    #expect(out == Self.header + row([Array("longer than before".utf8), nil]))
  }

  @Test func theKeyIsInTextForm() throws {
    var mask = Made { _, key throws(MaskFailure) in key }
    mask.traits.readsRowKey = true
    var masker = try masker(
      [column("a", mask), column("id", nil, .integer(bytes: 4)), column("b", nil, .boolean)], key: [1, 2])
    let out = try through(&masker, [Self.header, row([[65], [255, 255, 255, 254], [1]])])
    #expect(out == Self.header + row([Array("-2,t".utf8), [255, 255, 255, 254], [1]]))
  }

  @Test(arguments: [
    ColumnType.Family.numeric, .float(bytes: 8), .array(of: ColumnType(name: "text", family: .text)), .other,
  ])
  func aMaskedFamilyWithoutACodecWantsText(family: ColumnType.Family) throws {
    let plan = RowPlan(table: shop, format: .binary, columns: [column("a", upper, family)])
    #expect(plan.reasonsForText().count == 1)
    #expect(throws: RowFailure.self) { _ = try RowMasker(plan) }
    #expect(RowPlan(table: shop, format: .binary, columns: [column("a", nil, family)]).reasonsForText() == [])
  }

  @Test func anUntestedTypeWantsTextThoughNobodyReadsIt() {
    var untested = column("a")
    untested.type.isBinaryTested = false
    let reasons = RowPlan(table: shop, format: .binary, columns: [column("x"), untested]).reasonsForText()
    #expect(reasons == ["a: the binary form of text is not among those that were tested"])
  }

  @Test func whatIsNoValueOfTheTypeIsRefused() throws {
    var masker = try masker([column("a", Made { _, _ throws(MaskFailure) in "70000" }, .integer(bytes: 2))])
    let failure = #expect(throws: RowFailure.self) { try through(&masker, [Self.header + row([[0, 1]])]) }
    #expect(failure?.column == "a")
  }

  /// Every cut of a stream, and every byte of it changed: refused or copied, and never read beyond its end.
  @Test func aBrokenStreamNeverTraps() throws {
    let columns = [column("a", upper), column("id", Same(), .integer(bytes: 4)), column("d", Same(), .date)]
    let whole = Self.header + row([Array("ab".utf8), [0, 0, 0, 1], [0, 0, 0, 2]])
    for cut in 0..<whole.count {
      var masker = try masker(columns)
      if cut != Self.header.count {
        #expect(throws: RowFailure.self) { try through(&masker, [Array(whole.prefix(cut))]) }
      }
    }
    for index in whole.indices {
      for byte in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
        var changed = whole
        changed[index] = byte
        var masker = try masker(columns)
        _ = try? through(&masker, [changed])
      }
    }
  }
}

import Testing

@testable import Masking

struct DistinctCountTests {
  /// A count of the values `from..<to`, each of them seen twice.
  private func count(_ from: Int, _ to: Int) -> DistinctCount {
    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: DistinctRegisters.byteCount)
    memory.initialize(repeating: 0, count: DistinctRegisters.byteCount)
    defer { memory.deallocate() }
    let registers = DistinctRegisters(memory, seed: 20_261_122)
    for number in Array(from..<to) + Array(from..<to) {
      Array("user\(number)@example.com".utf8).withUnsafeBytes { registers.see($0) }
    }
    return registers.count
  }

  @Test(arguments: [0, 1, 2, 3, 10, 30]) func fewAreCountedExactly(number: Int) {
    #expect(count(0, number).estimate == number)
  }

  /// Over the whole range, also where other estimators change their way of counting (two to five times the registers).
  @Test(arguments: [300, 1_000, 5_000, 12_000, 20_000, 41_000, 100_000, 300_000])
  func manyAreCountedWithinThreeInAHundred(number: Int) {
    let estimate = Double(count(0, number).estimate)
    #expect(abs(estimate / Double(number) - 1) < 0.035, "\(estimate) of \(number)")
  }

  /// Of two streams over one table values that both have seen count once, whatever each of them keeps its count as.
  @Test(arguments: [(100, 50, 150), (100, 90, 20_000), (20_000, 15_000, 30_000), (0, 0, 40)])
  func joinedCountsAreThoseOfAllValues(end: Int, from: Int, to: Int) {
    var joined = count(0, end)
    joined += count(from, to)
    #expect(joined == count(0, to))
  }

  @Test func whatWasToldStays() {
    var told = DistinctCount(told: 17)
    told += DistinctCount()
    #expect(told.estimate == 17)
    var nothing = DistinctCount()
    nothing += count(0, 5)
    nothing += DistinctCount(told: 3)
    #expect(nothing.estimate == 5)
  }

  /// Whoever finds values that fill the registers gets a great number, and no end of the process.
  @Test func fullRegistersAreNoEnd() {
    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: DistinctRegisters.byteCount)
    memory.initialize(repeating: 52, count: DistinctRegisters.byteCount)
    defer { memory.deallocate() }
    #expect(DistinctRegisters(memory).count.estimate == 1_000_000_000_000_000)
  }

  @Test func whatAValueCountsAsHangsOnTheSeed() {
    func registers(_ seed: UInt64) -> [UInt8] {
      let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: DistinctRegisters.byteCount)
      memory.initialize(repeating: 0, count: DistinctRegisters.byteCount)
      defer { memory.deallocate() }
      Array("ann@example.com".utf8).withUnsafeBytes { DistinctRegisters(memory, seed: seed).see($0) }
      return Array(UnsafeBufferPointer(start: memory, count: DistinctRegisters.byteCount))
    }
    #expect(registers(1) == registers(1) && registers(1) != registers(2))
  }

  /// A thousand small tables are no matter for the memory.
  @Test func aSmallCountIsSmall() {
    guard case .few(let few) = count(0, 20).state else { return #expect(Bool(false), "it has all registers") }
    #expect(few.count <= 20)
  }

  /// What comes again from memory, what a mask throws together, and what is NULL.
  @Test func aMaskedColumnsValuesAreCountedOnBothSides() throws {
    let initial = Made(traits: MaskTraits(uniqueness: .lossy)) { value, _ throws(MaskFailure) in
      String(value.prefix(1))
    }
    let none = Made(traits: MaskTraits(makesNull: true, uniqueness: .lossy)) { value, _ throws(MaskFailure) in value }
    let plan = RowPlan(table: shop, format: .text, columns: [column("a", initial), column("b", none)])
    var masker = try RowMasker(plan, countsDistinct: true)
    for name in ["Ada", "Alan", "Bob", "Ada", "\\N", "Bob"] { _ = try through(&masker, "\(name)\t\(name)\n") }
    let tallies = masker.tallies
    #expect(tallies.map { $0.distinct?.arriving.estimate } == [3, 3])
    #expect(tallies.map { $0.distinct?.leaving.estimate } == [2, 0])
    #expect(try RowMasker(plan).tallies.allSatisfy { $0.distinct == nil })
  }
}

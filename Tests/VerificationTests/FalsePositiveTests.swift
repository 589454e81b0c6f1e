import Foundation
import Masking
import Seeded
import Testing

@testable import Verification

/// Rows that are about nobody. `DETECTION_ROWS` makes it a measurement: a million of them, in a release build.
@Suite struct FalsePositiveTests {
  static let rows = ProcessInfo.processInfo.environment["DETECTION_ROWS"].flatMap { Int($0) } ?? 1_000

  @Test func fewRowsLookLikeSomebody() {
    let classifier = Classifier()
    var rows = ImpersonalRows(seed: 42)
    var (falseRows, kinds) = (0, [String: Int]())
    for _ in 0..<Self.rows {
      var isFalse = false
      for (column, value) in zip(ImpersonalRows.columns, rows.next()) {
        guard let kind = classifier.kind(of: value) else { continue }
        isFalse = true
        kinds["\(column) as \(kind)", default: 0] += 1
      }
      if isFalse { falseRows += 1 }
    }
    let share = Double(falseRows) / Double(Self.rows)
    print("false positives: \(falseRows) of \(Self.rows) rows (\(share * 100) %) \(kinds)")
    #expect(share <= 0.001, "\(kinds)")
  }

  @Test func noColumnLooksPersonal() {
    let classifier = Classifier()
    var columns = [ColumnSample](repeating: ColumnSample(), count: ImpersonalRows.columns.count)
    var rows = ImpersonalRows(seed: 43)
    for _ in 0..<1_000 {
      for (index, text) in rows.next().enumerated() {
        var value = text
        value.withUTF8 { columns[index].append(UnsafeRawBufferPointer($0)) }
      }
    }
    for (name, sample) in zip(ImpersonalRows.columns, columns) {
      let column = Column(name: name, type: .text)
      let found = classifier.classify(
        column: column, table: Table(name: QualifiedName("public", "orders"), columns: [column]), sample: sample)
      #expect(found == [], "\(name)")
    }
  }

  /// Printed, not held: nanoseconds for one value of a detector's own kind, and for one of an impersonal row.
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["DETECTION_ROWS"] != nil,
      "it prints figures: make bench-detection"))
  func figures() {
    var (planted, impersonal) = (PlantedValues(seed: 1), ImpersonalRows(seed: 2))
    let others = (0..<1_000).flatMap { _ in impersonal.next() }.map { Array($0.utf8) }
    func nanoseconds(_ values: [[UInt8]], _ body: (UnsafeRawBufferPointer) -> Void) -> Int {
      let rounds = 20
      let time = ContinuousClock().measure {
        for _ in 0..<rounds { for value in values { value.withUnsafeBytes(body) } }
      }
      return Int(time.components.attoseconds / 1_000_000_000 + time.components.seconds * 1_000_000_000)
        / (rounds * values.count)
    }
    for asked in [any Detector].builtIn {
      let own = (0..<5_000).map { _ in Array(planted.value(of: asked.kind).utf8) }
      var sum = 0
      let mine = nanoseconds(own) { sum += Int(asked.match($0).rawValue) }
      let other = nanoseconds(others) { sum += Int(asked.match($0).rawValue) }
      print("\(asked.kind): \(mine) ns of its own, \(other) ns of others (\(sum))")
    }
    let classifier = Classifier()
    print("all of them on one value: \(nanoseconds(others) { _ = classifier.kind(of: $0) }) ns")
  }
}

import Seeded
import Testing

@testable import Snapshots

@Suite("How tables are divided among workers")
struct CopyScheduleTests {
  @Test("Every table is copied once: whole, or in ranges that meet and whose last one is open")
  func completeness() {
    var random = SeededRandom(seed: 20_261_121)
    for _ in 0..<200 {
      let items = (0..<Int.random(in: 0...60, using: &random)).map { _ in
        CopySchedule.Item(bytes: 1 << Int.random(in: 0...34, using: &random), isRanged: .random(using: &random))
      }
      let workers = Int.random(in: 1...16, using: &random)
      let tasks = CopySchedule(items, workers: workers).tasks
      for (index, item) in items.enumerated() {
        let own = tasks.filter { $0.tables.contains(index) }
        guard own.count > 1 || own.first?.pages != nil else {
          #expect(own.count == 1)
          continue
        }
        #expect(item.isRanged && workers > 1)
        let ranges = own.compactMap(\.pages).sorted { $0.from < $1.from }
        #expect(ranges.count == own.count && ranges.first?.from == 0 && ranges.last?.upTo == nil)
        for (left, right) in zip(ranges, ranges.dropFirst()) { #expect(left.upTo == right.from) }
      }
    }
  }

  @Test("The biggest starts first, and small tables share a task")
  func order() {
    let items =
      [CopySchedule.Item(bytes: 400 << 20, isRanged: true)]
      + Array(repeating: CopySchedule.Item(bytes: 8_192, isRanged: true), count: 40)
      + [CopySchedule.Item(bytes: 900 << 20, isRanged: false)]
    let tasks = CopySchedule(items, workers: 2).tasks
    #expect(tasks.first?.tables == [41] && tasks.first?.pages == nil)
    #expect(tasks.map(\.bytes) == tasks.map(\.bytes).sorted(by: >))
    #expect(tasks.last?.tables.count == 40)
    #expect(tasks.filter { $0.tables == [0] }.count > 2)
  }

  @Test("A table whose conditions follow references is read in as many ranges as there are workers")
  func references() {
    let items = [
      CopySchedule.Item(bytes: 900 << 20, isRanged: true, readsOthers: true), .init(bytes: 900 << 20, isRanged: true),
    ]
    let tasks = CopySchedule(items, workers: 3).tasks
    #expect(tasks.filter { $0.tables == [0] }.count == 3)
    #expect(tasks.filter { $0.tables == [1] }.count > 3)
    let large = CopySchedule([.init(bytes: 1 << 40, isRanged: true, readsOthers: true)], workers: 6)
    #expect(large.tasks.count == 16)
  }

  @Test("Hundred thousand tables make few tasks, and a petabyte no endless list")
  func bounds() {
    let many = CopySchedule(Array(repeating: .init(bytes: 0, isRanged: true), count: 100_000), workers: 4)
    #expect(many.tasks.count < 1_000)
    let large = CopySchedule([.init(bytes: 1 << 50, isRanged: true)], workers: 8)
    #expect(large.tasks.count <= 8 * CopySchedule.rangesForEach + 1)
  }

  @Test("A range of pages as SQL")
  func conditions() {
    #expect(
      PageRange(from: 0, upTo: 7).condition == "ctid >= '(0,0)'::pg_catalog.tid AND ctid < '(7,0)'::pg_catalog.tid")
    #expect(PageRange(from: 7, upTo: nil).condition == "ctid >= '(7,0)'::pg_catalog.tid")
  }
}

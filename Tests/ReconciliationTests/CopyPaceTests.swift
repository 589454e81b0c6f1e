import Reconciliation
import Testing

@Suite("How quick the last snapshots were") struct CopyPaceTests {
  private static func row(
    _ number: Int, rows: Int, seconds: Int, kind: SnapshotRow.Kind = .sanitized, target: String = "users",
    failure: String? = nil
  ) -> SnapshotRow {
    let began = Timestamp(milliseconds: 1_790_000_000_000 + number * 1_000_000)
    return SnapshotRow(
      SnapshotDraft(id: SnapshotID(at: began), target: target, kind: kind), workspace: "shop", run: "r", actor: "ana",
      startedAt: began, finishedAt: Timestamp(milliseconds: began.milliseconds + seconds * 1_000),
      state: failure == nil ? .published : .failed,
      content: failure == nil ? SnapshotContent(tables: 1, rows: rows, databaseBytes: rows * 100) : nil,
      failure: failure)
  }

  @Test func isMeasuredOnTheNewestOnes() throws {
    let rows =
      [Self.row(0, rows: 1, seconds: 100_000)] + (1...5).map { Self.row($0, rows: 1_000, seconds: 10) }
      + [
        Self.row(6, rows: 9, seconds: 9, kind: .raw), Self.row(7, rows: 9, seconds: 9, target: "orders"),
        Self.row(8, rows: 9, seconds: 9, failure: "it failed"), Self.row(9, rows: 9, seconds: 0),
      ]
    let pace = try #require(CopyPace(of: rows, .sanitized, target: "users"))
    #expect(pace == CopyPace(snapshots: 5, rows: 5_000, bytes: 500_000, duration: .seconds(50)))
    #expect(pace.rowsPerSecond == 100)
    #expect(pace.time(rows: 3_000, bytes: 7) == .seconds(30))
    // Without a count of rows, by bytes.
    #expect(pace.time(rows: nil, bytes: 50_000) == .seconds(5) && pace.time(rows: 0, bytes: 50_000) == .seconds(5))
  }

  @Test func isNothingWhereNothingWasMeasured() {
    #expect(CopyPace(of: [], .sanitized, target: "users") == nil)
    #expect(CopyPace(of: [Self.row(1, rows: 9, seconds: 9, failure: "no")], .sanitized, target: "users") == nil)
    #expect(CopyPace(snapshots: 1, rows: 0, bytes: 0, duration: .seconds(1)).time(rows: 5, bytes: 5) == nil)
  }

  @Test func aCopyOfAPartTakesAsMuchAsThePart() {
    let table = CopyForecast.Table(name: "public.t", rows: 1_000, bytes: 10_000, indexBytes: 1_000, share: 0.25)
    #expect(table.copiedRows == 250 && table.copiedBytes == 2_500 && table.copiedIndexBytes == 250)
    var space = CopySpace(tables: 100, indexes: 50, other: 10, present: 200, budget: 360)
    #expect(space.needed == 360 && space.free == 160 && !space.isOverBudget)
    space.template = 1
    #expect(space.isOverBudget)
    space.present = nil
    #expect(space.needed == 161 && space.free == 360)
  }
}

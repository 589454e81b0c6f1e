import ControlPlane
import Reconciliation
import Testing

/// Ids, references, retention and checkpoints: pure.
@Suite struct SnapshotSelectionTests {
  private let start = Timestamp(milliseconds: 1_795_000_000_000)

  private func row(
    _ seconds: Int, _ state: SnapshotRow.State = .ready, target: String = "users",
    kind: SnapshotRow.Kind = .sanitized, isPinned: Bool = false, publishedAt: Int? = nil, hasArchive: Bool = true
  ) -> SnapshotRow {
    let moment = start.advanced(by: .seconds(seconds))
    let id = SnapshotID(at: moment, random: (UInt64(seconds), UInt64(seconds)))
    return SnapshotRow(
      SnapshotDraft(id: id, target: target, kind: kind), workspace: "shop", run: "r", actor: "a", startedAt: moment,
      state: state,
      content: SnapshotContent(
        tables: 1, rows: 1,
        parts: hasArchive
          ? [SnapshotRow.Part(name: "toc.dat", bytes: 1, sha256: String(repeating: "0", count: 64))] : []),
      publication: publishedAt.map {
        SnapshotRow.Publication(
          clusterIdentifier: nil, databaseNumber: "1", databaseName: "d", at: start.advanced(by: .seconds($0)))
      }, pin: isPinned ? SnapshotRow.Pin(by: "a", reason: "r", at: moment) : nil)
  }

  @Test func idsAreVersion7AndSortByTime() throws {
    // RFC 9562, appendix A.6: 2022-02-22T19:22:22Z, with the random bits of its example.
    let id = SnapshotID(
      at: Timestamp(milliseconds: 0x017F_22E2_79B0), random: (0xCC3, 0x98C4_DC0C_0C07_398F))
    #expect(id.description == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    #expect(id.moment == Timestamp(milliseconds: 0x017F_22E2_79B0) && SnapshotID(id.description) == id)
    let later = SnapshotID(at: Timestamp(milliseconds: 0x017F_22E2_79B1), random: (0, 0))
    #expect(id < later)
    for wrong in [
      "", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "017f22e2-79b0-4cc3-98c4-dc0c0c07398f",
      "017f22e279b07cc398c4dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
      "017f22e2-79b0-7cc3-98c4-dc0c0c07398f ",
    ] { #expect(SnapshotID(wrong) == nil, "\(wrong)") }
  }

  @Test func referencesAreRead() throws {
    let rows = [
      row(0), row(100_000, .failed), row(200_000, .published), row(300_000), row(300_001), row(400_000, .building),
      row(500_000, target: "orders"), row(600_000, kind: .raw),
    ]
    #expect(try rows.named("0", .sanitized, of: "users") == rows[4])
    #expect(try rows.named("latest", .sanitized, of: "users") == rows[4])
    #expect(try rows.named("2", .sanitized, of: "users") == rows[2])
    #expect(try rows.named(rows[0].id.description.uppercased(), .sanitized, of: "users") == rows[0])
    #expect(try rows.named(String(rows[2].id.description.prefix(9)), .sanitized, of: "users") == rows[2])
    #expect(throws: SnapshotNotFound.indexTooLarge(4, count: 4)) { try rows.named("4", .sanitized, of: "users") }
    #expect(throws: SnapshotNotFound.unknown("01a")) { try rows.named("01a", .sanitized, of: "users") }
    #expect(throws: SnapshotNotFound.unknown("99999")) { try rows.named("99999", .sanitized, of: "users") }
    #expect(throws: SnapshotNotFound.unknown("-1")) { try rows.named("-1", .sanitized, of: "users") }
    let common = String(rows[3].id.description.prefix(8))
    #expect(throws: SnapshotNotFound.ambiguous(common, [rows[4].id, rows[3].id])) {
      try rows.named(common, .sanitized, of: "users")
    }
    #expect(throws: SnapshotNotFound.notUsable(rows[1].id, .failed)) {
      try rows.named("\(rows[1].id)", .sanitized, of: "users")
    }
    // A raw one is never given out in place of a sanitized one.
    #expect(throws: SnapshotNotFound.noneOfTarget("orders", .raw)) { try rows.named("0", .raw, of: "orders") }
    #expect(throws: SnapshotNotFound.unknown("\(rows[7].id)")) {
      try rows.named("\(rows[7].id)", .sanitized, of: "users")
    }
  }

  @Test func numbersCountWhatCanBeLoaded() throws {
    let rows = [row(0), row(100_000), row(200_000, .published, hasArchive: false), row(300_000, hasArchive: false)]
    #expect(try rows.named("0", .sanitized, of: "users") == rows[1])
    #expect(try rows.named("1", .sanitized, of: "users") == rows[0])
    #expect(throws: SnapshotNotFound.indexTooLarge(2, count: 2)) { try rows.named("2", .sanitized, of: "users") }
    // By its id it is known all the same: it may be pinned.
    #expect(try rows.named(rows[2].id.description, .sanitized, of: "users") == rows[2])
    let bare = Array(rows.suffix(2))
    #expect(throws: SnapshotNotFound.noArchive("users", .sanitized)) {
      try bare.named("latest", .sanitized, of: "users")
    }
    #expect(
      SnapshotNotFound.noArchive("users", .sanitized).description
        == "no archive is kept of any sanitized snapshot of users; the next one has an archive where sanitize.storage_profile is declared"
    )
    #expect(SnapshotNotFound.noArchive("users", .raw).description.hasSuffix("where storage_profile is declared"))
  }

  @Test func retentionKeepsTheNewestThePinnedAndWhatIsPublished() {
    let rows = (0..<10).map { row($0) }
    #expect(rows.shuffled().prunable(retaining: 7) == Array(rows.prefix(3)))
    #expect(rows.prunable(retaining: 10) == [] && rows.prunable(retaining: 100) == [])
    for few in [1, 0, -5] { #expect(rows.prunable(retaining: few) == Array(rows.dropLast())) }
    let pinned = [row(0, isPinned: true), row(1), row(2)]
    #expect(pinned.prunable(retaining: 1) == [pinned[1]])
    let published = [row(0, .published, publishedAt: 50), row(1, .published, publishedAt: 20), row(2)]
    #expect(published.prunable(retaining: 1) == [published[1]])
    // What failed, is being made or is gone counts for nothing: the last good one stays, however old.
    let lonely = [row(0), row(1, .failed), row(2, .building), row(3, .pruned)]
    #expect(lonely.prunable(retaining: 1) == [])
    // Nothing of a copy without an archive could be removed, and it takes no archive's place.
    let bare = [row(0), row(1), row(2, hasArchive: false), row(3, hasArchive: false)]
    #expect(bare.prunable(retaining: 2) == [] && bare.prunable(retaining: 1) == [bare[0]])
    // Each target and kind for itself.
    let mixed = [row(0), row(1), row(0, target: "orders"), row(0, kind: .raw)]
    #expect(mixed.prunable(retaining: 1) == [mixed[0]])
  }

  @Test func aCheckpointIsTiedToItsBasis() {
    let basis = RefreshCheckpoint.Basis(policyDigest: "p", keyID: "k", schemaFingerprint: "s")
    let checkpoint = RefreshCheckpoint(
      target: "users", snapshot: row(0).id, phase: .data, quarantine: "q", basis: basis, run: "r")
    #expect(checkpoint.differences(from: basis) == [])
    let other = RefreshCheckpoint.Basis(policyDigest: nil, keyID: "K", schemaFingerprint: "S")
    #expect(checkpoint.differences(from: other) == [.policy, .key, .schema])
    #expect(RefreshCheckpoint.Phase.allCases == RefreshCheckpoint.Phase.allCases.sorted())
  }

  @Test func leaseNamesDoNotMeet() {
    #expect(Lease.refresh(of: "users", in: "shop") == "refresh/shop/users")
    #expect(Lease.refresh(of: "b/c", in: "a") != Lease.refresh(of: "c", in: "a/b"))
    #expect(Lease.refresh(of: "b%2Fc", in: "a") != Lease.refresh(of: "b/c", in: "a"))
  }
}

import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// What a refresh knows of originals: collected while rows are masked, looked for in what is finished.
final class LeakGate {
  private(set) var collector: OriginalsCollector?
  private(set) var filter: LeakFilter?
  private(set) var report: LeakReport?
  private(set) var deadRows: DeadRows?
  /// Holds the parts of a filter that is larger than its budget until the run is over.
  private var folder: PrivateFolder?

  init() {}

  /// Before the rows, for each attempt at them anew. Nothing is collected where no mask has originals.
  func begin(_ lead: Lead, _ order: CopyOrder, _ world: CopyWorld) throws(RefreshFailure) -> OriginalsCollector? {
    (collector, filter, report) = (nil, nil, nil)
    guard lead.plan.tables.contains(where: { !$0.columnsOfOriginals.isEmpty }) else { return nil }
    let expected = try reaching { () throws(DatabaseError) in
      try ExpectedOriginals.count(of: lead.plan, in: lead.leader.session, deadline: world.short)
    }
    let made = OriginalsCollector(
      try Self.keys(order), expecting: expected, budget: .init(folder: try privateFolder(world).path))
    collector = made
    return made
  }

  /// Keys of the declared master; of this run alone where none is declared, because the masks need none.
  private static func keys(_ order: CopyOrder) throws(RefreshFailure) -> LeakKeys {
    if let keys = order.keys {
      do { return try keys.leakKeys() } catch { throw .refused(error.message) }
    }
    guard let random = randomBytes(32) else { throw .refused("libcrypto gives no random bytes") }
    return LeakKeys(random: random)
  }

  private func privateFolder(_ world: CopyWorld) throws(RefreshFailure) -> PrivateFolder {
    if let folder { return folder }
    PrivateFolder.sweep(world.scratchFolder)
    let made = try PrivateFolder(in: world.scratchFolder)
    folder = made
    return made
  }

  func finish() throws(RefreshFailure) -> LeakFilter? {
    if let filter { return filter }
    do { filter = try collector?.finish() } catch { throw .refused(error.description) }
    collector = nil
    return filter
  }

  func note(_ report: LeakReport, _ deadRows: DeadRows) { (self.report, self.deadRows) = (report, deadRows) }

  /// Writes the sealed filter into the folder of an archive, so that verifying later needs no source, and gives its name;
  /// nothing where there is no filter, or no declared key that could open it later.
  func seal(in folder: String) throws(RefreshFailure) -> String? {
    guard let filter, filter.keyID != nil else { return nil }
    do throws(SealedFilterError) { try filter.seal(to: "\(folder)/\(LeakFilter.fileName)") } catch {
      throw .refused(error.description)
    }
    return LeakFilter.fileName
  }
}

import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// The filter that a database is held against, and where it is from.
enum KnownFilter: Sendable {
  case sealed(LeakFilter, beside: SnapshotID)
  case collected(LeakFilter, SourceOriginals)
  /// Of the sampled rows alone, which are still at hand.
  case sampled(LeakFilter, SampledOriginals)
  /// Why there is none, and what to do about it.
  case none(String, way: String)

  var filter: LeakFilter? {
    switch self {
    case .sealed(let filter, _), .collected(let filter, _), .sampled(let filter, _): filter
    case .none: nil
    }
  }

  /// For people: where the originals are from.
  var origin: String {
    switch self {
    case .sealed(_, let snapshot): "the filter sealed beside the snapshot \(snapshot)"
    case .collected: "the source as it is now"
    case .sampled: "the sampled rows"
    case .none(let why, _): why
    }
  }
}

/// Finds the originals of a copy without the source where it can, and with it where it has to.
struct FilterFinder {
  let order: VerificationOrder
  let world: CopyWorld
  /// Holds parts of a filter that is larger than its budget, as long as it is used.
  let folder: PrivateFolder

  func find(_ row: SnapshotRow?) throws(RefreshFailure) -> KnownFilter {
    var reasons: [String] = []
    if order.subject != .foreign, let row {
      do throws(RefreshFailure) { return .sealed(try open(row), beside: row.id) } catch {
        if world.interrupt.isRaised { throw .interrupted }
        reasons.append(error.cause)
      }
    } else if order.subject != .foreign {
      reasons.append("the catalogue knows no snapshot that this database was made from")
    }
    if let problem = order.sourceProblem {
      reasons.append("the source cannot be read from here: \(problem)")
    } else {
      do throws(RefreshFailure) {
        let originals = try SourceOriginals(order.copy, world, andByLooks: order.subject == .foreign)
        guard !originals.isEmpty else { return .none("no mask has originals that could be looked for", way: "") }
        return .collected(try originals.filter(try keys(), spillingInto: folder.path), originals)
      } catch {
        if world.interrupt.isRaised { throw .interrupted }
        reasons.append("the source: \(error.cause)")
      }
    }
    return .none(reasons.joined(separator: "; "), way: Self.way)
  }

  private static let way =
    "declare sanitize.storage_profile, and every refresh keeps a sealed filter of the originals beside the archive; or run this where the source can be read"

  private func open(_ row: SnapshotRow) throws(RefreshFailure) -> LeakFilter {
    guard let part = row.content?.parts.first(where: { $0.name == LeakFilter.fileName }),
      let profile = row.draft.storageProfile
    else { throw .refused("no filter of originals was kept beside the snapshot \(row.id)") }
    guard let keys = order.copy.keys else {
      throw .refused("the masking key, which opens the filter, is not known here")
    }
    let place = try ArchivePlace(CopyOrder.Storage(profile: profile, spec: .null), row.target, world)
    let path = "\(folder.path)/\(LeakFilter.fileName)"
    do {
      try place.store.get(
        place.prefix(row.id).appending(ObjectKey(segment: part.name)), into: path, expecting: part.sha256)
    } catch { throw RefreshFailure(error) }
    defer { PrivateFolder.removeFile(path) }
    let leakKeys: LeakKeys
    do { leakKeys = try keys.leakKeys() } catch { throw .refused(error.message) }
    do { return try LeakFilter.open(path, leakKeys, budget: .init(folder: folder.path)) } catch {
      throw .refused(error.description)
    }
  }

  /// Of the declared master; of this run alone where there is none.
  private func keys() throws(RefreshFailure) -> LeakKeys {
    if let keys = order.copy.keys, let leakKeys = try? keys.leakKeys() { return leakKeys }
    guard let random = randomBytes(32) else { throw .refused("libcrypto gives no random bytes") }
    return LeakKeys(random: random)
  }
}

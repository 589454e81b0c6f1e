/// Which snapshot somebody means, and which ones may go: pure functions over rows.
extension Collection where Element == SnapshotRow {
  /// The newest first.
  public var newestFirst: [SnapshotRow] { sorted { $0.id > $1.id } }

  public func latest(_ kind: SnapshotRow.Kind, of target: String) -> SnapshotRow? {
    filter { $0.target == target && $0.kind == kind && $0.isGood }.newestFirst.first
  }

  /// What is in the destination now, as far as the catalogue knows: the one that was published last.
  public func published(of target: String) -> SnapshotRow? {
    filter { $0.target == target && $0.publication != nil }.max { left, right in
      let (a, b) = (left.publication?.at.milliseconds ?? 0, right.publication?.at.milliseconds ?? 0)
      return (a, left.id) < (b, right.id)
    }
  }

  /// Reads what people type: `0` and `latest` for the newest of which an archive is kept, `1` for the one before it, an id,
  /// or the beginning of one (at least four characters). Only snapshots of that target and kind that are complete and
  /// still there.
  public func named(_ reference: String, _ kind: SnapshotRow.Kind, of target: String) throws(SnapshotNotFound)
    -> SnapshotRow
  {
    let all = filter { $0.target == target && $0.kind == kind }
    let good = all.filter(\.isGood).newestFirst
    guard !good.isEmpty else { throw .noneOfTarget(target, kind) }
    if let index = Self.index(reference) {
      let loadable = good.filter(\.isLoadable)
      guard !loadable.isEmpty else { throw .noArchive(target, kind) }
      guard index < loadable.count else { throw .indexTooLarge(index, count: loadable.count) }
      return loadable[index]
    }
    let text = reference.lowercased()
    guard text.utf8.count >= 4 else { throw .unknown(reference) }
    let fitting = good.filter { $0.id.description.hasPrefix(text) }
    guard let row = fitting.first else {
      guard let gone = all.first(where: { $0.id.description.hasPrefix(text) }) else { throw .unknown(reference) }
      throw .notUsable(gone.id, gone.state)
    }
    guard fitting.count == 1 else { throw .ambiguous(reference, fitting.map(\.id)) }
    return row
  }

  /// Four digits are enough for an index; longer ones begin an id.
  private static func index(_ reference: String) -> Int? {
    if reference == "latest" { return 0 }
    guard reference.utf8.count < 4, reference.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int(reference)
  }

  /// What `retain` lets go: of each target and kind, the archives that are older than the newest `count` of them. A copy
  /// without an archive counts for nothing, because nothing of it could be removed.
  ///
  /// Never the newest (so `count` below 1 is 1), never a pinned one, and never the one that was published last, because its row
  /// says what the destination is. The oldest comes first.
  public func prunable(retaining count: Int) -> [SnapshotRow] {
    let groups = Dictionary(grouping: filter(\.isLoadable)) { [$0.workspace, $0.target, $0.kind.rawValue] }
    return groups.values.flatMap { rows -> [SnapshotRow] in
      let current = rows.first.flatMap { rows.published(of: $0.target) }
      return rows.newestFirst.dropFirst(Swift.max(1, count)).filter { $0.pin == nil && $0.id != current?.id }
    }.sorted { $0.id < $1.id }
  }
}

public enum SnapshotNotFound: Error, Sendable, Hashable {
  /// No complete snapshot of this kind: nothing else is given out instead.
  case noneOfTarget(String, SnapshotRow.Kind)
  /// There are some, and no archive is kept of any: numbers count those that can be loaded.
  case noArchive(String, SnapshotRow.Kind)
  case indexTooLarge(Int, count: Int)
  case unknown(String)
  case ambiguous(String, [SnapshotID])
  case notUsable(SnapshotID, SnapshotRow.State)
}

extension SnapshotNotFound: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noneOfTarget(let target, let kind): "there is no \(kind.rawValue) snapshot of \(target)"
    case .noArchive(let target, let kind):
      "no archive is kept of any \(kind.rawValue) snapshot of \(target); the next one has an archive where \(kind == .raw ? "storage_profile" : "sanitize.storage_profile") is declared"
    case .indexTooLarge(let index, let count): "there is no snapshot \(index): the oldest of \(count) is \(count - 1)"
    case .unknown(let reference):
      "no snapshot is called \(reference): say 0 for the newest, an id, or its first characters (four or more)"
    case .ambiguous(let reference, let ids):
      "\(reference) may be any of \(ids.count) snapshots: \(ids.prefix(3).map(\.description).joined(separator: ", "))"
    case .notUsable(let id, let state): "the snapshot \(id) is \(state.rawValue)"
    }
  }
}

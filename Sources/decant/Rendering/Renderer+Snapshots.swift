import Reconciliation

extension Renderer {
  func add(_ targets: [TargetListing], to blocks: inout Blocks) {
    let width = targets.map(\.name.count).max() ?? 0
    blocks.add(
      targets.map { target in
        let age = target.lastSnapshot.map { "copy of \($0)" } ?? "no copy yet"
        let groups = target.groups.isEmpty ? "" : "  \(target.groups.map(Text.shown).joined(separator: ", "))"
        return "\(Text.padded(Text.shown(target.name), to: min(60, width)))  \(Text.padded(age, to: 33))\(groups)"
          .trimmedAtEnd
      })
    blocks.add(["\(Text.counted(targets.count, "target"))."])
  }

  func add(_ target: TargetListing, _ report: Report, to blocks: inout Blocks) {
    if report.command == "target" { blocks.add(facts(of: target)) }
    blocks.add(snapshotLines(target.snapshots, of: target.name))
    blocks.add(["\(Text.counted(target.snapshots.count, "snapshot"))."])
  }

  private func facts(of target: TargetListing) -> [String] {
    guard !target.isWithoutRecord else {
      return [style.paint(Text.shown(target.name), .bold), "  no record: made by `decant sync`, or its record is gone"]
    }
    let masks = [
      target.policy.map { "policy \(Text.shown($0))" }, target.overrideQuery.map { _ in "an override query" },
    ].compactMap { $0 }
    return [
      style.paint(Text.shown(target.name), .bold),
      "  source     \(Text.shown(target.sourceURL ?? "of an environment"))",
      "  masked by  \(masks.isEmpty ? "nothing" : masks.joined(separator: " and "))",
      "  groups     \(target.groups.isEmpty ? "none" : target.groups.map(Text.shown).joined(separator: ", "))",
    ]
  }

  /// Numbers count what may be loaded, as `load` takes them; what failed or is gone, and copies without an archive, have
  /// none.
  private func snapshotLines(_ rows: [SnapshotRow], of target: String) -> [String] {
    var indexes: [SnapshotRow.Kind: Int] = [:]
    return rows.flatMap { row -> [String] in
      var number = "-"
      if row.isLoadable {
        number = "\(indexes[row.kind, default: 0])"
        indexes[row.kind, default: 0] += 1
      }
      let size =
        row.content.map { "\(Text.counted($0.rows, "row"))  \(Text.bytes($0.databaseBytes ?? $0.bytes))" } ?? ""
      let line =
        "\(Text.padded(leading: number, to: 3))  \(row.id)  \(Text.padded(row.kind.rawValue, to: 9))  "
        + "\(Text.padded(row.state.rawValue, to: 9))  \(row.startedAt)  \(size)\(row.pin == nil ? "" : "  pinned")"
      let failure = row.failure.map { Text.wrapped(Text.shown($0), to: width - 7).map { "       \($0)" } } ?? []
      return [line.trimmedAtEnd] + failure
    }
  }
}

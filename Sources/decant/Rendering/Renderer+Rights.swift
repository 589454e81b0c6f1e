import Reconciliation

/// Rights as a script for psql: what is no statement is a comment.
extension Renderer {
  func add(_ rights: [TargetRights], to blocks: inout Blocks) {
    for target in rights {
      blocks.add(lines(target.rights.source, "the source of \(target.address)"))
      blocks.add(lines(target.rights.destination, "the destination's server of \(target.address)"))
      if let scratch = target.rights.scratch {
        blocks.add(lines(scratch, "the scratch server of \(target.address)"))
      }
    }
  }

  private func lines(_ side: CopyRights.Side, _ title: String) -> [String] {
    let width = side.rights.map(\.sql.count).max() ?? 0
    let head = "-- On \(title), \(Text.shown(side.database)), for the role \(Text.shown(side.role)):"
    let unseen = side.unseen.map { ["-- (what is missing is not known: \(Text.shown($0)))"] } ?? []
    let statements = side.rights.map { right in
      let state = right.isMissing.map { $0 ? "-- missing" : "-- there" } ?? ""
      return "\(Text.padded(Text.shown(right.sql), to: width)) \(state)".trimmedAtEnd
    }
    return [style.paint(head, .dim)] + unseen + statements
  }
}

import Reconciliation

extension Renderer {
  func add(_ work: SnapshotWork, _ report: Report, to blocks: inout Blocks) {
    let size = "\(Text.counted(work.tables, "table")), \(Text.counted(work.rows, "row")), \(Text.bytes(work.bytes))"
    let verb = work.verb(of: report.command)
    var lines = [
      "\(verb) \(Text.shown(work.destination)): \(work.kind.rawValue) snapshot \(work.snapshot) of \(Text.shown(work.target)), \(size), in \(Text.duration(work.duration))"
    ]
    lines = lines.flatMap { Text.wrapped($0, to: width) }
    if !output.quiet { lines += work.notes.flatMap { item("·", .dim, Text.shown($0)) } }
    blocks.add(lines)
  }

  func add(_ pulled: [PulledSnapshot], to blocks: inout Blocks) {
    blocks.add(
      pulled.enumerated().map { index, snapshot in
        "\(Text.padded(leading: "\(index)", to: 3))  \(snapshot.manifest.snapshot)  \(snapshot.instant)  \(Text.counted(snapshot.rows ?? 0, "row"))  \(Text.bytes(snapshot.bytes))  \(Text.shown(snapshot.folder))"
      })
    blocks.add(["\(Text.counted(pulled.count, "pulled snapshot"))."])
  }
}

extension SnapshotWork {
  fileprivate func verb(of command: String) -> String {
    switch command {
    case "pull": "Pulled into"
    case "reset": "Reset"
    case "build": "Kept in"
    case "sanitize": "Kept in"
    default: "Loaded into"
    }
  }
}

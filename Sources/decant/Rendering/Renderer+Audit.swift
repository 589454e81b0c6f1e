import Documents
import Reconciliation

extension Renderer {
  func add(_ entries: [AuditEntry], to blocks: inout Blocks) {
    let lines = entries.map { entry in
      let number = Text.padded(leading: String(entry.number), to: 5)
      let object = entry.draft.address.map { Text.shown($0.description) } ?? ""
      let facts = entry.draft.detail.entries.map { "\($0.key) \(brief($0.value))" }.joined(separator: ", ")
      let event = Text.padded(entry.draft.event.rawValue, to: 8)
      return
        "\(number)  \(entry.at)  \(event) \(Text.padded(object, to: 30)) \(Text.shown(entry.draft.actor))  \(facts)"
        .trimmedAtEnd
    }
    blocks.add(lines.isEmpty ? ["The audit log is empty."] : lines)
    if let head = entries.last?.head { blocks.add(["Head \(head.number):\(head.hash)"]) }
  }

  private func brief(_ value: Value) -> String {
    if case .string(let text) = value { return Text.shown(text.hasPrefix("sha256:") ? "\(text.prefix(19))…" : text) }
    return shown(value)
  }

  func add(_ verdict: AuditChain.Verdict, to blocks: inout Blocks) {
    switch verdict {
    case .whole: blocks.add([verdict.sentence])
    case .broken: blocks.add(item("✗", .red, verdict.sentence))
    }
  }

  func add(_ records: [Record], to blocks: inout Blocks) {
    if records.count == 1, let record = records.first {
      blocks.add(details(of: record))
    } else {
      blocks.add(records.map(line))
      blocks.add(["\(Text.counted(records.count, "object"))."])
    }
  }

  private func line(of record: Record) -> String {
    let state = record.isManaged ? "" : "  unmanaged"
    return
      "  \(Text.padded(Text.shown(record.address.description), to: 39)) revision \(Text.padded(String(record.revision), to: 4)) \(record.updatedAt)  \(Text.shown(record.updatedBy))\(state)"
  }

  private func details(of record: Record) -> [String] {
    var lines = [
      style.paint(Text.shown(record.address.description), .bold),
      "  revision   \(record.revision), by \(Text.shown(record.updatedBy)) at \(record.updatedAt)",
      "  managed    \(record.isManaged ? "yes" : "no")\(record.isProtected ? ", protected" : "")",
    ]
    if let applied = record.applied {
      lines.append(
        "  applied    revision \(applied.revision), by \(Text.shown(applied.by)) at \(applied.at), plan \(applied.plan)"
      )
    }
    let spec = JSON.pretty(record.value).split(separator: "\n").map { "  \(Text.shown(String($0)))" }
    return lines + ["  spec"] + spec
  }
}

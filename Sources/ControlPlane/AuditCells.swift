import Documents
import Reconciliation

/// An audit entry as a row of text: the same in every store that keeps rows, so that the log verifies wherever it lies.
struct AuditCells {
  let number: Int
  let at: String
  let event: String
  let address: String?
  let actor: String
  let run: String
  let detail: String
  let previous: String
  let hash: String
}

extension AuditCells {
  init(_ entry: AuditEntry) {
    self.init(
      number: entry.number, at: entry.at.description, event: entry.draft.event.rawValue,
      address: entry.draft.address?.description, actor: entry.draft.actor, run: entry.draft.run,
      detail: JSON.canonical(.object(entry.draft.detail)), previous: entry.previous, hash: entry.hash)
  }
}

extension AuditEntry {
  /// Reads a row, also one that somebody has spoilt, since the log is there to be verified. A row that does not say
  /// exactly what an entry of ours says (another spelling of the time, say, that would read as the same moment) loses
  /// its hash, so that the chain breaks at it.
  init(_ row: AuditCells) {
    let at = Timestamp(row.at)
    let event = AuditDraft.Event(rawValue: row.event)
    let address = row.address.flatMap { Address($0) }
    let detail = (try? JSON.read(row.detail))?.object
    let isExact =
      at?.description == row.at && event != nil && row.address == address?.description
      && detail.map { JSON.canonical(.object($0)) } == row.detail
    self.init(
      number: row.number, at: at ?? Timestamp(milliseconds: 0),
      draft: AuditDraft(
        event ?? .unknown, address, actor: row.actor, run: row.run, detail: detail ?? Fields()),
      previous: row.previous, hash: isExact ? row.hash : "")
  }
}

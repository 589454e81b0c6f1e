import Documents
import Reconciliation
import Testing

/// Whatever is done to a log of 200 lines shows.
@Suite struct AuditChainTests {
  private static let log = (1...200).reduce(into: [AuditEntry]()) { log, number in
    let draft = AuditDraft(
      .allCases[number % AuditDraft.Event.allCases.count], number % 5 == 0 ? nil : Address("target", "t\(number)"),
      actor: "alice", run: "run-\(number / 20)", detail: ["revision": .integer(number)])
    log.append(AuditEntry(after: log.last?.head ?? .empty, at: Timestamp(milliseconds: number * 1_000), draft))
  }

  private func isBroken(_ log: [AuditEntry], reaching head: AuditHead? = nil) -> Bool {
    if case .broken = AuditChain.verify(log, reaching: head) { true } else { false }
  }

  @Test func aWholeLogIsWhole() {
    #expect(AuditChain.verify(Self.log) == .whole(Self.log[199].head))
    #expect(AuditChain.verify([]) == .whole(.empty))
    #expect(Set(Self.log.map(\.hash)).count == 200)
  }

  @Test func aDeletedLineShows() {
    for index in 0..<199 {
      var log = Self.log
      log.remove(at: index)
      #expect(isBroken(log), "line \(index + 1)")
    }
  }

  @Test func aCutTailShowsAgainstAnExportedHead() {
    let exported = Self.log[199].head
    for length in 0..<200 { #expect(isBroken(Array(Self.log.prefix(length)), reaching: exported), "after \(length)") }
    #expect(!isBroken(Array(Self.log.prefix(150)), reaching: Self.log[149].head))
    #expect(!isBroken(Self.log, reaching: Self.log[149].head))
  }

  /// A log of the expected length with another hash was not cut off, and is not said to be.
  @Test func anotherHashIsNotACutTail() {
    let other = AuditHead(number: 150, hash: String(repeating: "a", count: 64))
    #expect(
      AuditChain.verify(Self.log, reaching: other)
        == .broken(number: 150, reason: "its hash is not the one of the expected head"))
    let later = AuditHead(number: 201, hash: other.hash)
    #expect(
      AuditChain.verify(Self.log, reaching: later)
        == .broken(number: 200, reason: "the log ends before the expected head, entry 201"))
  }

  @Test func swappedLinesShow() {
    for index in 0..<199 {
      var log = Self.log
      log.swapAt(index, index + 1)
      #expect(isBroken(log), "lines \(index + 1) and \(index + 2)")
    }
  }

  /// Also an entry that is a right continuation by itself, with its numbers made to fit.
  @Test func anInsertedLineShows() {
    for index in 0..<199 {
      let before = index == 0 ? AuditHead.empty : Self.log[index - 1].head
      let draft = AuditDraft(.done, Address("target", "planted"), actor: "eve", run: "run-0")
      var log = Self.log
      log.insert(AuditEntry(after: before, at: Timestamp(milliseconds: 0), draft), at: index)
      #expect(isBroken(log), "before line \(index + 1)")
    }
  }

  @Test func anEditedLineShows() {
    for index in 0..<200 {
      for (field, edited) in Self.edits(of: Self.log[index]) {
        var log = Self.log
        log[index] = edited
        #expect(isBroken(log), "\(field) of line \(index + 1)")
      }
    }
  }

  /// A forger who also writes the hash of the edited line anew is given away by the next line, or by the head.
  @Test func aRehashedLineShows() {
    for index in 0..<200 {
      let old = Self.log[index]
      let before = AuditHead(number: old.number - 1, hash: old.previous)
      let draft = AuditDraft(old.draft.event, old.draft.address, actor: "eve", run: old.draft.run)
      var log = Self.log
      log[index] = AuditEntry(after: before, at: old.at, draft)
      #expect(isBroken(log, reaching: Self.log[199].head), "line \(index + 1)")
    }
  }

  private static func edits(of entry: AuditEntry) -> [(String, AuditEntry)] {
    let draft = entry.draft
    func with(_ changed: AuditDraft) -> AuditEntry {
      AuditEntry(number: entry.number, at: entry.at, draft: changed, previous: entry.previous, hash: entry.hash)
    }
    let event: AuditDraft.Event = draft.event == .done ? .failed : .done
    return [
      ("event", with(AuditDraft(event, draft.address, actor: draft.actor, run: draft.run, detail: draft.detail))),
      ("address", with(AuditDraft(draft.event, users, actor: draft.actor, run: draft.run, detail: draft.detail))),
      ("actor", with(AuditDraft(draft.event, draft.address, actor: "eve", run: draft.run, detail: draft.detail))),
      ("run", with(AuditDraft(draft.event, draft.address, actor: draft.actor, run: "x", detail: draft.detail))),
      ("detail", with(AuditDraft(draft.event, draft.address, actor: draft.actor, run: draft.run))),
      (
        "at",
        AuditEntry(
          number: entry.number, at: entry.at.advanced(by: .milliseconds(1)), draft: draft, previous: entry.previous,
          hash: entry.hash)
      ),
    ]
  }
}

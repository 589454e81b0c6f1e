public import Documents

/// What is to be written into the audit log; the store adds number, time and hashes.
public struct AuditDraft: Sendable, Hashable {
  public enum Event: String, Sendable, Hashable, CaseIterable {
    /// A change is about to be made; on disk before it is made.
    case intent
    case done
    /// Not made: the record had moved.
    case refused
    case failed
    /// The answer was lost and could not be read again.
    case unknown
    case started
    case ended
  }

  public let event: Event
  public let address: Address?
  public let actor: String
  /// The id of the run, the same in all its entries.
  public let run: String
  /// Further facts; never a secret.
  public let detail: Fields

  public init(_ event: Event, _ address: Address?, actor: String, run: String, detail: Fields = Fields()) {
    self.event = event
    self.address = address
    self.actor = actor
    self.run = run
    self.detail = detail
  }
}

/// One line of the audit log, bound to the one before it by its hash.
public struct AuditEntry: Sendable, Hashable {
  /// From 1, without gaps.
  public let number: Int
  public let at: Timestamp
  public let draft: AuditDraft
  /// The hash of the entry before; 64 zeros for the first.
  public let previous: String
  public let hash: String

  /// The next entry of a chain.
  public init(after head: AuditHead, at moment: Timestamp, _ draft: AuditDraft) {
    let next = head.number + 1
    self.init(
      number: next, at: moment, draft: draft, previous: head.hash,
      hash: AuditEntry.hash(number: next, at: moment, draft: draft, previous: head.hash))
  }

  /// An entry as a store holds it; `AuditChain.verify` tells whether it is right.
  public init(number: Int, at: Timestamp, draft: AuditDraft, previous: String, hash: String) {
    self.number = number
    self.at = at
    self.draft = draft
    self.previous = previous
    self.hash = hash
  }

  public var head: AuditHead { AuditHead(number: number, hash: hash) }

  /// SHA-256 over the canonical JSON (RFC 8785) of all that the entry says, the previous hash included.
  static func hash(number: Int, at: Timestamp, draft: AuditDraft, previous: String) -> String {
    sha256(said(number: number, at: at, draft: draft, previous: previous))
  }

  /// `{"entry":…,"hash":"9c41…"}`: the very text that the hash is of, for whoever follows the chain without this program.
  public var line: String {
    #"{"entry":\#(Self.said(number: number, at: at, draft: draft, previous: previous)),"hash":"\#(hash)"}"#
  }

  private static func said(number: Int, at: Timestamp, draft: AuditDraft, previous: String) -> String {
    var fields: Fields = [
      "number": .integer(number), "at": .string(at.description), "event": .string(draft.event.rawValue),
      "actor": .string(draft.actor), "run": .string(draft.run), "detail": .object(draft.detail),
      "previous": .string(previous),
    ]
    fields["address"] = draft.address.map { .string($0.description) }
    return JSON.canonical(.object(fields))
  }
}

/// Where a chain ends: export it, and a cut tail shows.
public struct AuditHead: Sendable, Hashable {
  public let number: Int
  public let hash: String

  public init(number: Int, hash: String) {
    self.number = number
    self.hash = hash
  }

  /// The head of an empty log.
  public static let empty = AuditHead(number: 0, hash: String(repeating: "0", count: 64))

  /// `9c41…e07b`
  public var short: String { "\(hash.prefix(4))…\(hash.suffix(4))" }
}

/// Whether a log is whole.
public enum AuditChain {
  public enum Verdict: Sendable, Hashable {
    case whole(AuditHead)
    /// The first entry that does not fit, and why.
    case broken(number: Int, reason: String)
  }

  /// Follows the hashes from the first entry on; with `expected`, an exported head has to occur in the chain.
  public static func verify(_ entries: [AuditEntry], reaching expected: AuditHead? = nil) -> Verdict {
    var head = AuditHead.empty
    var isReached = expected == nil || expected == .empty
    for entry in entries {
      if let reason = mismatch(entry, after: head) { return .broken(number: entry.number, reason: reason) }
      head = entry.head
      isReached = isReached || head == expected
    }
    guard let expected, !isReached else { return .whole(head) }
    return expected.number > head.number
      ? .broken(number: head.number, reason: "the log ends before the expected head, entry \(expected.number)")
      : .broken(number: expected.number, reason: "its hash is not the one of the expected head")
  }

  private static func mismatch(_ entry: AuditEntry, after head: AuditHead) -> String? {
    if entry.number != head.number + 1 { return "entry \(head.number + 1) is missing" }
    if entry.previous != head.hash { return "it does not follow the entry before it" }
    let hash = AuditEntry.hash(number: entry.number, at: entry.at, draft: entry.draft, previous: entry.previous)
    return entry.hash == hash ? nil : "it was changed after it was written"
  }
}

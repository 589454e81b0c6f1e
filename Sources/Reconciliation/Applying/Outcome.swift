/// What became of one action.
public struct Outcome: Sendable, Hashable {
  public enum State: Sendable, Hashable {
    case done(revision: Int)
    /// A copy was made and published.
    case copied(CopySummary)
    case failed(String)
    /// By conditions, findings, or a blocked object that it depends on.
    case blocked([String])
    case notAttempted(String)
    /// The answer was lost, and what became of it could not be read.
    case unknown(String)
  }

  public let address: Address
  public let verb: Action.Verb
  public let state: State
  public let duration: Duration
  /// Of what is blocked: a sentence for each condition and finding that blocks it.
  public let obstacles: [String]

  public init(_ action: Action, _ state: State, duration: Duration = .zero, obstacles: [String] = []) {
    self.obstacles = obstacles
    address = action.address
    verb = action.verb
    self.state = state
    self.duration = duration
  }

  /// The words of reports, as summaries list them.
  public static let words = ["done", "failed", "blocked", "not_attempted", "unknown"]

  /// One of `words`.
  public var word: String {
    switch state {
    case .done, .copied: "done"
    case .failed: "failed"
    case .blocked: "blocked"
    case .notAttempted: "not_attempted"
    case .unknown: "unknown"
    }
  }

  /// The sentence beside it, where there is one.
  public var message: String? {
    switch state {
    case .done, .copied: nil
    case .failed(let text), .notAttempted(let text), .unknown(let text): text
    case .blocked(let codes):
      ([codes.joined(separator: ", ")] + (obstacles.isEmpty ? [] : [obstacles.joined(separator: "; ")]))
        .joined(separator: ": ")
    }
  }
}

/// Everything that an apply did and did not do.
public struct ApplyResult: Sendable {
  /// Why it ended early.
  public enum Stop: Sendable, Hashable {
    case leaseHeld(Lease)
    /// The control plane failed, or our lease was lost.
    case failed(String)
    case interrupted
  }

  public internal(set) var outcomes: [Outcome]
  public internal(set) var head: AuditHead?
  public internal(set) var stop: Stop?
  /// At least one record had moved since it was seen.
  public internal(set) var isStale = false

  /// Why a saved plan was not applied.
  public internal(set) var refusal: PlanRefusal?
  /// What earlier runs of the same saved plan had done already.
  public internal(set) var doneBefore: [Address] = []
  /// Checks that kept a copy from being published.
  public internal(set) var verifications: [Verification] = []
  /// How many copies were finished and kept from being published by what was checked on them.
  public internal(set) var refusedCopies = 0

  public func count(_ word: String) -> Int { outcomes.count { $0.word == word } }
}

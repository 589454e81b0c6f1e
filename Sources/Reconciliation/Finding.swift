public import Documents

/// What a rule says about an object.
public struct Finding: Sendable, Hashable {
  public let code: String
  public let severity: Severity
  public let address: Address
  /// The dotted path in the object that it is about.
  public let path: String?
  /// A sentence, and what to do.
  public let message: String
  public let place: Place?
  /// Whether a waiver may accept it.
  public let isWaivable: Bool
  /// The reason of the waiver that accepts it.
  public internal(set) var waiver: String?

  public init(
    _ code: String, _ severity: Severity, _ address: Address, at path: String? = nil, _ message: String,
    place: Place? = nil, isWaivable: Bool = true
  ) {
    self.code = code
    self.severity = severity
    self.address = address
    self.path = path
    self.message = message
    self.place = place
    self.isWaivable = isWaivable
  }

  public var blocks: Bool { severity == .error && waiver == nil }
}

public enum Severity: String, Sendable, Hashable, Comparable {
  /// Blocks the apply of its object and of the object's dependents.
  case error
  case warning
  case note

  public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
  private var rank: Int { self == .error ? 0 : self == .warning ? 1 : 2 }
}

/// A rule about declared objects: a value with its code, its severity and what there is to say about it; the sentence
/// stands beside it.
public struct Rule: Sendable {
  /// The paths and sentences, one for each place where the rule is broken. The day is today's, in UTC.
  public typealias Judge = @Sendable (Declared, Declaration, CalendarDate) -> [Violation]

  public let code: String
  public let severity: Severity
  public let explanation: Explanation
  /// Whether a waiver may accept what it says.
  public let isWaivable: Bool
  let judge: Judge

  public struct Violation: Sendable {
    public let path: String?
    /// A byte of the text at that path, where the rule means a word of it.
    public let offset: Int?
    public let message: String

    public init(at path: String? = nil, byte offset: Int? = nil, _ message: String) {
      self.path = path
      self.offset = offset
      self.message = message
    }
  }

  public init(
    _ code: String, _ severity: Severity, isWaivable: Bool = true, _ explanation: Explanation, _ judge: @escaping Judge
  ) {
    self.code = code
    self.severity = severity
    self.isWaivable = isWaivable
    self.explanation = explanation
    self.judge = judge
  }

  func findings(on object: Declared, in declaration: Declaration, on day: CalendarDate) -> [Finding] {
    judge(object, declaration, day).map { violation in
      Finding(
        code, severity, object.address, at: violation.path, violation.message,
        place: object.place(of: violation.path, byte: violation.offset), isWaivable: isWaivable)
    }
  }
}

/// Something about the live world that we observe and do not write.
public struct Condition: Sendable, Hashable {
  public enum State: Sendable, Hashable {
    case holds
    /// A sentence, and what to do.
    case fails(String)
    /// It could not be read; the sentence says why. Never taken for "fine".
    case unknown(String)
  }

  public let code: String
  public let severity: Severity
  public let address: Address
  public let path: String?
  public let state: State
  /// Whether a waiver may accept it.
  public let isWaivable: Bool
  public internal(set) var waiver: String?

  public init(
    _ code: String, _ severity: Severity, _ address: Address, at path: String? = nil, _ state: State,
    isWaivable: Bool = true
  ) {
    self.code = code
    self.severity = severity
    self.address = address
    self.path = path
    self.state = state
    self.isWaivable = isWaivable
  }

  public var isUnknown: Bool { if case .unknown = state { true } else { false } }
  public var isFailing: Bool { if case .fails = state { true } else { false } }
  public var blocks: Bool { isFailing && severity == .error && waiver == nil }

  /// The sentence of a state that is not "holds".
  public var message: String? {
    switch state {
    case .holds: nil
    case .fails(let text), .unknown(let text): text
    }
  }
}

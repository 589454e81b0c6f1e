/// What may be configured about detection.
public struct DetectionSettings: Sendable, Hashable {
  /// Columns of this score and more are personal.
  public var threshold: Double
  /// Thresholds of single kinds, by name.
  public var thresholds: [String: Double]
  /// Kinds that are not looked for.
  public var ignored: Set<String>
  /// The share of values with personal data inside from which a column of text is personal; of what is told for certain
  /// two values are enough, if they are a two-hundredth.
  public var insideShare: Double
  public var patterns: [ExtraPattern]

  public init(
    threshold: Double = 0.5, thresholds: [String: Double] = [:], ignored: Set<String> = [], insideShare: Double = 0.02,
    patterns: [ExtraPattern] = []
  ) {
    self.threshold = threshold
    self.thresholds = thresholds
    self.ignored = ignored
    self.insideShare = insideShare
    self.patterns = patterns
  }

  public func threshold(of kind: String) -> Double { thresholds[kind] ?? threshold }
}

/// A kind of one's own: `EMP-######` for employees.
public struct ExtraPattern: Sendable, Hashable {
  public var kind: String
  /// "an employee number".
  public var title: String
  /// `#` is a digit, `@` a letter, `&` a letter or digit, what follows a backslash is itself, and so is all else.
  /// Empty where columns are told by their names alone.
  public var shape: String
  /// What columns of it are called: lower-case words with single spaces.
  public var names: [String]

  public init(kind: String, title: String, shape: String = "", names: [String] = []) {
    self.kind = kind
    self.title = title
    self.shape = shape
    self.names = names
  }
}

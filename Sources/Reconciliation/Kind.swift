public import Documents
public import Runtime

/// One kind of thing that is declared. It is its schema and its sentences; where a requirement is left out, the
/// default suffices. It speaks to the world through ports alone.
public protocol Kind: Sendable {
  static var schema: Schema { get }

  /// Keys that the block `defaults` may set for objects that leave them out.
  static var defaults: [String] { get }

  /// What cannot stand, beyond what the schema can say.
  static func check(_ object: Declared, in declaration: Declaration) -> [Diagnostic]

  /// What can stand, and should be known.
  static var rules: [Rule] { get }

  /// What `observe` can say; every condition has its code here.
  static var conditions: [RegisteredCode] { get }

  /// Looks at the live world that the object speaks of. Never throws: what could not be read is a condition that is
  /// unknown.
  static func observe(_ object: Declared, in declaration: Declaration, through ports: Ports) -> Seen

  /// Runs what the object declares about its result.
  static func verify(_ object: Declared, in declaration: Declaration, through ports: Ports) -> Verification?

  /// Makes the object's copy anew, of a source with the schema that was planned with; nothing where it is of a kind that
  /// has none.
  static func refresh(
    _ object: Declared, in declaration: Declaration, through ports: Ports, because reason: String,
    of planned: SourceShape?, progress: @escaping @Sendable (CopyProgress) -> Void
  ) -> CopyResult?
}

/// What a kind sees of one object.
public struct Seen: Sendable {
  public var conditions: [Condition]
  public var copy: CopyObservation?

  public init(_ conditions: [Condition] = [], copy: CopyObservation? = nil) {
    self.conditions = conditions
    self.copy = copy
  }
}

extension Kind {
  public static var defaults: [String] { [] }
  public static var rules: [Rule] { [] }
  public static var conditions: [RegisteredCode] { [] }
  public static func check(_ object: Declared, in declaration: Declaration) -> [Diagnostic] { [] }
  public static func observe(_ object: Declared, in declaration: Declaration, through ports: Ports) -> Seen { Seen() }
  public static func verify(_ object: Declared, in declaration: Declaration, through ports: Ports) -> Verification? {
    nil
  }
  public static func refresh(
    _ object: Declared, in declaration: Declaration, through ports: Ports, because reason: String,
    of planned: SourceShape?, progress: @escaping @Sendable (CopyProgress) -> Void
  ) -> CopyResult? { nil }
}

/// The kinds that there are, in the order in which they are shown.
public struct Catalogue: Sendable {
  public let kinds: [any Kind.Type]

  public init(_ kinds: [any Kind.Type]) { self.kinds = kinds }

  public func schema(of kind: String) -> Schema? { self[kind]?.schema }

  public subscript(kind: String) -> (any Kind.Type)? { kinds.first { $0.schema.kind == kind } }

  func kind(inSection section: String) -> (any Kind.Type)? { kinds.first { $0.schema.section == section } }
}

/// The outside world as kinds may use it; the executable seats the backends.
public struct Ports: Sendable {
  public let databases: any Databases
  public let copies: any Copies
  /// The value of an environment variable.
  public let variable: @Sendable (String) -> String?
  /// The contents of a file that a secret stands in.
  public let secretFile: @Sendable (String) throws(Failure) -> Secret
  public let at: Timestamp

  public init(
    databases: any Databases, copies: any Copies = NoCopies(), at: Timestamp,
    variable: @escaping @Sendable (String) -> String?,
    secretFile: @escaping @Sendable (String) throws(Failure) -> Secret
  ) {
    self.databases = databases
    self.copies = copies
    self.at = at
    self.variable = variable
    self.secretFile = secretFile
  }
}

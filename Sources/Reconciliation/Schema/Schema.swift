public import Documents

/// What one kind of object looks like: data that the decoder, the differ, the printer, the JSON Schema and the
/// reference page all read, so that none of them can disagree with another.
public struct Schema: Sendable {
  /// `storage_profile`: the kind in addresses and records.
  public let kind: String
  /// `storage_profiles`: the key of the YAML tree under which such objects stand.
  public let section: String
  public let summary: String
  public let fields: [Field]

  public init(_ kind: String, in section: String, _ summary: String, _ fields: [Field]) {
    self.kind = kind
    self.section = section
    self.summary = summary
    self.fields = fields + Field.common
  }

  public subscript(name: String) -> Field? { fields.first { $0.name == name } }
}

/// One key of an object. A class, because every key of every object that is read looks for one.
public final class Field: Sendable {
  public let name: String
  public let shape: Shape
  /// One or two sentences for the reference page and the editor.
  public let summary: String
  /// Other spellings that the source formats use.
  public let aliases: [String]
  public let presence: Presence
  /// A change of it cannot be made in place.
  public let replaces: Bool
  /// The value that stands for an absent key; equal values are left out of the normal form.
  public let fallback: Value?
  public let effect: Effect
  public let normal: (@Sendable (String) -> String)?
  /// The sibling field that gets the text of the file which this one names.
  public let contentsGoTo: String?

  public enum Presence: Sendable {
    case optional
    case required
    /// Required unless the sibling field has that value.
    case requiredUnless(field: String, value: String)
  }

  /// When a key does something.
  public enum Effect: Sendable {
    case immediate
    /// Kept, compared and shown now; used by the commands that make copies.
    case copying
    /// Accepted, because the source formats have it, and without effect: the reason, for the `no_effect` warning.
    case none(String)
  }

  public enum Trait: Sendable {
    case required
    case requiredUnless(String, is: String)
    case replaces
    case fallback(Value)
    case alias(String)
    case copying
    case noEffect(String)
    case normalised(by: @Sendable (String) -> String)
    case contentsGoTo(String)
  }

  public init(_ name: String, _ shape: Shape, _ traits: [Trait], _ summary: String) {
    var taken = Taken()
    for trait in traits { taken.take(trait) }
    self.name = name
    self.shape = shape
    self.summary = summary
    aliases = taken.aliases
    presence = taken.presence
    replaces = taken.replaces
    fallback = taken.fallback
    effect = taken.effect
    normal = taken.normal
    contentsGoTo = taken.contentsGoTo
  }

  /// What the traits of a field add up to.
  private struct Taken {
    var aliases: [String] = []
    var presence = Presence.optional
    var replaces = false
    var fallback: Value?
    var effect = Effect.immediate
    var normal: (@Sendable (String) -> String)?
    var contentsGoTo: String?

    mutating func take(_ trait: Trait) {
      switch trait {
      case .required: presence = .required
      case .requiredUnless(let field, let value): presence = .requiredUnless(field: field, value: value)
      case .replaces: replaces = true
      case .fallback(let value): fallback = value
      case .alias(let name): aliases.append(name)
      case .copying: effect = .copying
      case .noEffect(let reason): effect = .none(reason)
      case .normalised(let form): normal = form
      case .contentsGoTo(let name): contentsGoTo = name
      }
    }
  }

  func answers(to key: String) -> Bool { name == key || aliases.contains(key) }
}

/// What may stand behind a key.
public indirect enum Shape: Sendable {
  /// Text in which templates may stand; they are kept as references.
  case text
  /// Text that is taken to the letter: SQL, reasons, descriptions.
  case prose
  case integer(ClosedRange<Int>)
  case number(ClosedRange<Double>)
  case boolean
  case choice([String])
  /// `2027-03-31`
  case date
  /// `24h`, `30m`, `7d`; the normal form has the largest unit up to hours that loses nothing.
  case duration
  /// A file or folder, relative to the YAML file that names it; the normal form is relative to the tree's folder.
  case path
  /// Where a secret comes from: a template, or a literal, of which nothing is kept.
  case secret
  /// A PostgreSQL connection URI (manual, 34.1.1.2), its password a secret.
  case connectionURL
  /// Where a control plane lives: `sqlite:PATH`, or a PostgreSQL connection URI.
  case storeURL
  /// The name of an object of that kind.
  case reference(kind: String)
  /// The name of an object of that kind, if objects of that kind are declared at all.
  case observedReference(kind: String)
  /// Any scalar.
  case scalar
  case list(Shape)
  /// A list whose order and repetitions say nothing.
  case set(Shape)
  /// Objects by name. `listKey` is the member that names each where they are written as a list.
  case map(Shape, named: String, listKey: String?)
  case object([Field])
  case variant(Variant)
}

extension Shape {
  var isMap: Bool { if case .map = self { true } else { false } }
}

/// An object whose keys depend on the value of one of them.
public struct Variant: Sendable {
  public struct Case: Sendable {
    public let name: String
    public let summary: String
    public let fields: [Field]

    public init(_ name: String, _ summary: String, _ fields: [Field]) {
      self.name = name
      self.summary = summary
      self.fields = fields
    }
  }

  /// The key that decides: `strategy`.
  public let tag: String
  /// The key that may stand in its place, with prose behind it: `keep`.
  public let alternative: Field
  public let common: [Field]
  public let cases: [Case]

  public init(tag: String, alternative: Field, common: [Field], cases: [Case]) {
    self.tag = tag
    self.alternative = alternative
    self.common = common
    self.cases = cases
  }

  /// The fields that an object with this value of the tag may have.
  public func fields(for name: String?) -> [Field] {
    let own = cases.first { $0.name == name }?.fields ?? []
    return [Field(tag, .choice(cases.map(\.name)), [], ""), alternative] + own + common
  }
}

public import Documents
public import Runtime

/// What the files say: the objects, and the settings beside them.
public struct Declaration: Sendable {
  public let settings: Settings
  /// Sorted by address.
  public let objects: [Declared]
  /// What was worked out of texts of the files.
  public let memo: Memo
  private let positions: [Address: Int]
  private let names: [String: [String]]

  public init(settings: Settings, objects: [Declared], memo: Memo = Memo()) {
    self.settings = settings
    self.memo = memo
    self.objects = objects.sorted { $0.address < $1.address }
    positions = Dictionary(self.objects.enumerated().map { ($1.address, $0) }) { first, _ in first }
    names = Dictionary(grouping: self.objects.map(\.address), by: \.kind).mapValues { $0.map(\.name) }
  }

  public subscript(address: Address) -> Declared? { positions[address].map { objects[$0] } }

  /// Sorted.
  public func names(of kind: String) -> [String] { names[kind] ?? [] }
}

/// One object as it is declared. A class, because it is handed around by the ten thousand and never changes.
public final class Declared: Sendable {
  public let address: Address
  /// The normal form.
  public let spec: Value
  /// The same as canonical JSON: what is stored, and what is compared first.
  public let text: String
  /// Where its name stands.
  public let place: Place
  public let references: [Reference]
  /// Secrets that stand in the file itself, by path.
  public let literals: [String: Secret]
  let node: Node
  /// Files whose text took the place of their path, by the path of the key that got it.
  private let texts: [String: Source]
  /// By which places are found under other spellings and in lists.
  private let fields: [Field]
  /// False for what a command has made, and no file has.
  public let isInFiles: Bool

  public init(
    address: Address, spec: Value, place: Place, references: [Reference], literals: [String: Secret], node: Node,
    fields: [Field] = [], texts: [String: Source] = [:], isInFiles: Bool = true
  ) {
    self.isInFiles = isInFiles
    self.address = address
    self.spec = spec
    text = JSON.canonical(spec)
    self.place = place
    self.references = references
    self.literals = literals
    self.node = node
    self.fields = fields
    self.texts = texts
  }

  public var isProtected: Bool { spec["protected"]?.bool ?? false }
  public var waivers: [Waiver] { Waiver.all(in: spec) }

  /// Where the value at a dotted path stands, or the nearest thing around it.
  public func place(of path: String?) -> Place {
    guard let path else { return place }
    return node.nearest(to: path[...], in: .object(fields))?.place ?? place
  }

  /// Where the name stands by which another object is named; where it comes from somewhere else, such as `defaults`,
  /// the key or the nearest thing around it.
  func place(of reference: Reference) -> Place {
    let found = node.nearest(to: reference.path[...], in: .object(fields))
    switch found?.value?.content {
    case .scalar: return found?.value?.place ?? place
    case .sequence(let items):
      return items.first { $0.scalar?.text == reference.to.name }?.place ?? place(of: reference.path)
    case .mapping, nil: return found?.place ?? place
    }
  }

  /// Where a byte of the text at a path stands: in the file that it came from, else in the YAML; where that cannot be
  /// told exactly, the key.
  public func place(of path: String?, byte offset: Int?) -> Place {
    guard let path, let offset else { return place(of: path) }
    if let source = texts[path] { return source.place(ofByte: offset) }
    let found = node.nearest(to: path[...], in: .object(fields))
    return found?.value?.place(ofByte: offset) ?? found?.place ?? place
  }
}

extension Declared {
  /// The same object, where a command means something else than the files say.
  public func meaning(_ spec: Value) -> Declared {
    Declared(
      address: address, spec: spec, place: place, references: references, literals: literals, node: node,
      fields: fields, texts: texts, isInFiles: isInFiles)
  }

  /// An object that stands in no file, made for one command; it is said to stand where this one does.
  ///
  /// - Parameter spec: in normal form, without secrets of its own.
  public func making(_ address: Address, _ spec: Value, of schema: Schema) -> Declared {
    Declared(
      address: address, spec: spec, place: place, references: schema.references(in: spec), literals: [:], node: node,
      isInFiles: false)
  }
}

extension Declaration {
  /// The same with this object in the place of the one of its address, or beside the others.
  public func having(_ object: Declared) -> Declaration {
    Declaration(
      settings: settings, objects: objects.filter { $0.address != object.address } + [object], memo: memo)
  }
}

/// What is declared beside the objects: the blocks `decant`, `defaults` and `sso`.
public struct Settings: Sendable {
  /// The owner of what is declared here.
  public let workspace: String
  /// `sqlite:.decant/control.db`, with the place of the key where it is declared.
  public let controlPlane: String
  public let controlPlanePlace: Place?
  public let brake: Brake.Limits
  /// The whole `decant` block in normal form.
  public let spec: Fields
  public let sso: Fields?
  /// Secrets that stand in the blocks themselves, by path: `sso.token`.
  public let literals: [String: Secret]
  /// The files that were read, as people see them.
  public internal(set) var files: [String]
  /// The folder that relative paths of the declaration are relative to.
  public let root: String

  public static let defaultControlPlane = "sqlite:.decant/control.db"

  public init(
    workspace: String, controlPlane: String = Settings.defaultControlPlane, controlPlanePlace: Place? = nil,
    brake: Brake.Limits = Brake.Limits(), spec: Fields = Fields(), sso: Fields? = nil, literals: [String: Secret] = [:],
    files: [String] = [],
    root: String = "."
  ) {
    self.workspace = workspace
    self.controlPlane = controlPlane
    self.controlPlanePlace = controlPlanePlace
    self.brake = brake
    self.spec = spec
    self.sso = sso
    self.literals = literals
    self.files = files
    self.root = root
  }
}

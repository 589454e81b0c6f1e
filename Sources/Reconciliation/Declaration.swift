public import Documents
public import Runtime

/// What the files say: the objects, and the settings beside them.
public struct Declaration: Sendable {
  public let settings: Settings
  /// Sorted by address.
  public let objects: [Declared]
  private let positions: [Address: Int]
  private let names: [String: [String]]

  public init(settings: Settings, objects: [Declared]) {
    self.settings = settings
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
  private let node: Node
  /// By which places are found under other spellings and in lists.
  private let fields: [Field]

  public init(
    address: Address, spec: Value, place: Place, references: [Reference], literals: [String: Secret], node: Node,
    fields: [Field] = []
  ) {
    self.address = address
    self.spec = spec
    text = JSON.canonical(spec)
    self.place = place
    self.references = references
    self.literals = literals
    self.node = node
    self.fields = fields
  }

  public var isProtected: Bool { spec["protected"]?.bool ?? false }
  public var waivers: [Waiver] { Waiver.all(in: spec) }

  /// Where the value at a dotted path stands, or the nearest thing around it.
  public func place(of path: String?) -> Place {
    guard let path else { return place }
    return node.nearest(to: path[...], in: .object(fields)) ?? place
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

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

  public init(
    address: Address, spec: Value, place: Place, references: [Reference], literals: [String: Secret], node: Node
  ) {
    self.address = address
    self.spec = spec
    text = JSON.canonical(spec)
    self.place = place
    self.references = references
    self.literals = literals
    self.node = node
  }

  public var isProtected: Bool { spec["protected"]?.bool ?? false }
  public var waivers: [Waiver] { Waiver.all(in: spec) }

  /// Whether the file has a key at a dotted path, even one whose value could not be read.
  public func mentions(_ path: String) -> Bool { node.nearest(to: path[...])?.isKey ?? false }

  /// Where the value at a dotted path stands, or the nearest thing around it.
  public func place(of path: String?) -> Place {
    guard let path else { return place }
    return node.nearest(to: path[...]).map { $0.isKey ? $0.place : place } ?? place
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
  /// The files that were read, as people see them.
  public let files: [String]
  /// The folder that relative paths of the declaration are relative to.
  public let root: String

  public static let defaultControlPlane = "sqlite:.decant/control.db"

  public init(
    workspace: String, controlPlane: String = Settings.defaultControlPlane, controlPlanePlace: Place? = nil,
    brake: Brake.Limits = Brake.Limits(), spec: Fields = Fields(), sso: Fields? = nil, files: [String] = [],
    root: String = "."
  ) {
    self.workspace = workspace
    self.controlPlane = controlPlane
    self.controlPlanePlace = controlPlanePlace
    self.brake = brake
    self.spec = spec
    self.sso = sso
    self.files = files
    self.root = root
  }
}

extension Node {
  /// The place of the key at a dotted path. Names may hold dots, so every key that is a prefix of the path is tried.
  fileprivate func nearest(to path: Substring) -> (place: Place, isKey: Bool)? {
    switch content {
    case .scalar: return nil
    case .sequence(let items):
      for item in items {
        guard case .mapping(let entries) = item.content else { continue }
        let names = entries.compactMap(\.value.scalar?.text)
        for name in names where path == name { return (item.place, true) }
        for name in names where path.hasPrefix("\(name).") {
          return item.nearest(to: path.dropFirst(name.count + 1)) ?? (item.place, true)
        }
      }
      return (place, false)
    case .mapping(let entries):
      for entry in entries where path == entry.key.text { return (entry.key.place, true) }
      for entry in entries where path.hasPrefix("\(entry.key.text).") {
        return entry.value.nearest(to: path.dropFirst(entry.key.text.count + 1)) ?? (entry.key.place, true)
      }
      // A key under another spelling, such as `anonymization` for `columns`.
      guard let dot = path.firstIndex(of: ".") else { return nil }
      let rest = path[path.index(after: dot)...]
      return entries.lazy.compactMap { $0.value.nearest(to: rest) }.first { $0.isKey }
    }
  }
}

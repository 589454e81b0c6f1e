public import Documents

/// What an archive consists of: the object `manifest.json` beside its parts, written after every part was verified.
///
/// An archive without it does not exist: whatever lies there is what a killed upload left.
public struct ArchiveManifest: Sendable, Hashable {
  public static let name = ObjectKey(segment: "manifest.json")
  static let format = "decant-archive/1"
  /// A manifest of ten thousand parts has 1.5 MB.
  public static let mostBytes = 16 << 20

  public let snapshot: SnapshotID
  public let target: String
  public let kind: SnapshotRow.Kind
  /// As they lie there, sorted by name: `pg_dump`'s files, the leak filter, and so on.
  public let parts: [SnapshotRow.Part]
  /// How the parts are encrypted, for whoever has to decrypt them by hand; never a key. Empty where they are not.
  public let sealing: Fields
  /// Policy digest, schema fingerprint and whatever else a reader without the catalogue needs.
  public let facts: Fields

  public init(
    snapshot: SnapshotID, target: String, kind: SnapshotRow.Kind, parts: [SnapshotRow.Part], sealing: Fields = Fields(),
    facts: Fields = Fields()
  ) {
    self.snapshot = snapshot
    self.target = target
    self.kind = kind
    self.parts = parts.sorted { $0.name < $1.name }
    self.sealing = sealing
    self.facts = facts
  }

  /// For people too: one line for each fact.
  public var text: String {
    var fields = body
    fields["sha256"] = .string(digest)
    return JSON.pretty(.object(fields)) + "\n"
  }

  private var body: Fields {
    [
      "format": .string(Self.format), "snapshot": .string(snapshot.description), "target": .string(target),
      "kind": .string(kind.rawValue), "sealing": .object(sealing), "facts": .object(facts),
      "parts": .list(
        parts.map {
          .object(["name": .string($0.name), "bytes": .integer($0.bytes), "sha256": .string($0.sha256)])
        }),
    ]
  }

  /// Over all that it says, as canonical JSON (RFC 8785): whether it was damaged shows in itself.
  private var digest: String { Documents.sha256(JSON.canonical(.object(body))) }

  /// Reads what `text` writes; nothing where it is anything else. Names of parts cannot lead anywhere else.
  public init?(_ bytes: [UInt8]) {
    guard let value = try? JSON.read(bytes), value["format"]?.string == Self.format,
      let snapshot = value["snapshot"]?.string.flatMap({ SnapshotID($0) }), let target = value["target"]?.string,
      let kind = value["kind"]?.string.flatMap({ SnapshotRow.Kind(rawValue: $0) }),
      let sealing = value["sealing"]?.object, let facts = value["facts"]?.object,
      case .list(let items)? = value["parts"]
    else { return nil }
    let parts = items.compactMap { Self.part($0) }
    guard parts.count == items.count, Set(parts.map(\.name)).count == parts.count else { return nil }
    self.init(snapshot: snapshot, target: target, kind: kind, parts: parts, sealing: sealing, facts: facts)
    guard value["sha256"]?.string == digest else { return nil }
  }

  private static func part(_ value: Value) -> SnapshotRow.Part? {
    guard let name = value["name"]?.string, let key = ObjectKey(name), !name.utf8.contains(0x2F), key != Self.name,
      case .integer(let bytes)? = value["bytes"], bytes >= 0, let digest = value["sha256"]?.string,
      digest.utf8.count == 64
    else { return nil }
    return SnapshotRow.Part(name: name, bytes: bytes, sha256: digest)
  }
}

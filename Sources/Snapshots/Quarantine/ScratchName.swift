/// The name of a database that Decant makes beside a destination.
///
/// At most 40 bytes of the destination's name, `__decant_`, the id of the run and, for what is not the copy itself, a
/// letter: at most 63 bytes, so that PostgreSQL cuts nothing off. Names that begin alike share their beginning; which
/// destination is meant stands in the database's comment.
public struct ScratchName: Sendable, Hashable, CustomStringConvertible {
  public enum Role: String, Sendable, CaseIterable {
    /// The copy that is being made.
    case copy = ""
    /// The copy that was replaced, until it is dropped.
    case previous = "_p"
    /// The template of `reset`.
    case template = "_t"
  }

  public let destination: String
  public let id: String
  public let role: Role

  /// Nothing where the id is empty, longer than 40 bytes or not of lower-case letters, digits and `-`.
  public init?(destination: String, id: String, role: Role = .copy) {
    guard (1...40).contains(id.utf8.count), id.utf8.allSatisfy(Self.mayBeInID) else { return nil }
    (self.destination, self.id, self.role) = (destination, id, role)
  }

  private static func mayBeInID(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || byte == UInt8(ascii: "-")
  }

  public var description: String { name }

  public var name: String { Self.beginning(destination, idBytes: id.utf8.count) + Self.mark + id + role.rawValue }

  static let mark = "__decant_"

  /// Room is left for the longest letter, so that all names of one run begin alike.
  private static func beginning(_ destination: String, idBytes: Int) -> String {
    let room = min(40, 63 - mark.utf8.count - idBytes - 2)
    var kept = ""
    for scalar in destination.unicodeScalars where kept.utf8.count <= room {
      if kept.utf8.count + String(scalar).utf8.count > room { break }
      kept.unicodeScalars.append(scalar)
    }
    return kept
  }

  /// What a database's name and its comment say; nothing where they do not say it both.
  init?(name: String, comment: String) {
    guard let hint = ScratchHint(comment: comment),
      let read = ScratchName(destination: hint.destination, id: hint.id, role: hint.role), read.name == name
    else { return nil }
    self = read
  }
}

/// The comment of a database that Decant has made: a hint for people and for sweeping, no proof.
struct ScratchHint {
  let destination: String
  let id: String
  let role: ScratchName.Role

  init(_ name: ScratchName) { (destination, id, role) = (name.destination, name.id, name.role) }

  /// "decant: copy 01k… for users_api_dev"
  init?(comment: String) {
    guard let match = comment.wholeMatch(of: #/decant: (copy|previous|template) ([a-z0-9-]{1,40}) for ((?s:.+))/#)
    else {
      return nil
    }
    (id, destination) = (String(match.2), String(match.3))
    role = match.1 == "copy" ? .copy : match.1 == "previous" ? .previous : .template
  }

  var comment: String {
    let word = role == .copy ? "copy" : role == .previous ? "previous" : "template"
    return "decant: \(word) \(id) for \(destination)"
  }
}

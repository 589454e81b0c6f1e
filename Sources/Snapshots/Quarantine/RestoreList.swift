/// What an archive of pg_dump holds, as `pg_restore --list --verbose` prints it.
///
/// The lines are made for people: schema, name and owner are parted by spaces and may hold some themselves. So nothing
/// is decided by names. An entry is known by its number in the archive, by its catalogue and oid, and by its kind; what
/// goes with what is told by the numbers on which an entry depends. The programs turn line ends in names into spaces
/// (`sanitize_line`, pg_backup_archiver.c), so an entry is always one line.
public struct RestoreList: Sendable {
  public struct Entry: Sendable, Hashable {
    /// Its number in the archive, by which `pg_restore -L` finds it.
    public let number: Int
    /// The oid of its catalogue, 0 for what has none; the oid in there.
    public let catalogue, object: UInt32
    /// "FK CONSTRAINT". Nothing for a kind that is not known here.
    public let kind: ArchiveKind?
    /// What follows the kind: schema, name and owner. For people.
    let rest: String
    /// The entries without which this one cannot be made.
    public internal(set) var dependencies: [Int] = []
  }

  public let entries: [Entry]

  /// Throws for a line that is no entry: then nothing is known of the archive.
  init(listing: String) throws(ToolFailure) {
    var entries: [Entry] = []
    for line in listing.split(separator: "\n", omittingEmptySubsequences: true) {
      if let numbers = line.firstRange(of: ";\tdepends on:"), numbers.lowerBound == line.startIndex {
        guard !entries.isEmpty else { throw Self.unreadable }
        entries[entries.count - 1].dependencies = line[numbers.upperBound...].split(separator: " ").compactMap {
          Int($0)
        }
      } else if !line.hasPrefix(";") {
        entries.append(try Self.entry(line))
      }
    }
    self.entries = entries
  }

  /// "3460; 2606 16683 FK CONSTRAINT public orders orders_user_id_fkey owner"
  private static func entry(_ line: Substring) throws(ToolFailure) -> Entry {
    let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard words.count == 4, words[0].hasSuffix(";"), let number = Int(words[0].dropLast()),
      let catalogue = UInt32(words[1]), let object = UInt32(words[2])
    else { throw unreadable }
    let kind = ArchiveKind.leading(words[3], catalogue: catalogue)
    let rest = kind.map { words[3].dropFirst($0.rawValue.count + 1) } ?? words[3]
    return Entry(number: number, catalogue: catalogue, object: object, kind: kind, rest: String(rest))
  }

  private static let unreadable = ToolFailure(
    .unfit, program: "pg_restore", "its list of an archive has a line that is no entry")
}

extension RestoreList.Entry {
  /// "VIEW public v_db", without the owner, which is the last word of the line.
  public var title: String {
    let name = rest.lastIndex(of: " ").map { rest[..<$0] } ?? rest[...]
    let words = name.hasPrefix("- ") ? name.dropFirst(2) : name
    // The name of a user mapping says its kind itself.
    let kind = kind.map(\.rawValue) ?? ""
    return (words.hasPrefix(kind + " ") ? String(words) : "\(kind) \(words)").trimmingSpaces
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

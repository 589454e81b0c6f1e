import Documents
import Reconciliation
import Runtime

/// Three kinds in a row: a share names a copy, a copy names a bucket.
enum Bucket: Kind {
  static let schema = Schema(
    "bucket", in: "buckets", "A bucket.",
    [.prose("note", summary: "Words."), .text("region", .replaces, summary: "Where it is.")])
  static let rules = [
    Rule("bad_note", .error, badNote) { object, _, _ in
      object.spec["note"]?.string == "bad" ? [.init(at: "note", "it is bad")] : []
    }
  ]
}

enum Copy: Kind {
  static let schema = Schema(
    "copy", in: "copies", "A copy.",
    [.prose("note", summary: "Words."), .reference("bucket", to: "bucket", summary: "Where it lies.")])
  static let rules = [
    Rule("bad_note", .error, badNote) { object, _, _ in
      object.spec["note"]?.string == "bad" ? [.init(at: "note", "it is bad")] : []
    }
  ]
}

enum Share: Kind {
  static let schema = Schema(
    "share", in: "shares", "A share.",
    [.prose("note", summary: "Words."), .reference("copy", to: "copy", summary: "What is shared.")])
}

extension Catalogue {
  /// Shown and planned in an order that is not the order of references, so that only references can bring it about.
  static let toys = Catalogue([Share.self, Copy.self, Bucket.self])
}

/// One file in memory.
struct OneFile: Files {
  let text: String
  func names() throws(Failure) -> [String] { ["toys.yaml"] }
  func read(_ path: String) throws(Failure) -> [UInt8] { Array(text.utf8) }
}

func declaration(_ text: String) throws -> Declaration {
  let head = "decant: {workspace: shop}\n"
  var reader = DeclarationReader(catalogue: .toys, files: OneFile(text: head + text), root: ".", folderName: "shop")
  let (declaration, diagnostics) = try reader.read(file: nil)
  guard diagnostics.isEmpty else { throw Failure("read", "the toys", cause: "\(diagnostics.map(\.message))") }
  return declaration
}

/// A bucket, a copy in it, a share of the copy, and a bucket beside them.
let chain = """
  buckets: {b: {region: eu}, other: {}}
  copies: {c: {bucket: b}}
  shares: {s: {copy: c}}
  """

extension Address {
  static let bucket = Address("bucket", "b")
  static let other = Address("bucket", "other")
  static let copy = Address("copy", "c")
  static let share = Address("share", "s")
}

private let badNote = Explanation("a note is bad", why: "It is a toy.", remedy: "Write a better note.")

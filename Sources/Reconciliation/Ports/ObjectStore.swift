/// Where archives lie: a folder, or a bucket. Backends are seated by the program; all pass one conformance suite.
///
/// Every call has limits of its own (a time in which nothing moves, an interrupt), given to the store when it is made.
/// Memory does not grow with the size of an object.
public protocol ObjectStore: Sendable {
  /// For sentences: `s3://company-team-db-snapshots/decant`, `./snapshots`.
  var title: String { get }

  /// Stores the object, or replaces it, as a whole: nobody ever sees a part of it.
  ///
  /// When it returns, what lies there is what was given: a folder has synced it to the disk, and a server has said the
  /// checksum of what it got, or was read back. After an answer that was lost, the store is read again before anything is said; `.unknown` is
  /// thrown only where that fails too.
  func put(_ source: ObjectSource, at key: ObjectKey) throws(ObjectStoreError) -> StoredObject

  /// Writes the object into a new file of mode 0600, which appears under its name only when it is whole and its SHA-256 is
  /// `sha256`; else `.damaged`, and no file.
  func get(_ key: ObjectKey, into path: String, expecting sha256: String) throws(ObjectStoreError)

  /// A small object in memory; a larger one than `mostBytes` is `.damaged`.
  func read(_ key: ObjectKey, mostBytes: Int) throws(ObjectStoreError) -> [UInt8]

  /// Nothing where there certainly is no such object.
  func head(_ key: ObjectKey) throws(ObjectStoreError) -> ObjectInfo?

  /// The objects below a prefix (all, without one), sorted by key, a page at a time.
  func page(under prefix: ObjectKey?, after token: String?) throws(ObjectStoreError) -> ObjectPage

  /// Removes the object; that there is none is fine.
  func delete(_ key: ObjectKey) throws(ObjectStoreError)

  /// What was begun below a prefix (anywhere, without one) and never became an object, because whoever stored it was killed:
  /// nobody sees it, and it takes room. What is being stored at the moment is among it.
  func unfinished(under prefix: ObjectKey?) throws(ObjectStoreError) -> [UnfinishedUpload]

  /// Takes it away; that there is none is fine.
  func giveUp(_ upload: UnfinishedUpload) throws(ObjectStoreError)
}

/// An object that was never completed.
public struct UnfinishedUpload: Sendable, Hashable {
  /// Relative to the store's place: the name that it was to have, or a name of the store's own in the same folder.
  public let name: String
  /// The store's own, among those of that name.
  public let id: String

  public init(name: String, id: String) {
    self.name = name
    self.id = id
  }

  public func isBelow(_ prefix: ObjectKey) -> Bool { name.hasPrefix("\(prefix)/") }
}

extension ObjectStore {
  /// All pages.
  public func list(under prefix: ObjectKey?) throws(ObjectStoreError) -> [ObjectInfo] {
    var (objects, token) = ([ObjectInfo](), String?.none)
    repeat {
      let page = try page(under: prefix, after: token)
      objects += page.objects
      // A server that hands out its token again would be asked for ever.
      guard page.next == nil || page.next != token else {
        throw ObjectStoreError(.failed, "list", title, "the server repeats itself")
      }
      token = page.next
    } while token != nil
    return objects
  }
}

/// The name of an object below the store's own place: `users/019a…/toc.dat`.
///
/// It cannot lead out of that place: no segment is empty, `.` or `..`, begins with a dot, or holds a control
/// character, a slash or a backslash.
public struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let description: String

  public init?(_ text: String) {
    let segments = text.split(separator: "/", omittingEmptySubsequences: false)
    guard text.utf8.count <= 900, segments.allSatisfy({ Self.isSegment($0) }) else { return nil }
    description = text
  }

  /// Any name as one segment, which no other name has: what a key cannot hold is written as `%` and two digits.
  public init(segment name: String) {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for (index, byte) in name.utf8.enumerated() {
      let isPlain = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
      if isPlain || byte == 0x2D || byte == 0x5F || byte == 0x2E && index > 0 {
        bytes.append(byte)
      } else {
        bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    description = String(decoding: bytes.isEmpty ? [0x25] : bytes, as: UTF8.self)
  }

  private static func isSegment(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, first != 0x2E, text.utf8.count <= 255 else { return false }
    return text.utf8.allSatisfy { $0 >= 32 && $0 != 127 && $0 != 0x5C }
  }

  public func appending(_ key: ObjectKey) -> ObjectKey { ObjectKey(trusted: "\(self)/\(key)") }

  private init(trusted text: String) { description = text }

  public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
    left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
  }
}

/// What is to be stored. A file must not change meanwhile; where it does, the store refuses what it got.
public enum ObjectSource: Sendable {
  case bytes([UInt8])
  case file(String)
}

/// What lies there now.
public struct StoredObject: Sendable, Hashable {
  public let key: ObjectKey
  public let bytes: Int
  /// 64 lower-case hexadecimal digits.
  public let sha256: String

  public init(key: ObjectKey, bytes: Int, sha256: String) {
    self.key = key
    self.bytes = bytes
    self.sha256 = sha256
  }
}

public struct ObjectInfo: Sendable, Hashable {
  /// Relative to the store's place; another program may have put in names that are no `ObjectKey`.
  public let name: String
  public let bytes: Int

  public init(name: String, bytes: Int) {
    self.name = name
    self.bytes = bytes
  }

  public var key: ObjectKey? { ObjectKey(name) }
}

public struct ObjectPage: Sendable, Hashable {
  public let objects: [ObjectInfo]
  /// For the next page; nothing after the last one.
  public let next: String?

  public init(objects: [ObjectInfo], next: String?) {
    self.objects = objects
    self.next = next
  }
}

/// What went wrong, and what that says about the object.
public struct ObjectStoreError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: String, Sendable, Hashable {
    /// There is no such object, or no such bucket or folder.
    case missing
    case denied
    case unreachable
    case timedOut
    case interrupted
    /// It is not what was stored, or not what it should be.
    case damaged
    /// No room is left.
    case full
    /// Anything else, with nothing stored.
    case failed
    /// The answer was lost and could not be read again: the object may be there, whole, or not.
    case unknown
  }

  public let kind: Kind
  public let failure: Failure

  public init(_ kind: Kind, _ failure: Failure) {
    self.kind = kind
    self.failure = failure
  }

  public init(_ kind: Kind, _ operation: String, _ subject: String, _ cause: String, hint: String? = nil) {
    self.init(kind, Failure(operation, subject, cause: cause, hint: hint))
  }

  public var description: String { failure.description }
}

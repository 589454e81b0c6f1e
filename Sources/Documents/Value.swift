/// What a document says, without where it says it: the value that is compared, stored and shown.
///
/// Two values are equal exactly when their canonical JSON is the same text: strings are compared code by code, and
/// the integer 1 equals the number 1.0, because JSON cannot tell them apart (numbers that are not finite, which JSON
/// cannot write, equal only themselves).
public enum Value: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case list([Value])
  case object(Fields)
}

/// The members of an object, sorted by key and each key once, so that equal objects are equal values.
///
/// The order is that of RFC 8785 (by UTF-16 code units), so that canonical JSON needs no sorting of its own.
/// It is an array and not a dictionary: objects are small, and ten thousand of them have to fit into memory.
public struct Fields: Sendable, Hashable {
  public struct Entry: Sendable {
    public let key: String
    public var value: Value
  }

  public private(set) var entries: [Entry]

  public init() { entries = [] }

  /// Of a key that comes twice, the last value counts.
  public init(_ pairs: some Sequence<(String, Value)>) {
    entries = pairs.map { Entry(key: $0.0, value: $0.1) }
    let sorted = zip(entries, entries.dropFirst()).allSatisfy { $0.key.precedesInUTF16($1.key) }
    if !sorted { sortKeepingLast() }
  }

  public var isEmpty: Bool { entries.isEmpty }
  public var keys: [String] { entries.map(\.key) }

  public subscript(key: String) -> Value? {
    get {
      // Most objects have a few keys, and lengths tell most of them apart.
      guard entries.count > 12 else {
        let length = key.utf8.count
        return entries.first { $0.key.utf8.count == length && $0.key.isExactly(key) }?.value
      }
      let index = position(of: key)
      return holds(key, at: index) ? entries[index].value : nil
    }
    set {
      let index = position(of: key)
      switch (newValue, holds(key, at: index)) {
      case (let value?, true): entries[index].value = value
      case (let value?, false): entries.insert(Entry(key: key, value: value), at: index)
      case (nil, true): entries.remove(at: index)
      case (nil, false): break
      }
    }
  }

  private func holds(_ key: String, at index: Int) -> Bool {
    index < entries.count && entries[index].key.isExactly(key)
  }

  /// The first index whose key does not come before `key`.
  private func position(of key: String) -> Int {
    if let last = entries.last, last.key.precedesInUTF16(key) { return entries.count }
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].key.precedesInUTF16(key) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Indices are sorted, so that of equal keys the one written last is known.
  private mutating func sortKeepingLast() {
    let order = entries.indices.sorted { left, right in
      let (a, b) = (entries[left].key, entries[right].key)
      return a.isExactly(b) ? left < right : a.precedesInUTF16(b)
    }
    var sorted: [Entry] = []
    sorted.reserveCapacity(entries.count)
    for index in order {
      if let last = sorted.last, last.key.isExactly(entries[index].key) { sorted.removeLast() }
      sorted.append(entries[index])
    }
    entries = sorted
  }
}

extension Fields.Entry: Hashable {
  public static func == (left: Self, right: Self) -> Bool {
    left.key.isExactly(right.key) && left.value == right.value
  }

  public func hash(into hasher: inout Hasher) {
    key.hashExactly(into: &hasher)
    hasher.combine(value)
  }
}

extension Fields: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }
}

extension Value: Hashable {
  public static func == (left: Value, right: Value) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.number(let a), .number(let b)): a == b || (a.isNaN && b.isNaN)
    case (.integer(let a), .number(let b)), (.number(let b), .integer(let a)): JSON.integer(writtenLike: b) == a
    case (.string(let a), .string(let b)): a.isExactly(b)
    case (.list(let a), .list(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(UInt8(0))
    case .bool(let truth): hasher.combine(truth)
    case .integer(let number): hasher.combine(number)
    case .number(let number): hash(number, into: &hasher)
    case .string(let text): text.hashExactly(into: &hasher)
    case .list(let items): hasher.combine(items)
    case .object(let fields): hasher.combine(fields)
    }
  }

  private func hash(_ number: Double, into hasher: inout Hasher) {
    if let whole = JSON.integer(writtenLike: number) {
      hasher.combine(whole)
    } else {
      hasher.combine(number.isNaN ? Double.nan : number)
    }
  }
}

extension Value {
  public var string: String? { if case .string(let text) = self { text } else { nil } }
  public var integer: Int? { if case .integer(let number) = self { number } else { nil } }
  public var bool: Bool? { if case .bool(let truth) = self { truth } else { nil } }
  public var list: [Value]? { if case .list(let items) = self { items } else { nil } }
  public var object: Fields? { if case .object(let fields) = self { fields } else { nil } }

  /// The member with this key, or nothing.
  public subscript(key: String) -> Value? { if case .object(let fields) = self { fields[key] } else { nil } }

  public subscript(outer: String, inner: String) -> Value? { self[outer]?[inner] }

  public subscript(outer: String, middle: String, inner: String) -> Value? { self[outer]?[middle]?[inner] }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: Value...) { self = .list(elements) }
  public init(dictionaryLiteral elements: (String, Value)...) { self = .object(Fields(elements)) }
}

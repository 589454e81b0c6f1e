/// What a document says, without where it says it: the value that is compared, stored and shown.
public enum Value: Sendable, Hashable {
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
/// It is an array and not a dictionary: objects are small, and ten thousand of them have to fit into memory.
public struct Fields: Sendable, Hashable {
  public struct Entry: Sendable, Hashable {
    public let key: String
    public var value: Value
  }

  public private(set) var entries: [Entry]

  public init() { entries = [] }

  /// Of a key that comes twice, the last value counts.
  public init(_ pairs: some Sequence<(String, Value)>) {
    self.init()
    for (key, value) in pairs { self[key] = value }
  }

  public var isEmpty: Bool { entries.isEmpty }
  public var keys: [String] { entries.map(\.key) }

  public subscript(key: String) -> Value? {
    get {
      let index = position(of: key)
      return index < entries.count && entries[index].key == key ? entries[index].value : nil
    }
    set {
      let index = position(of: key)
      let found = index < entries.count && entries[index].key == key
      switch (newValue, found) {
      case (let value?, true): entries[index].value = value
      case (let value?, false): entries.insert(Entry(key: key, value: value), at: index)
      case (nil, true): entries.remove(at: index)
      case (nil, false): break
      }
    }
  }

  /// The first index whose key is not less than `key`.
  private func position(of key: String) -> Int {
    if let last = entries.last, last.key < key { return entries.count }
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].key < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension Fields: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }
}

extension Value {
  public var string: String? { if case .string(let text) = self { text } else { nil } }
  public var integer: Int? { if case .integer(let number) = self { number } else { nil } }
  public var bool: Bool? { if case .bool(let truth) = self { truth } else { nil } }
  public var list: [Value]? { if case .list(let items) = self { items } else { nil } }
  public var object: Fields? { if case .object(let fields) = self { fields } else { nil } }

  /// The value at a dotted path of keys, or nothing.
  public subscript(path: String...) -> Value? {
    path.reduce(Optional(self)) { value, key in value?.object?[key] }
  }
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

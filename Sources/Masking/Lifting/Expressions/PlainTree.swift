import Documents
import SQL

/// A parse tree without places, so that the trees of two texts can be compared.
///
/// libpg_query 15-4.0.0 leaves the number out of an integer constant that is 0 or negative, so that the tree of `-5` is
/// the tree of `0`. The number is read from the text instead, where the constant's location is its sign.
enum PlainTree {
  static func of(_ value: Value, in bytes: [UInt8]) throws(Refusal) -> Value {
    switch value {
    case .list(let items):
      var plain: [Value] = []
      for item in items { plain.append(try of(item, in: bytes)) }
      return .list(plain)
    case .object(let fields):
      if let constant = value.node("A_Const"), let number = constant["ival"] {
        return .integerConstant(try integer(number["ival"]?.integer, constant["location"]?.integer ?? 0, bytes))
      }
      var plain: [(String, Value)] = []
      for entry in fields.entries where !dropped.contains(entry.key) {
        plain.append((entry.key, try of(entry.value, in: bytes)))
      }
      return .object(Fields(plain))
    default: return value
    }
  }

  /// `funcformat` tells `substring(a FROM 1)` from `substring(a, 1)`, which are the same call.
  private static let dropped: Set = ["location", "funcformat"]

  private static func integer(_ number: Int?, _ location: Int, _ bytes: [UInt8]) throws(Refusal) -> Int {
    if let number { return number }
    let signs = bytes.dropFirst(location).prefix { [0x20, 0x09, 0x0A, 0x0D, 0x28, UInt8(ascii: "-")].contains($0) }
    let isNegative = signs.count { $0 == UInt8(ascii: "-") } % 2 == 1
    let rest = bytes.dropFirst(location + signs.count)
    let digits = rest.prefix { (0x30...0x39).contains($0) }
    guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
      throw Refusal(
        "a number stands here in a form that is not read: write its sign right before its digits", at: location)
    }
    return isNegative ? -number : number
  }
}

extension Value {
  static func integerConstant(_ number: Int) -> Value { ["A_Const": ["ival": ["ival": .integer(number)]]] }
  static func stringConstant(_ text: String) -> Value { ["A_Const": ["sval": ["sval": .string(text)]]] }

  static func cast(_ value: Value, to type: String, _ modifier: Int? = nil) -> Value {
    var name: [(String, Value)] = [
      ("names", [.name("pg_catalog"), .name(type)]), ("typemod", -1),
    ]
    if let modifier { name.append(("typmods", [.integerConstant(modifier)])) }
    return ["TypeCast": ["arg": value, "typeName": .object(Fields(name))]]
  }

  static func name(_ text: String) -> Value { ["String": ["sval": .string(text)]] }

  static func columnReference(_ column: String) -> Value { ["ColumnRef": ["fields": [.name(column)]]] }

  /// The words of a list of names; nothing where another node is among them.
  var names: [String]? {
    guard let list else { return nil }
    let words = list.compactMap { $0.node("String")?["sval"]?.string }
    return words.count == list.count ? words : nil
  }
}

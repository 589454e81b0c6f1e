import Documents

/// Reads values out of the body of a plan file, and says at which path one is not as expected.
struct PlanReader {
  struct Unreadable: Error {
    let path: String
  }

  let value: Value
  let path: String

  init(_ value: Value, at path: String) {
    self.value = value
    self.path = path
  }

  var unreadable: Unreadable { Unreadable(path: path.isEmpty ? "." : path) }

  /// The member with this key, which has to be there.
  func member(_ key: String) throws(Unreadable) -> PlanReader {
    guard let member = optional(key) else { throw PlanReader(.null, at: join(key)).unreadable }
    return member
  }

  func optional(_ key: String) -> PlanReader? {
    value.object?[key].map { PlanReader($0, at: join(key)) }
  }

  private func join(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  func text() throws(Unreadable) -> String {
    guard let text = value.string else { throw unreadable }
    return text
  }

  /// From 0 to what JSON carries without loss, so that one more or less cannot overflow.
  func count() throws(Unreadable) -> Int {
    guard let number = value.integer, (0..<9_007_199_254_740_991).contains(number) else { throw unreadable }
    return number
  }

  func flag() throws(Unreadable) -> Bool {
    guard let flag = value.bool else { throw unreadable }
    return flag
  }

  func items() throws(Unreadable) -> [PlanReader] {
    guard let items = value.list else { throw unreadable }
    return items.enumerated().map { PlanReader($1, at: "\(path)[\($0)]") }
  }

  func each<Result>(_ read: (PlanReader) throws(Unreadable) -> Result) throws(Unreadable) -> [Result] {
    var results: [Result] = []
    for item in try items() { results.append(try read(item)) }
    return results
  }

  func texts() throws(Unreadable) -> [String] { try each { item throws(Unreadable) in try item.text() } }
  func addresses() throws(Unreadable) -> [Address] { try each { item throws(Unreadable) in try item.address() } }

  func address() throws(Unreadable) -> Address {
    guard let address = Address(try text()) else { throw unreadable }
    return address
  }

  func moment() throws(Unreadable) -> Timestamp {
    guard let moment = Timestamp(try text()) else { throw unreadable }
    return moment
  }

  /// One of the words of a closed enum.
  func word<Word: RawRepresentable<String>>() throws(Unreadable) -> Word {
    guard let word = Word(rawValue: try text()) else { throw unreadable }
    return word
  }

  func place() throws(Unreadable) -> Place {
    Place(
      source: Source(name: try member("file").text(), bytes: []), line: try member("line").count(),
      column: try member("column").count())
  }

  func optionalText(_ key: String) throws(Unreadable) -> String? {
    guard let member = optional(key) else { return nil }
    return try member.text()
  }

  func optionalPlace() throws(Unreadable) -> Place? {
    guard let member = optional("place") else { return nil }
    return try member.place()
  }
}

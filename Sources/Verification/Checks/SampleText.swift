/// A value as it may be shown: what it is like, and not what it is.
///
/// Of a mail address the first letters of mailbox and domain and the last label stay (`j***@g***.com`), of a number its
/// signs and none of its digits, of anything else the first letter of each of at most three words.
enum SampleText {
  private static let mostWords = 3
  private static let stars = "***"

  static func masked(_ value: UnsafeRawBufferPointer) -> String {
    let text = String(decoding: value.prefix(400), as: UTF8.self)
    if let address = address(in: text) { return address }
    let signs: Set<Character> = ["+", "-", "(", ")", ".", "/", " ", ":"]
    if text.count <= 40, text.contains(where: \.isNumber), text.allSatisfy({ $0.isNumber || signs.contains($0) }) {
      return String(text.map { $0.isNumber ? "*" : $0 })
    }
    let words = text.split(whereSeparator: { !$0.isLetter && !$0.isNumber })
    let shown = words.prefix(mostWords).map { word in
      "\(word.first.map { $0.isLetter ? String($0) : "" } ?? "")\(stars)"
    }
    return shown.isEmpty ? stars : shown.joined(separator: " ") + (words.count > mostWords ? " …" : "")
  }

  /// A value that is a mail address and nothing else.
  private static func address(in text: String) -> String? {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, let mailbox = parts[0].first, let host = parts[1].first, !text.contains(" ") else {
      return nil
    }
    let label = parts[1].split(separator: ".").last.map(String.init) ?? ""
    let end = parts[1].contains(".") && label.utf8.count <= 6 && label.allSatisfy(\.isLetter) ? ".\(label)" : ""
    return "\(mailbox.isLetter ? String(mailbox) : "")\(stars)@\(host.isLetter ? String(host) : "")\(stars)\(end)"
  }
}

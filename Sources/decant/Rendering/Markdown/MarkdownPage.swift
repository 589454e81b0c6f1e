/// A text with a limit in bytes. What does not fit is counted, never cut.
struct MarkdownPage {
  /// GitHub refuses a comment of more than 65,536 characters; what a job puts around ours has room too.
  static let limit = 60_000

  private(set) var text = ""
  private let limit: Int

  /// `end` is what comes last; its room is kept.
  init(keeping end: String) { limit = MarkdownPage.limit - end.utf8.count }

  /// One thing of a list, and what it is one of: `update`.
  struct Item {
    let kind: String
    let text: String
  }

  private var room: Int { limit - text.utf8.count }

  /// A block with an empty line after it; left out as a whole where it does not fit.
  mutating func add(_ block: String) {
    let block = block.trimmedLines
    if !block.isEmpty, block.utf8.count + 2 <= room { text += block + "\n\n" }
  }

  /// A title, then the items in their order within `share` bytes, then how many more there are.
  mutating func add(_ title: String, _ head: String = "", _ items: [Item], share: Int = MarkdownPage.limit) {
    guard !items.isEmpty else { return }
    let opening = "### \(title)\n\n" + (head.isEmpty ? "" : head + "\n")
    var left = min(share, room) - MarkdownPage.sentenceSize - opening.utf8.count
    var shown = 0
    while shown < items.count, items[shown].text.utf8.count + 1 <= left {
      left -= items[shown].text.utf8.count + 1
      shown += 1
    }
    let rest = MarkdownPage.rest(items[shown...])
    let block = items[..<shown].map { $0.text + "\n" }.joined() + (rest.isEmpty ? "" : "\n\(rest)\n")
    add((shown > 0 ? opening : "### \(title)\n") + block)
  }

  /// What the sentence about the rest may take: a few kinds with their numbers.
  private static let sentenceSize = 500

  private static func rest(_ items: ArraySlice<Item>) -> String {
    guard !items.isEmpty else { return "" }
    var counts: [(kind: String, number: Int)] = []
    for item in items {
      if let index = counts.firstIndex(where: { $0.kind == item.kind }) {
        counts[index].number += 1
      } else {
        counts.append((item.kind, 1))
      }
    }
    let kinds = counts.map { "\(Text.grouped($0.number)) more \($0.kind)\($0.number == 1 ? "" : "s")" }
    return "… and \(kinds.joined(separator: ", ")) of the same kind, which did not fit here."
  }
}

extension String {
  /// Without line breaks at the end.
  fileprivate var trimmedLines: String {
    var text = self[...]
    while text.last == "\n" { text.removeLast() }
    return String(text)
  }
}

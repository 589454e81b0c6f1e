/// What a template writes: runs of text and hexadecimal digits with keys of rows, at least one byte each, between.
struct TemplateGrammar {
  private let runs: [[TemplateMask.Piece]]
  private let digits: Int

  init(runs: [[TemplateMask.Piece]], _ digits: Int) {
    self.runs = runs
    self.digits = digits
  }

  /// The first run stands at the beginning, the last one at the end, and each of the others is taken where it comes
  /// first: nothing is won by taking it later.
  func accepts(_ value: UnsafeRawBufferPointer) -> Bool {
    guard let first = runs.first, matches(first, value, at: 0) else { return false }
    guard runs.count > 1, let last = runs.last else { return length(of: first) == value.count }
    var place = length(of: first)
    for run in runs.dropFirst().dropLast() {
      guard let found = firstPlace(of: run, in: value, from: place + 1) else { return false }
      place = found + length(of: run)
    }
    let end = value.count - length(of: last)
    return end > place && matches(last, value, at: end)
  }

  private func firstPlace(of run: [TemplateMask.Piece], in value: UnsafeRawBufferPointer, from: Int) -> Int? {
    let last = value.count - length(of: run)
    return from <= last ? (from...last).first { matches(run, value, at: $0) } : nil
  }

  private func length(of run: [TemplateMask.Piece]) -> Int { run.reduce(0) { $0 + length(of: $1) } }

  private func length(of piece: TemplateMask.Piece) -> Int {
    switch piece {
    case .text(let bytes): bytes.count
    case .hexadecimal: digits
    case .row: 0
    }
  }

  private func matches(_ run: [TemplateMask.Piece], _ value: UnsafeRawBufferPointer, at start: Int) -> Bool {
    var place = start
    for piece in run {
      let end = place + length(of: piece)
      guard end <= value.count else { return false }
      switch piece {
      case .text(let bytes): guard value.part(place, end).isExactly(bytes) else { return false }
      case .hexadecimal: guard value.isHexadecimal(from: place, count: digits) else { return false }
      case .row: break
      }
      place = end
    }
    return true
  }
}

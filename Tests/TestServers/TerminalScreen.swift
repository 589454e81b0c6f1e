/// What somebody sees who looks at a terminal: enough of ECMA-48 for programs that draw in place.
public struct TerminalScreen {
  public let columns: Int
  /// What was asked of the terminal and is not known here; a test that cannot tell what is seen should say so.
  public private(set) var unknown: [String] = []
  private var rows: [[Unicode.Scalar]] = []
  private var row = 0
  private var column = 0
  private var wraps = true

  public init(columns: Int) { self.columns = columns }

  /// Without blanks at the end of a line, and without empty lines at the end.
  public var lines: [String] {
    var lines = rows.map { cells in
      let end = cells.lastIndex { $0 != " " }.map { $0 + 1 } ?? 0
      return String(String.UnicodeScalarView(cells[..<end].filter { $0 != Self.rest }))
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  /// By scalars: the end of a line is two of them behind a terminal's driver, and one character of Swift's.
  public mutating func write(_ text: String) {
    var left = Array(text.unicodeScalars)[...]
    while let scalar = left.popFirst() {
      switch scalar {
      case "\n": (row, column) = (row + 1, 0)
      case "\r": column = 0
      case "\u{1B}": obey(&left)
      default: put(scalar)
      }
    }
  }

  /// A control sequence: `[`, parameters, and the letter that says what is to be done.
  private mutating func obey(_ left: inout ArraySlice<Unicode.Scalar>) {
    guard left.first == "[" else { return unknown.append("ESC without [") }
    left.removeFirst()
    var parameters = ""
    while let scalar = left.popFirst() {
      if (0x40...0x7E).contains(scalar.value) { return obey(parameters, scalar) }
      parameters.unicodeScalars.append(scalar)
    }
  }

  private mutating func obey(_ parameters: String, _ command: Unicode.Scalar) {
    switch "\(parameters)\(command)" {
    case "?7l": wraps = false
    case "?7h": wraps = true
    case "K", "0K": erase(after: column, in: row)
    case "J", "0J":
      erase(after: column, in: row)
      rows.removeSubrange(min(rows.count, row + 1)...)
    default:
      switch command {
      case "F": (row, column) = (max(0, row - (Int(parameters) ?? 1)), 0)
      case "m": break
      default: unknown.append("\(parameters)\(command)")
      }
    }
  }

  private mutating func erase(after column: Int, in row: Int) {
    guard row < rows.count, column < rows[row].count else { return }
    rows[row].removeSubrange(column...)
  }

  /// In the last column a terminal waits for what comes next; then it goes on in the next line, or stays where it is.
  private mutating func put(_ scalar: Unicode.Scalar) {
    let cells = Self.isWide(scalar) ? 2 : 1
    if column + cells > columns {
      if wraps { (row, column) = (row + 1, 0) } else { column = columns - cells }
    }
    while rows.count <= row { rows.append([]) }
    while rows[row].count < column + cells { rows[row].append(" ") }
    rows[row][column] = scalar
    if cells == 2 { rows[row][column + 1] = Self.rest }
    column += cells
  }

  /// The second column of a wide letter.
  private static let rest: Unicode.Scalar = "\u{0}"

  /// Letters of East Asia (Unicode Standard Annex 11), roughly.
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool { (0x2E80...0xFFDC).contains(scalar.value) }
}

import Reconciliation
import Synchronization

/// What people see while a copy is made: on a terminal a bar for the whole and one for each running table, redrawn in
/// place; in a pipe one line for each finished table.
final class CopyMeter: Sendable {
  private let address: Address
  private let isTerminal: Bool
  private let isSilent: Bool
  private let clock = ContinuousClock()
  private let began: ContinuousClock.Instant
  private let drawnLines = Mutex(0)

  /// - Parameter isSilent: standard output holds a report for machines, or only the summary is wanted.
  init(_ address: Address, isSilent: Bool) {
    self.address = address
    self.isSilent = isSilent
    isTerminal = Console.errorIsTerminal
    began = clock.now
  }

  func hear(_ progress: CopyProgress) {
    if isTerminal { return draw(progress) }
    guard !isSilent, let table = progress.finished else { return }
    Console.write(
      "    \(Text.shown(table.name)): \(Text.counted(table.rows, "row")), \(Text.bytes(table.bytes))\n", toError: true)
  }

  /// Takes the bars away, so that the outcome's line stands in their place.
  func end() {
    drawnLines.withLock { lines in
      if lines > 0 { Console.write(Self.erasing(lines), toError: true) }
      lines = 0
    }
  }

  private func draw(_ progress: CopyProgress) {
    let lines = ([head(progress)] + progress.running.prefix(8).map(row)).map {
      String($0.prefix(Console.errorWidth - 1))
    }
    drawnLines.withLock { count in
      Console.write(Self.erasing(count) + lines.joined(separator: "\n") + "\n", toError: true)
      count = lines.count
    }
  }

  private func head(_ progress: CopyProgress) -> String {
    let title = "  » \(Text.padded(Text.shown(address.description), to: 39))"
    guard progress.phase == .rows else { return "\(title) \(progress.phase.spoken)" }
    let share = progress.totalBytes > 0 ? min(1, Double(progress.bytes) / Double(progress.totalBytes)) : 0
    let seconds = max(0.001, Double((clock.now - began).components.seconds) + 0.001)
    let left = share > 0.01 ? "\(Text.age(Int(seconds / share - seconds))) left" : ""
    return "\(title) \(Self.bar(share))  \(Text.grouped(Int(Double(progress.rows) / seconds))) rows/s  \(left)"
  }

  private func row(_ table: CopyProgress.Table) -> String {
    let share = table.totalBytes > 0 ? min(1, Double(table.bytes) / Double(table.totalBytes)) : 0
    return "    \(Text.padded(Text.shown(table.name), to: 39)) \(Self.bar(share))  \(Text.counted(table.rows, "row"))"
  }

  private static func bar(_ share: Double) -> String {
    let filled = Int(share * 15)
    let percent = Text.padded(leading: "\(Int(share * 100))", to: 3)
    return String(repeating: "█", count: filled) + String(repeating: "░", count: 15 - filled) + " \(percent) %"
  }

  /// Up to the first of the lines, and everything below it gone.
  private static func erasing(_ lines: Int) -> String { lines == 0 ? "" : "\u{1B}[\(lines)F\u{1B}[J" }
}

extension CopyProgress.Phase {
  var spoken: String {
    switch self {
    case .schema: "making the quarantine"
    case .rows: "copying rows"
    case .statements: "running SQL on the rows"
    case .indexes: "building indexes and keys"
    case .checks: "checking the copy"
    case .originals: "looking for originals in it"
    case .archive: "writing the archive"
    case .publish: "putting it in place"
    }
  }
}

extension Stage {
  /// Makes one target's copy anew, and shows how far it is.
  func refresh(_ action: Action, in declaration: Declaration, through ports: Ports) -> CopyResult {
    guard let object = declaration[action.address] else {
      return .failed("\(action.address) is not declared here", hint: nil)
    }
    let meter = CopyMeter(action.address, isSilent: options.output.quiet || options.output.standardOutput != nil)
    defer { meter.end() }
    let made = catalogue[action.address.kind]?.refresh(
      object, in: declaration, through: ports, because: action.reason.rawValue, of: action.source,
      progress: meter.hear)
    return made ?? .failed("objects of this kind have no copy", hint: nil)
  }
}

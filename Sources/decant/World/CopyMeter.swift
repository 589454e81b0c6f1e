import Reconciliation
import Synchronization

/// What people see while a copy is made: on a terminal a bar for the whole and one for each running table, redrawn in
/// place; in a pipe one line for each finished table.
final class CopyMeter: Sendable {
  private let address: Address
  private let isTerminal: Bool
  private let isSilent: Bool
  private let state = Mutex(State())

  private struct State {
    var lines = RedrawnLines()
    /// When something else than rows was heard of last: what comes before the rows says nothing about their rate.
    var since = ContinuousClock.now
  }

  /// - Parameter isSilent: standard output holds a report for machines, or only the summary is wanted.
  init(_ address: Address, isSilent: Bool) {
    self.address = address
    self.isSilent = isSilent
    isTerminal = Console.errorIsTerminal
  }

  func hear(_ progress: CopyProgress) {
    if isTerminal { return draw(progress) }
    guard !isSilent, let table = progress.finished else { return }
    Console.write(
      "    \(Text.shown(table.name)): \(Text.counted(table.rows, "row")), \(Text.bytes(table.bytes))\n", toError: true)
  }

  /// Takes the bars away, so that the outcome's line stands in their place.
  func end() { state.withLock { Console.write($0.lines.clear(), toError: true) } }

  private func draw(_ progress: CopyProgress) {
    let frame = CopyFrame(address: address, width: Console.errorColumns)
    state.withLock { state in
      if progress.phase != .rows { state.since = .now }
      let lines = frame.lines(progress, after: ContinuousClock.now - state.since)
      Console.write(state.lines.draw(lines), toError: true)
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

import Synchronization

/// One line on a terminal's standard error that says how far long work is; silent in a pipe, and for the first moments,
/// so that quick work leaves no flicker.
final class Progress: Sendable {
  private let title: String
  private let total: Int
  private let isShown: Bool
  private let began = ContinuousClock.now
  private let state = Mutex((count: 0, hasWritten: false))

  init(_ title: String, total: Int, isSilent: Bool = false) {
    self.title = title
    self.total = total
    isShown = !isSilent && total > 1 && Console.errorIsTerminal
  }

  func step(_ name: String) {
    guard isShown else { return }
    state.withLock { state in
      state.count += 1
      guard ContinuousClock.now - began > .milliseconds(300) else { return }
      state.hasWritten = true
      Console.write("\r\u{1B}[K\(title) \(state.count) of \(total): \(Text.shown(name))", toError: true)
    }
  }

  func end() {
    state.withLock { state in
      if state.hasWritten { Console.write("\r\u{1B}[K", toError: true) }
      state.hasWritten = false
    }
  }
}

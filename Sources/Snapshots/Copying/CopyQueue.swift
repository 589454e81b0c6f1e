import Reconciliation
private import Runtime
private import Synchronization

/// The tasks that are left, shared by the workers, and how far the copy is.
final class CopyQueue: Sendable {
  private let tasks: [CopyTask]
  private let names: [String]
  private let sizes: [Int]
  private let progress: @Sendable (CopyProgress) -> Void
  private let state: Mutex<State>

  private struct State {
    var next = 0
    var failure: RefreshFailure?
    var rows: [Int]
    var bytes: [Int]
    /// Tasks of each table that have not ended.
    var open: [Int]
    var running: Set<Int> = []
    var lastTold = ContinuousClock.now
  }

  init(
    _ tasks: [CopyTask], names: [String], sizes: [Int], progress: @escaping @Sendable (CopyProgress) -> Void
  ) {
    self.tasks = tasks
    self.names = names
    self.sizes = sizes
    self.progress = progress
    var open = Array(repeating: 0, count: names.count)
    for task in tasks { for table in task.tables { open[table] += 1 } }
    state = Mutex(
      State(
        rows: Array(repeating: 0, count: names.count), bytes: Array(repeating: 0, count: names.count), open: open))
  }

  /// The next task with its number; nothing when all are taken, or one has failed.
  func take() -> (number: Int, task: CopyTask)? {
    state.withLock { state in
      guard state.failure == nil, state.next < tasks.count else { return nil }
      state.next += 1
      return (state.next - 1, tasks[state.next - 1])
    }
  }

  /// The first failure ends the copy: workers take no other task.
  func fail(_ failure: RefreshFailure) { state.withLock { $0.failure = $0.failure ?? failure } }

  var failure: RefreshFailure? { state.withLock { $0.failure } }
  var hasFailed: Bool { failure != nil }

  /// Rows and bytes of a table that have come since the last call; negative where a task begins again.
  func advance(_ table: Int, rows: Int, bytes: Int) {
    let told = state.withLock { state -> CopyProgress? in
      state.rows[table] += rows
      state.bytes[table] += bytes
      state.running.insert(table)
      guard ContinuousClock.now - state.lastTold > Self.interval else { return nil }
      state.lastTold = .now
      return self.told(state)
    }
    if let told { progress(told) }
  }

  /// A table of a task has come to its end.
  func finish(_ table: Int) {
    let told = state.withLock { state -> CopyProgress? in
      state.open[table] -= 1
      guard state.open[table] == 0 else { return nil }
      state.running.remove(table)
      var told = self.told(state)
      told.finished = line(table, state)
      return told
    }
    if let told { progress(told) }
  }

  private static let interval = Duration.milliseconds(200)

  private func told(_ state: State) -> CopyProgress {
    CopyProgress(
      phase: .rows, rows: state.rows.reduce(0, +), bytes: state.bytes.reduce(0, +),
      totalBytes: sizes.reduce(0, +), running: state.running.sorted().map { line($0, state) })
  }

  private func line(_ table: Int, _ state: State) -> CopyProgress.Table {
    CopyProgress.Table(
      name: names[table], rows: state.rows[table], bytes: state.bytes[table], totalBytes: sizes[table])
  }
}

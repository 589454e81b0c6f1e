import Runtime

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// One run of a program: what it is given, and how long it may take.
struct ProgramRun {
  /// The whole path.
  var program: String
  var arguments: [String]
  var environment: [String: String]
  /// Open in the child from descriptor 3 on, in this order.
  var files: [HandedFile] = []
  var limit: TimeLimit
  var interrupt: Interrupt?
  /// At most so many bytes of the standard output are kept; more is an error.
  var outputLimit = 64 << 20

  /// "pg_dump".
  var name: String { program.split(separator: "/").last.map(String.init) ?? program }

  /// Runs it to its end and gives its standard output. It has then ended, with everything that it started.
  func output() throws(ToolFailure) -> [UInt8] {
    let input = try Null.open()
    let (output, errors) = (try ChildPipe(), try ChildPipe())
    let child: ChildProcess
    do {
      child = try ChildProcess(
        program, arguments, environment: environment,
        descriptors: [input.descriptor, output.writing, errors.writing] + files.map(\.descriptor))
    } catch { throw ToolFailure(error.kind, program: name, error.message) }
    output.closeWriting()
    errors.closeWriting()
    var reading = Reading(run: self, child: child, output: output, errors: errors)
    return try reading.toTheEnd()
  }
}

/// The loop around one child: both streams, its end, the interrupt, the time.
private struct Reading {
  let run: ProgramRun
  let child: ChildProcess
  let output, errors: ChildPipe
  var kept: [UInt8] = []
  var complaint = ProgramComplaint()
  var countdown: Countdown

  init(run: ProgramRun, child: ChildProcess, output: ChildPipe, errors: ChildPipe) {
    (self.run, self.child, self.output, self.errors) = (run, child, output, errors)
    countdown = Countdown(run.limit)
  }

  mutating func toTheEnd() throws(ToolFailure) -> [UInt8] {
    while true {
      switch look() {
      case .ended:
        drain()
        return try judge(child.end())
      case .interrupted: throw stop(.interrupted, "interrupted")
      case .written:
        countdown.moved()
        guard kept.count <= run.outputLimit else {
          throw stop(.unfit, "it wrote more than \(run.outputLimit) bytes, which is not what was asked for")
        }
      case .nothing:
        if countdown.isOver() { throw stop(.timedOut, "\(whatPassed) within \(run.limit.granted.spoken)") }
      }
    }
  }

  private var whatPassed: String {
    if case .total = run.limit { return "it did not end" }
    return "it did not move"
  }

  private enum Look { case ended, interrupted, written, nothing }

  private mutating func look() -> Look {
    var waiting = [child.ended.descriptor, run.interrupt?.descriptor ?? -1, output.reading, errors.reading]
      .map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    guard poll(&waiting, nfds_t(waiting.count), countdown.nextLook.milliseconds) > 0 else { return .nothing }
    if waiting[1].revents != 0 { return .interrupted }
    let wrote = [waiting[2].revents != 0 && takeOutput(), waiting[3].revents != 0 && takeErrors()]
    if waiting[0].revents != 0 { return .ended }
    return wrote.contains(true) ? .written : .nothing
  }

  private mutating func takeOutput() -> Bool {
    var kept = kept
    self.kept = []
    let isMore = output.read { kept.append(contentsOf: $0) }
    self.kept = kept
    return isMore
  }

  private mutating func takeErrors() -> Bool {
    var complaint = complaint
    let isMore = errors.read { complaint.take($0) }
    self.complaint = complaint
    return isMore
  }

  /// What the child wrote before its end. Something that it started may still hold the pipes; it is not waited for.
  private mutating func drain() {
    while takeOutput() {}
    while takeErrors() {}
    complaint.endLine()
  }

  /// Asks the child to end, gives it a moment, and kills it.
  private mutating func stop(_ kind: ToolFailure.Kind, _ message: String) -> ToolFailure {
    child.terminate()
    let grace = Deadline.after(.seconds(2))
    while !grace.hasPassed, !child.ended.isRaised {
      var waiting = [child.ended.descriptor, output.reading, errors.reading]
        .map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      _ = poll(&waiting, nfds_t(waiting.count), grace.milliseconds)
      // A child that waits for room in a pipe could not end.
      if waiting[1].revents != 0 { _ = output.read { _ in } }
      if waiting[2].revents != 0 { _ = errors.read { _ in } }
    }
    _ = child.end()
    return ToolFailure(kind, program: run.name, message)
  }

  private func judge(_ ending: ChildProcess.Ending) throws(ToolFailure) -> [UInt8] {
    switch ending {
    case .exited(0): return kept
    case .exited(let status):
      let message = complaint.message ?? "it failed without a word (exit code \(status))"
      throw ToolFailure(
        .failed(status: status), program: run.name,
        [message, complaint.entry].compactMap(\.self).joined(separator: ": at "))
    case .signalled(let signal):
      throw ToolFailure(
        .killed(signal: signal), program: run.name, "it was ended by signal \(signal), which was not ours")
    }
  }
}

/// `/dev/null`, open for reading: the owner of one descriptor.
private final class Null {
  let descriptor: Int32

  private init(_ descriptor: Int32) { self.descriptor = descriptor }
  deinit { close(descriptor) }

  static func open() throws(ToolFailure) -> Null {
    #if canImport(Glibc)
      let descriptor = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
    #else
      let descriptor = Darwin.open("/dev/null", O_RDONLY | O_CLOEXEC)
    #endif
    guard descriptor >= 0 else { throw ToolFailure(.system, program: nil, "/dev/null: \(systemError())") }
    return Null(descriptor)
  }
}

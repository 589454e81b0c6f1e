import Masking

/// What is to be asked of the filter, by fingerprint: the filter lies in memory that is far away, so a question is put
/// when its lines of memory have had the time to arrive.
///
/// The owner of its memory.
struct CandidateQueue: ~Copyable, CandidateTaker {
  private struct Question {
    var fingerprint: KeyedFingerprint
    var place: Int
  }

  private let part: LeakFilterPart
  private let questions: UnsafeMutablePointer<Question>
  private var count = 0
  /// The place whose value is being read.
  private var place = 0
  private let densities: [Double]

  /// Of the value that is being read.
  private(set) var candidates = 0
  /// Sum over its numbers of their probability to be another number by chance.
  private(set) var chanceOfNumbers = 0.0
  /// The first original of each place, in the order in which they were found; emptied by whoever reads them.
  private(set) var found: [(place: Int, fingerprint: KeyedFingerprint)] = []

  private static let capacity = 256

  init(_ part: LeakFilterPart) {
    self.part = part
    questions = .allocate(capacity: Self.capacity)
    densities = (0...LeakCounts.longestNumber).map { part.density(ofDigits: $0) }
  }

  deinit { questions.deallocate() }

  /// The next candidates are those of a value in this place.
  @inline(__always)
  mutating func begin(_ place: Int) {
    self.place = place
    (candidates, chanceOfNumbers) = (0, 0)
  }

  @inline(__always)
  mutating func put(_ key: UnsafeRawBufferPointer, _ kind: TextKind) {
    candidates += 1
    if kind == .number { chanceOfNumbers += densities[min(key.count, LeakCounts.longestNumber)] }
    let fingerprint = part.fingerprinter.fingerprint(key)
    part.prefetch(fingerprint)
    (questions + count).initialize(to: Question(fingerprint: fingerprint, place: place))
    count += 1
    if count == Self.capacity { settle() }
  }

  /// Asks what was put.
  @inline(__always)
  mutating func settle() {
    for index in 0..<count where part.contains(questions[index].fingerprint) { note(questions[index]) }
    count = 0
  }

  private mutating func note(_ question: Question) {
    guard !found.contains(where: { $0.place == question.place }) else { return }
    found.append((question.place, question.fingerprint))
  }

  mutating func removeFound() { found.removeAll(keepingCapacity: true) }
}

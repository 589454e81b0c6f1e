import Masking

/// Asks the filter about values of one place after another. Belongs to one thread.
struct Prober: ~Copyable {
  private var reader: CandidateReader
  private var queue: CandidateQueue
  private var clean = CleanValues()

  init(_ part: LeakFilterPart) {
    reader = CandidateReader(part.lengths)
    queue = CandidateQueue(part)
  }

  /// Looks at a value, and gives the first original that is in it.
  mutating func probe(_ value: UnsafeRawBufferPointer, as form: CandidateReader.Form, _ tally: inout SuspectTally)
    -> KeyedFingerprint?
  {
    look(value, as: form, in: 0, &tally)
    return answer()
  }

  /// What stands between two quotes of a text that is as long as a schema.
  mutating func probeQuoted(_ text: UnsafeRawBufferPointer, _ quote: UInt8, _ tally: inout SuspectTally)
    -> KeyedFingerprint?
  {
    queue.begin(0)
    reader.readQuoted(text, quote, into: &queue)
    tally.candidates += queue.candidates
    tally.chanceOfNumbers += queue.chanceOfNumbers
    return answer()
  }

  /// Looks at a value of a row; what was found in the row is told by `settle`.
  @inline(__always)
  mutating func look(
    _ value: UnsafeRawBufferPointer, as form: CandidateReader.Form, in place: Int, _ tally: inout SuspectTally
  ) {
    tally.values += 1
    let slot = clean.slot(of: value)
    if let slot, let known = clean.findings(value, form, in: slot) {
      tally.candidates += known.candidates
      tally.chanceOfNumbers += known.chanceOfNumbers
      return
    }
    queue.begin(place)
    reader.read(value, as: form, into: &queue)
    tally.candidates += queue.candidates
    tally.chanceOfNumbers += queue.chanceOfNumbers
    guard let slot else { return }
    let findings = CleanValues.Findings(candidates: queue.candidates, chanceOfNumbers: queue.chanceOfNumbers)
    clean.wait(value, form, in: slot, of: place, findings)
  }

  /// Calls `tell` for each value that was looked at since the last call and has an original in it.
  @inline(__always)
  mutating func settle(_ tell: (_ place: Int, _ fingerprint: KeyedFingerprint) -> Void) {
    queue.settle()
    clean.settle(queue.found)
    guard !queue.found.isEmpty else { return }
    for found in queue.found { tell(found.place, found.fingerprint) }
    queue.removeFound()
  }

  private mutating func answer() -> KeyedFingerprint? {
    var answer: KeyedFingerprint?
    settle { answer = answer ?? $1 }
    return answer
  }
}

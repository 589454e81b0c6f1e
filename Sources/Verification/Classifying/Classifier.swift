public import Masking

/// Says of columns whether people's data is in them, from name, type and some values.
public struct Classifier: Sendable {
  public let settings: DetectionSettings
  let detectors: [any Detector]
  let finder: TextFinder
  /// Those whose values chance makes too often to be told alone, and a word beside them tells.
  private let numbers: [any Detector]
  private let leaves = JSONPathMask([(path: [], mask: LeafProbe())])

  public init(settings: DetectionSettings = DetectionSettings()) {
    self.settings = settings
    let extra = settings.patterns.map { ExtraPatternDetector($0) as any Detector }
    detectors = (extra + .builtIn).filter { !settings.ignored.contains($0.kind) }
    finder = TextFinder(extra: extra.filter(\.isToldByForm))
    numbers = detectors.filter { $0.kind == "card" || $0.kind == "us_ssn" || $0 is any NationalNumber }
  }

  /// Whether a column of this type can hold what is looked for.
  public func canClassify(_ column: Column) -> Bool {
    let (family, _) = column.type.family.elements
    return family.holdsText || detectors.contains { $0.serves(family) }
  }

  /// The kinds whose score reaches their threshold, the surest first; nothing where the column looks like nobody's.
  ///
  /// - Parameter sample: none at all is no proof of anything: then the name decides alone.
  public func classify(column: Column, table: Table, sample: ColumnSample) -> [Detection] {
    let (family, isArray) = column.type.family.elements
    let asked = detectors.filter { $0.serves(family) }
    guard !asked.isEmpty || family.holdsText else { return [] }
    var tally = MatchTally(asked.count, finder.names.count)
    sample.forEach { value in
      isArray ? forEachElement(value) { look($0, family, asked, &tally) } : look(value, family, asked, &tally)
    }
    let scoring = ColumnScoring(column, table, asked, tally, settings)
    let whole = scoring.detections.filter { $0.score >= settings.threshold(of: $0.kind) }
    let looksInside = family.holdsText && !settings.ignored.contains("free_text")
    guard whole.isEmpty, looksInside else { return whole.stablySortedByScore }
    return scoring.inside(finder.names).filter { $0.score >= settings.threshold(of: $0.kind) }
  }

  /// The kind that one value is or holds, where its bytes tell it for certain; nothing for what only a whole column or
  /// its name could tell.
  public func kind(of value: UnsafeRawBufferPointer) -> String? {
    let value = value.trimmed
    for detector in detectors where !detector.isLeftToColumns && detector.match(value) >= .form { return detector.kind }
    let found = inside(value)
    return finder.names.first { found & finder.bit($0) != 0 }
  }

  private func look(
    _ value: UnsafeRawBufferPointer, _ family: ColumnType.Family, _ asked: [any Detector], _ tally: inout MatchTally
  ) {
    let value = value.trimmed
    guard !value.isEmpty else { return }
    tally.values += 1
    if family.isDocument || PublishedValues.isMask(value) {
      if !family.isDocument { tally.masks += 1 }
    } else {
      for (index, detector) in asked.enumerated() { tally.take(detector.match(value), of: index) }
    }
    guard family.holdsText else { return }
    tally.take(inside: inside(value))
  }

  /// Of JSON the leaves, of other text what the finder sees.
  private func inside(_ value: UnsafeRawBufferPointer) -> UInt64 {
    guard value.count > 8 else { return 0 }
    guard value[0] == UInt8(ascii: "{") || value[0] == UInt8(ascii: "[") else { return finder.find(in: value) }
    var found: UInt64 = 0
    do throws(MaskFailure) {
      try leaves.leaves(of: value) { leaf, _ in found |= kinds(ofLeaf: leaf.trimmed) }
      return found | named(in: value)
    } catch {
      return finder.find(in: value)
    }
  }

  private func kinds(ofLeaf leaf: UnsafeRawBufferPointer) -> UInt64 {
    guard leaf.count > 5 else { return 0 }
    for detector in detectors where !detector.isLeftToColumns && detector.match(leaf) >= .form {
      return finder.bit(detector.kind)
    }
    return finder.find(in: leaf)
  }

  /// Of JSON the numbers with a check whose key says what they are, as a column's name would: `{"card_number": "4539…"}`.
  private func named(in document: UnsafeRawBufferPointer) -> UInt64 {
    var (found, walk): (UInt64, JSONKeyWalk) = (0, JSONKeyWalk(document))
    while let (key, value) = walk.next() {
      guard (9...24).contains(value.count), !key.isEmpty else { continue }
      for detector in numbers where detector.isNamed(by: key, detector.match(value)) {
        found |= finder.bit(detector.kind)
      }
    }
    return found
  }

  /// PostgreSQL's text of an array (manual, section 8.15.6): what stands between commas, without quotes.
  private func forEachElement(_ value: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
    var (start, isQuoted, index) = (0, false, 0)
    func give(_ end: Int) {
      var (from, to) = (start, end)
      if to - from > 1, value[from] == UInt8(ascii: "\""), value[to - 1] == UInt8(ascii: "\"") {
        (from, to) = (from + 1, to - 1)
      }
      if to > from { body(value.part(from, to)) }
    }
    while index < value.count {
      switch value[index] {
      case UInt8(ascii: "\\"): index += 1
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: ","), UInt8(ascii: "{"), UInt8(ascii: "}"):
        if !isQuoted {
          give(index)
          start = index + 1
        }
      default: break
      }
      index += 1
    }
  }
}

/// A mask that masks nothing: the walk over JSON asks for one at each path.
private struct LeafProbe: Mask {
  let traits = MaskTraits(uniqueness: .preserved, leak: .off)

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    sink.append(value)
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { true }
}

extension Detector {
  /// Whether a number of this match is one where it stands under a key. Nine bare digits have no check, so that their key
  /// has to be one that hardly anything else has.
  fileprivate func isNamed(by key: UnsafeRawBufferPointer, _ match: ValueMatch) -> Bool {
    guard match == .checked || (kind == "us_ssn" && match == .weak) else { return false }
    let found = words.found(in: ColumnNameWords(String(decoding: key, as: UTF8.self)))
    return match == .checked ? found != nil : found?.strength == .strong
  }

  /// Much else passes by chance, so that single values say nothing: bare digits with a check, two words.
  var isLeftToColumns: Bool {
    switch kind {
    case "it_codice_fiscale", "fi_hetu", "es_dni": false
    case "card", "name", "address", "birth_date": true
    default: self is any NationalNumber
    }
  }
}

extension ColumnType.Family {
  fileprivate var elements: (family: Self, isArray: Bool) {
    if case .array(let element) = self { return (element.family.elements.family, true) }
    return (self, false)
  }

  /// Whole values are documents, and only parts of them can be personal.
  fileprivate var isDocument: Bool {
    switch self {
    case .json, .jsonb, .xml, .composite, .textSearch, .other: true
    default: false
    }
  }

  fileprivate var holdsText: Bool { self == .text || isDocument }
}

extension [Detection] {
  fileprivate var stablySortedByScore: [Detection] {
    enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }.map(\.element)
  }
}

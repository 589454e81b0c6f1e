import Masking

/// Makes scores of what was counted. Reasons are independent witnesses: what is left of doubt is multiplied.
struct ColumnScoring {
  private let column: Column
  private let table: Table
  private let detectors: [any Detector]
  private let tally: MatchTally
  private let settings: DetectionSettings
  private let words: ColumnNameWords

  /// What a name is worth that hardly anything else has, and one that other things have too.
  private static let (strongName, weakName) = (0.6, 0.25)
  /// Checks that chance passes once in ten values have to hold for nearly all, and for ten values at least.
  private static let (mostShare, mostValues) = (0.8, 10)

  init(
    _ column: Column, _ table: Table, _ detectors: [any Detector], _ tally: MatchTally, _ settings: DetectionSettings
  ) {
    self.column = column
    self.table = table
    self.detectors = detectors
    self.tally = tally
    self.settings = settings
    words = ColumnNameWords(column.name)
  }

  var detections: [Detection] {
    let scored = detectors.indices.compactMap { index -> (detector: any Detector, detection: Detection)? in
      detection(of: index).map { (detectors[index], $0) }
    }
    // An e-mail address is no postal one: a form that is told for certain leaves nothing to kinds told by names.
    let isTold = scored.contains { $0.detector.isToldByForm && $0.detection.score >= settings.threshold }
    return scored.filter { !isTold || $0.detector.isToldByForm }.map(\.detection)
  }

  private func detection(of index: Int) -> Detection? {
    let detector = detectors[index]
    var (doubt, reasons): (Double, [Detection.Reason]) = (1, [])
    if let name = nameWorth(detector, index) {
      doubt *= 1 - name.worth
      reasons += name.reasons
    }
    let values = valueWorth(detector, index, isNamed: !reasons.isEmpty)
    doubt *= 1 - values.worth
    if values.worth > 0, column.type.family == .network || column.type.family == .macAddress {
      reasons.append(.type(column.type.name))
    }
    reasons += values.reasons
    guard doubt < 1 else { return nil }
    return Detection(
      kind: detector.kind, title: detector.title, score: 1 - doubt, reasons: reasons, sampled: tally.values)
  }

  // MARK: Names

  /// What the name is worth, if the values do not speak against it.
  private func nameWorth(_ detector: any Detector, _ index: Int) -> (worth: Double, reasons: [Detection.Reason])? {
    guard let found = detector.words.found(in: words), !isPart(found.phrase), agrees(detector, index) else {
      return nil
    }
    let isPeople = found.strength == .weak && detector.kind == "name" && Self.personNames.contains(found.phrase)
    if isPeople, let context = tableWord {
      return (Self.strongName, [.columnName(found.phrase), .contextWord(context)])
    }
    let worth = found.strength == .strong ? Self.strongName : Self.weakName
    // With no value to agree, a name that other things have too says nothing.
    return tally.values == 0 && found.strength == .weak ? nil : (worth, [.columnName(found.phrase)])
  }

  /// An `ip_address` is no address: the longer phrase is what the name says.
  private func isPart(_ phrase: String) -> Bool {
    detectors.contains { other in
      other.words.found(in: words).map { $0.phrase != phrase && $0.phrase.contains(phrase) } ?? false
    }
  }

  private func agrees(_ detector: any Detector, _ index: Int) -> Bool {
    guard tally.values > 0 else { return true }
    let real = tally.formed[index] + tally.checked[index]
    if detector.isToldByForm { return real > 0 || tally.share(tally.weak[index]) >= 0.1 }
    // Masks, or printed values: nobody's, whatever the name. And values of another form are not what the name says.
    if tally.masks + tally.published[index] >= tally.values { return false }
    return !detectors.indices.contains { other in
      detectors[other].isToldByForm
        && tally.share(tally.published[other] + tally.formed[other] + tally.checked[other]) >= 0.5
    }
  }

  private static let personNames: Set<String> = ["name", "display name", "username", "user name", "nick", "nickname"]
  private static let people: Set<String> = [
    "user", "users", "customer", "customers", "person", "persons", "people", "employee", "employees", "contact",
    "contacts", "patient", "patients", "member", "members", "subscriber", "subscribers", "student", "students", "lead",
    "leads", "client", "clients", "guest", "guests", "passenger", "passengers", "applicant", "applicants", "kunden",
    "clientes", "utilisateurs", "usuarios", "utenti", "klanten", "profiles", "recipients", "author", "authors",
  ]

  private var tableWord: String? { ColumnNameWords(table.name.name).words.first(where: Self.people.contains) }

  // MARK: Values

  private func valueWorth(
    _ detector: any Detector, _ index: Int, isNamed: Bool
  ) -> (worth: Double, reasons: [Detection.Reason]) {
    let checked = tally.share(tally.checked[index])
    let formed = tally.share(tally.formed[index])
    let weak = isNamed ? tally.share(tally.weak[index]) : 0
    var (doubt, reasons): (Double, [Detection.Reason]) = (1, [])
    if checked > 0, isNamed || isBeyondChance(detector, checked) {
      doubt *= 1 - 0.95 * Self.ramp(checked)
      reasons.append(.checksum(share: checked))
    }
    if formed + weak > 0 {
      doubt *= 1 - detector.formWeight * Self.ramp(formed) * (detector.kind == "name" ? 0.9 : 1)
      doubt *= 1 - 0.5 * weak
      let share = min(1, formed + weak)
      reasons.append(detector.kind == "name" ? .dictionary(share: share) : .pattern(share: share))
    }
    return (1 - doubt, reasons)
  }

  private func isBeyondChance(_ detector: any Detector, _ share: Double) -> Bool {
    guard detector.isLeftToColumns else { return true }
    return share >= Self.mostShare && tally.values >= Self.mostValues
  }

  /// A half of the values is as good as all; few of them are worth little here, and are told as `inside`.
  private static func ramp(_ share: Double) -> Double { share >= 0.5 ? 1 : share * 2 }

  // MARK: Inside

  /// What lies in parts of values, as one detection with a reason for each kind.
  func inside(_ names: [String]) -> [Detection] {
    var (reasons, most): ([Detection.Reason], Double) = ([], 0)
    for (bit, count) in tally.inside.enumerated() where count > 0 && !isDecided(names[bit]) {
      let share = tally.share(count)
      let isCertain = Self.certain.contains(names[bit])
      guard share >= settings.insideShare || (isCertain && (tally.values < 50 || (count > 1 && share >= 0.002))) else {
        continue
      }
      reasons.append(.inside(kind: names[bit], share: share))
      most = max(most, share)
    }
    guard !reasons.isEmpty else { return [] }
    let sorted = reasons.sorted { $0.insideShare > $1.insideShare }
    return [
      Detection(
        kind: "free_text", title: "text with personal data in it", score: min(0.9, 0.5 + 0.4 * most), reasons: sorted,
        sampled: tally.values)
    ]
  }

  /// Not looked for, or in so many whole values that the column as such was judged by it.
  private func isDecided(_ kind: String) -> Bool {
    if settings.ignored.contains(kind) { return true }
    guard let index = detectors.firstIndex(where: { $0.kind == kind }) else { return false }
    return tally.share(tally.formed[index] + tally.checked[index]) >= 0.5
  }

  /// Kinds that chance makes so seldom that two values are no chance.
  private static let certain: Set<String> = [
    "email", "iban", "us_ssn", "token", "url_user", "it_codice_fiscale", "fi_hetu", "card", "nl_bsn", "de_steuer_id",
  ]
}

extension Detection.Reason {
  fileprivate var insideShare: Double {
    if case .inside(_, let share) = self { return share }
    return 0
  }
}

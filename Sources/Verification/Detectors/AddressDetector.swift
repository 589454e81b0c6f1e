import Masking

/// A postal address: a house number and a word that streets are called by, beside each other or with one name between.
public struct AddressDetector: Detector {
  public init() {}

  public let kind = "address"
  public let title = "a postal address"
  public let isToldByForm = false
  public let formWeight = 0.75
  public let words = ColumnWords(
    strong: [
      "address", "street", "street address", "address line", "postal address", "home address", "billing address",
      "shipping address", "strasse", "straße", "anschrift", "hausnummer", "adresse", "rue", "direccion", "domicilio",
      "calle", "indirizzo", "endereco", "straat", "adres", "ulica", "gatuadress", "osoite",
    ],
    // A postcode or a town alone is shared by many; values have to say more.
    weak: [
      "line", "location", "addr", "wohnort", "domicile", "residence", "postcode", "zip", "zip code", "postal code",
      "plz",
      "code postal", "codigo postal",
    ])

  private static let streets = WordTable(
    "street st avenue ave road rd lane ln boulevard blvd drive dr court ct square sq terrace highway hwy parkway pkwy close crescent straße strasse str platz weg allee gasse rue chemin impasse quai via viale piazza corso vicolo calle avenida plaza paseo ulica ul aleja straat laan plein gata gatan vägen katu tie rua travessa praça gade vej"
  )
  private static let endings: [StaticString] = [
    "strasse", "stra\u{DF}e", "straat", "gatan", "vägen", "gasse", "platz", "laan", "plein", "katu", "gade", "allee",
    "weg",
    "vej", "str.",
  ]

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard (6...300).contains(value.count) else { return .none }
    if PublishedValues.isMask(value) { return .published }
    var words = WordWalk(value)
    var (index, number, street) = (0, -10, -10)
    while let word = words.next(), index < 30 {
      if isHouseNumber(word) { number = index } else if isStreet(word) { street = index }
      if number >= 0, street >= 0, abs(number - street) <= 4, index < 8 { return .form }
      index += 1
    }
    return .none
  }

  /// `1234`, `12a`: up to five digits with at most one letter.
  private func isHouseNumber(_ word: UnsafeRawBufferPointer) -> Bool {
    guard (1...6).contains(word.count), word[0].isDigit, word[0] != 0x30 else { return false }
    for index in 1..<max(1, word.count) where !word[index].isDigit {
      return index == word.count - 1 && word[index].isLetter
    }
    return word.count < 6
  }

  private func isStreet(_ word: UnsafeRawBufferPointer) -> Bool {
    if Self.streets.contains(word) { return true }
    guard word.count > 6 else { return false }
    for ending in Self.endings where word.ends(with: ending) { return true }
    return false
  }
}

import Masking

/// Names of people: a given name and a family name that are common in several countries.
///
/// Most names are in no list, and many in the list are of towns, flowers or months. So one word of it is weak, two
/// words with a given name first are the form, and a column is told by the share that has it.
public struct NameDetector: Detector {
  public init() {}

  public let kind = "name"
  public let title = "names of people"
  public let isToldByForm = false
  public let formWeight = 0.8
  public let words = ColumnWords(
    strong: [
      "first name", "firstname", "last name", "lastname", "full name", "fullname", "surname", "given name", "givenname",
      "family name", "familyname", "middle name", "maiden name", "forename", "vorname", "nachname", "familienname",
      "prenom", "nom de famille", "nombre completo", "apellido", "apellidos", "cognome", "sobrenome", "voornaam",
      "achternaam", "imie", "nazwisko", "fornamn", "efternamn", "etunimi", "sukunimi", "customer name", "contact name",
      "person name", "patient name", "employee name", "cardholder", "holder name", "recipient name", "real name",
      "fname", "lname", "signatory",
    ],
    weak: [
      "name", "display name", "username", "user name", "nick", "nickname", "author", "nombre", "nom", "nome", "naam",
      "owner", "contact", "recipient", "customer",
    ])

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard (2...100).contains(value.count) else { return .none }
    if PublishedValues.isMask(value) { return .published }
    var walk = WordWalk(value)
    var (count, given, family) = (0, 0, 0)
    while let word = walk.next() {
      guard count < 5, isName(word) else { return .none }
      if NameWords.given.contains(word) { given += 1 }
      if NameWords.family.contains(word) { family += 1 }
      count += 1
    }
    if count == 1 { return given + family > 0 ? .weak : .none }
    return given > 0 && isCapitalised(value) ? .form : family > 0 && count > 1 ? .weak : .none
  }

  private func isName(_ word: UnsafeRawBufferPointer) -> Bool {
    for byte in word where byte.isDigit { return false }
    return true
  }

  /// The first word and the last one, as nobody writes of roses and months.
  private func isCapitalised(_ value: UnsafeRawBufferPointer) -> Bool {
    var walk = WordWalk(value)
    var (first, last): (UInt8?, UInt8) = (nil, 0)
    while let word = walk.next() {
      first = first ?? word[0]
      last = word[0]
    }
    return first.map { !$0.isLower && !last.isLower } ?? false
  }
}

/// What planted rows say of people who do not exist, in the forms that people are written of.
///
/// None of it is reserved, published for tests, or what a mask of ours makes: a check would be right to pass those.
enum PersonalLook: String {
  case email, phone, ssn, name, address, note, card, iban, password
  case birthDate = "birth_date"

  /// What a column without a telling name is given, one after the other.
  static let general: [PersonalLook] = [.email, .phone, .ssn, .name, .address, .note]

  /// By words in a column's name; the first that is found counts.
  init?(column: String) {
    let name = column.lowercased()
    guard let found = Self.words.first(where: { name.contains($0.word) }) else { return nil }
    self = found.look
  }

  private static let words: [(word: String, look: PersonalLook)] = [
    ("holder", .name), ("email", .email), ("e_mail", .email), ("mail", .email), ("phone", .phone), ("mobile", .phone),
    ("fax", .phone),
    ("ssn", .ssn), ("social_security", .ssn), ("tax_id", .ssn), ("national_id", .ssn), ("birth", .birthDate),
    ("dob", .birthDate), ("iban", .iban), ("account_number", .iban), ("card_number", .card), ("card", .card),
    ("street", .address), ("address", .address), ("password", .password), ("token", .password), ("secret", .password),
    ("note", .note), ("comment", .note), ("body", .note), ("message", .note), ("description", .note),
    ("first_name", .name), ("last_name", .name), ("surname", .name), ("full_name", .name), ("customer_name", .name),
    ("nickname", .name),
  ]

  /// - Parameters:
  ///   - number: which of the forms; any number.
  ///   - key: of the row, in what has to differ from row to row.
  func value(_ number: Int, key: Int) -> String {
    let forms = forms(key)
    return forms[number % forms.count]
  }

  private func forms(_ key: Int) -> [String] {
    switch self {
    case .email:
      [
        "jane.fairchild\(key)@gmail.com", "m.okonkwo\(key)@yahoo.com", "Petra.Lindqvist\(key)@hotmail.com",
        "t.marchetti\(key)@fairchild-marine.co.uk", "s\(key)@kestrelpost.de", "ivy_l\(key)+news@outlook.com",
      ]
    case .phone:
      [
        "415-867-2093", "+1-415-867-2093", "(415) 867-2093", "+14158672093", "4158672093", "+49 30 9018 2033",
      ]
    case .ssn: ["536-22-8145", "417-58-3026", "536228145", "219 09 8831", "601-45-7719", "228-73-5504"]
    case .name: ["Jane Fairchild", "Okonkwo", "Petra", "MARCHETTI, TOM", "Søren Lindqvist", "Ivy Laurent"]
    case .address:
      [
        "4821 Alder Creek Rd, Boise, ID 83702", "17 Quayside, Bristol BS1 6AA", "Lindenallee 44, 20259 Hamburg",
        "902 Juniper Ave Apt 3", "12 rue des Tanneurs, 37000 Tours", "PO Box 1178, Fresno",
      ]
    case .note:
      [
        "Called Jane Fairchild at 415-867-2093, she asked for mail to jane.fairchild\(key)@gmail.com",
        "SSN 536-22-8145 checked by phone", "Card 4716 5260 1815 9088 was refused twice",
        "Deliver to 4821 Alder Creek Rd, ring at Fairchild", "born 1984-03-17, see passport",
        "reply to m.okonkwo\(key)@yahoo.com",
      ]
    case .card: ["4716526018159088", "5271 3016 6131 8603", "4532-9139-0996-0307", "374282462819485"]
    case .iban: ["DE11370400440731904826", "GB58NWBK60161382046197", "FR3920041010050417302M02689"]
    case .password: ["correct-horse-battery-\(key)", "hunter2-\(key)", "sk_live_9aF3kQ\(key)"]
    case .birthDate: ["1984-03-17", "17.03.1984", "03/17/1984"]
    }
  }
}

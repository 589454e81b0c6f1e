/// Made-up values of every kind of personal data, each with its check digits worked out here and not by what is tested.
public struct PlantedValues {
  public var random: SeededRandom

  public init(seed: UInt64) { random = SeededRandom(seed: seed) }

  public static let checkedKinds = [
    "card", "iban", "nl_bsn", "de_steuer_id", "fr_nir", "es_dni", "it_codice_fiscale", "pl_pesel", "uk_nhs",
    "be_national_number", "se_personnummer", "no_fodselsnummer", "fi_hetu", "br_cpf", "in_aadhaar", "ca_sin",
  ]
  public static let formedKinds = ["email", "phone", "us_ssn", "ip", "mac", "url_user", "token", "address", "name"]

  public mutating func value(of kind: String) -> String {
    switch kind {
    case "email": email()
    case "phone": phone()
    case "us_ssn": "\(pad(number(100...665), 3))-\(pad(number(1...99), 2))-\(pad(number(1...9999), 4))"
    case "ip": "\(pick([8, 52, 81, 93, 151, 178, 203]))." + "\(number(1...112)).\(number(0...255)).\(number(1...254))"
    case "mac": (0..<6).map { $0 == 0 ? "a4" : hex(2) }.joined(separator: ":")
    case "url_user":
      pick([
        "https://\(word())@git.acme.io/x", "https://social.acme.io/users/\(word())",
        "https://acme.io/reset?email=\(word())",
      ])
    case "token": token()
    case "address": address()
    case "name": "\(pick(Self.given)) \(pick(Self.family))"
    case "birth_date": "\(number(1930...2015))-\(pad(number(1...12), 2))-\(pad(number(2...28), 2))"
    default: checked(kind)
    }
  }

  // MARK: With checks

  private mutating func checked(_ kind: String) -> String {
    switch kind {
    case "card": return luhn(pick(["4", "51", "55", "2301", "6011", "3540"]), length: 16)
    case "iban": return iban()
    case "nl_bsn": return eleven(8, [9, 8, 7, 6, 5, 4, 3, 2]) { $0 % 11 == 10 ? nil : $0 % 11 }
    case "de_steuer_id": return steuerID()
    case "fr_nir": return nir()
    case "es_dni":
      let n = number(1...99_999_999)
      return pad(n, 8) + String(Array("TRWAGMYFPDXBNJZSQVHLCKE")[n % 23])
    case "it_codice_fiscale": return codiceFiscale()
    case "pl_pesel":
      let text = pad(number(30...99), 2) + pad(number(1...12), 2) + pad(number(1...28), 2) + pad(number(0...9999), 4)
      let sum = zip(digits(text), [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]).reduce(0) { $0 + $1.0 * $1.1 }
      return text + "\((10 - sum % 10) % 10)"
    case "uk_nhs":
      return eleven(9, [10, 9, 8, 7, 6, 5, 4, 3, 2], from: 400) { sum in
        let check = 11 - sum % 11
        return check == 10 ? nil : check % 11
      }
    case "be_national_number":
      let text = pad(number(41...99), 2) + pad(number(1...12), 2) + pad(number(1...28), 2) + pad(number(1...997), 3)
      return text + pad(97 - (Int(text) ?? 0) % 97, 2)
    case "se_personnummer":
      let body = luhn(pad(number(20...99), 2) + pad(number(1...12), 2) + pad(number(1...28), 2), length: 10)
      return "\(body.prefix(6))-\(body.suffix(4))"
    case "no_fodselsnummer": return fodselsnummer()
    case "fi_hetu":
      let (day, order) = (
        pad(number(1...28), 2) + pad(number(1...12), 2) + pad(number(20...99), 2), pad(number(2...899), 3)
      )
      return "\(day)-\(order)\(Array("0123456789ABCDEFHJKLMNPRSTUVWXY")[(Int(day + order) ?? 0) % 31])"
    case "br_cpf": return cpf()
    case "in_aadhaar": return aadhaar()
    case "ca_sin": return luhn(pick(["1", "2", "4", "5", "7"]), length: 9)
    default: preconditionFailure("no values of the kind \(kind)")
    }
  }

  private mutating func luhn(_ prefix: String, length: Int) -> String {
    var text = prefix
    while text.count < length - 1 { text += "\(number(0...9))" }
    for check in 0...9 {
      let all = digits(text + "\(check)")
      let sum = all.reversed().enumerated().reduce(0) { sum, entry in
        let doubled = entry.offset % 2 == 1 ? entry.element * 2 : entry.element
        return sum + doubled / 10 + doubled % 10
      }
      if sum % 10 == 0 { return text + "\(check)" }
    }
    return text
  }

  private mutating func eleven(_ count: Int, _ weights: [Int], from least: Int = 1, _ check: (Int) -> Int?) -> String {
    while true {
      let text = pad(number(least...999), 3) + (3..<count).map { _ in "\(number(0...9))" }.joined()
      let sum = zip(digits(text), weights).reduce(0) { $0 + $1.0 * $1.1 }
      if text.hasPrefix("999") { continue }
      if let check = check(sum) { return text + "\(check)" }
    }
  }

  private mutating func iban() -> String {
    let country = pick([("DE", 18), ("NL", 14), ("FR", 23), ("ES", 20), ("BE", 12), ("GB", 18)])
    let bank = country.0 == "NL" || country.0 == "GB" ? "INGB" : ""
    let body = bank + (0..<(country.1 - bank.count)).map { _ in "\(number(0...9))" }.joined()
    let rest = "\(body)\(country.0)00".reduce(0) { rest, letter in
      let value = letter.wholeNumberValue ?? (Int(letter.asciiValue ?? 65) - 55)
      return value > 9 ? (rest * 100 + value) % 97 : (rest * 10 + value) % 97
    }
    return "\(country.0)\(pad(98 - rest, 2))\(body)"
  }

  private mutating func steuerID() -> String {
    while true {
      var pool = Array(0...9).shuffled(using: &random)
      pool.removeLast()
      pool.insert(pool[number(0...8)], at: number(0...9))
      guard pool[0] != 0 else { continue }
      var product = 10
      for digit in pool {
        let sum = (digit + product) % 10
        product = ((sum == 0 ? 10 : sum) * 2) % 11
      }
      return pool.map(String.init).joined() + "\((11 - product) % 10)"
    }
  }

  private mutating func nir() -> String {
    let head = "\(number(1...2))\(pad(number(20...99), 2))\(pad(number(1...12), 2))"
    let isCorsican = number(0...20) == 0
    let tail = pad(number(1...900), 3) + pad(number(1...999), 3)
    let department = isCorsican ? "2A" : pad(number(1...95), 2)
    let value = Int(head + (isCorsican ? "19" : department) + tail) ?? 0
    return head + department + tail + pad(97 - value % 97, 2)
  }

  private mutating func codiceFiscale() -> String {
    let consonants = Array("BCDFGLMNPRSTVZ")
    var text = (0..<6).map { _ in String(pick(consonants)) }.joined()
    text +=
      pad(number(30...99), 2) + String(pick(Array("ABCDEHLMPRST"))) + pad(number(1...28), 2) + "H"
      + pad(number(100...999), 3)
    let odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
    let sum = text.utf8.enumerated().reduce(0) { sum, entry in
      let ordinal = Int(entry.element) - (entry.element < 65 ? 48 : 65)
      return sum + (entry.offset % 2 == 0 ? odd[ordinal] : ordinal)
    }
    return text + String(UnicodeScalar(UInt8(65 + sum % 26)))
  }

  private mutating func fodselsnummer() -> String {
    while true {
      let text = pad(number(1...28), 2) + pad(number(1...12), 2) + pad(number(20...99), 2) + pad(number(0...499), 3)
      let first = 11 - zip(digits(text), [3, 7, 6, 1, 8, 9, 4, 5, 2]).reduce(0) { $0 + $1.0 * $1.1 } % 11
      guard first != 10 else { continue }
      let longer = text + "\(first % 11)"
      let second = 11 - zip(digits(longer), [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]).reduce(0) { $0 + $1.0 * $1.1 } % 11
      guard second != 10 else { continue }
      return longer + "\(second % 11)"
    }
  }

  private mutating func cpf() -> String {
    var all = (0..<9).map { _ in number(0...9) }
    for count in [9, 10] {
      let sum = (0..<count).reduce(0) { $0 + all[$1] * (count + 1 - $1) }
      all.append(sum % 11 < 2 ? 0 : 11 - sum % 11)
    }
    let text = all.map(String.init).joined()
    guard number(0...1) == 0 else { return text }
    let (a, b, c) = (text.prefix(3), text.dropFirst(3).prefix(3), text.dropFirst(6).prefix(3))
    return "\(a).\(b).\(c)-\(text.suffix(2))"
  }

  private mutating func aadhaar() -> String {
    let table = [
      "0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043",
      "8765932104", "9876543210",
    ].map(digits)
    let permuted = [
      "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
    ].map(digits)
    let text = "\(number(2...9))" + (0..<10).map { _ in "\(number(0...9))" }.joined()
    for check in 0...9 {
      var sum = 0
      for (index, digit) in digits(text + "\(check)").reversed().enumerated() {
        sum = table[sum][permuted[index % 8][digit]]
      }
      if sum == 0 { return text + "\(check)" }
    }
    return text
  }

  // MARK: By form

  private mutating func email() -> String {
    let domain = pick(["gmail.com", "web.de", "orange.fr", "acme.co.uk", "proton.me", "sub.firma-x.de"])
    return "\(pick(Self.given).lowercased()).\(pick(Self.family).lowercased())\(number(1...9999))@\(domain)"
  }

  private mutating func phone() -> String {
    let tail = pad(number(1000...9998), 4)
    return switch number(0...4) {
    case 0: "+49 151 \(number(20_000_000...99_999_998))"
    case 1: "+1-\(number(212...499))-\(number(220...498))-\(tail)"
    case 2: "(\(number(212...499))) \(number(220...498))-\(tail)"
    case 3: "+44 20 7946 \(tail)"
    default: "030 / \(number(100...999)) \(tail)"
    }
  }

  private mutating func token() -> String {
    switch number(0...4) {
    case 0: "ghp_\(alphanumeric(36))"
    case 1: "AKIA" + (0..<16).map { _ in String(pick(Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))) }.joined()
    case 2: "eyJhbGciOiJIUzI1NiJ9.\(alphanumeric(40)).\(alphanumeric(43))"
    case 3: "sk_live_\(alphanumeric(24))"
    default: "$2b$12$\(alphanumeric(53))"
    }
  }

  private mutating func address() -> String {
    switch number(0...3) {
    case 0:
      "\(number(1...9999)) \(pick(["Main", "Oak", "Elm", "Lake"])) \(pick(["St", "Street", "Ave", "Road"])), Springfield, IL 62704"
    case 1: "\(pick(["Haupt", "Bahnhof", "Garten"]))straße \(number(1...200)), 10115 Berlin"
    case 2: "\(number(1...200)) rue \(pick(["Lafayette", "Monge", "Ordener"])), 75009 Paris"
    default: "Calle Mayor \(number(1...90)), 28013 Madrid"
    }
  }

  static let given = ["James", "Maria", "Hans", "Claire", "Giulia", "Anna", "Lars", "Ana", "Rahul", "Sophie", "Peter"]
  static let family = [
    "Smith", "Garcia", "Müller", "Dubois", "Rossi", "Jansen", "Okafor", "Silva", "Sharma", "Thornbury",
  ]

  // MARK: Dice

  public mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
  public mutating func pick<Element>(_ choices: [Element]) -> Element { choices[number(0...choices.count - 1)] }
  public mutating func word() -> String { (0..<8).map { _ in String(pick(Array("bcdfghklmnprstvwxz"))) }.joined() }
  public mutating func hex(_ count: Int) -> String {
    (0..<count).map { _ in String(number(0...15), radix: 16) }.joined()
  }

  mutating func alphanumeric(_ count: Int) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    return String((0..<count).map { _ in pick(letters) })
  }

  public func pad(_ number: Int, _ width: Int) -> String {
    let text = "\(number)"
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }

  private func digits(_ text: String) -> [Int] { text.compactMap(\.wholeNumberValue) }
}

import Foundation
import Masking
import Seeded
import Testing

@testable import Verification

@Suite struct ClassifierTests {
  private let classifier = Classifier()

  private func planted(_ kind: String, _ count: Int = 200) -> [String?] {
    var planted = PlantedValues(seed: 11)
    return (0..<count).map { _ in planted.value(of: kind) }
  }

  /// Table, column, kind of the values, and what is said; an empty kind is an empty table.
  @Test(
    arguments: [
      ("users", "backup_email", "email", "email"), ("logs", "x1", "email", "email"), ("users", "email", "", "email"),
      ("users", "kontakt", "phone", "phone"), ("users", "telefonnummer", "", "phone"),
      ("users", "email_sent_at", "", nil),
      ("t", "c", "us_ssn", "us_ssn"), ("t", "c", "iban", "iban"), ("t", "c", "card", "card"),
      ("t", "c", "nl_bsn", "nl_bsn"),
      ("t", "pesel", "pl_pesel", "pl_pesel"), ("t", "c", "token", "token"), ("t", "c", "ip", "ip"),
      ("t", "c", "mac", "mac"),
      ("t", "c", "address", "address"), ("t", "c", "name", "name"), ("users", "name", "", "name"),
      ("products", "name", "", nil), ("users", "postal_code", "", nil),
      ("t", "dob", "birth_date", "birth_date"),
      ("t", "shipped_on", "birth_date", nil), ("users", "password_hash", "", "token"), ("users", "vorname", "", "name"),
      ("t", "c", "url_user", "url_user"), ("t", "is_email_valid", "", nil), ("t", "ip_address", "", "ip"),
      ("t", "email_address", "", "email"), ("t", "homeAddress", "", "address"),
      ("t", "codice_fiscale", "", "it_codice_fiscale"),
    ] as [(String, String, String, String?)])
  func saysWhatColumnsAre(_ table: String, _ column: String, _ values: String, _ kind: String?) {
    #expect(classifier.kind(table, column, values.isEmpty ? [] : planted(values)) == kind, "\(table).\(column)")
  }

  /// What masks leave of the documents' values, under the names that the documents give their columns.
  @Test(arguments: [
    ("email", "user_3f2a9c81d0@anon.local"), ("email", "user_3f2a9c81d0@gmail.com"), ("phone", "+1-555-000-0000"),
    ("phone", "+1-415-000-0000"), ("ssn", "***-**-****"), ("address", "[REDACTED ADDRESS]"),
    ("address", "[REDACTED], San Francisco, CA 94102"), ("full_name", "User-A1B2C3D4"), ("full_name", "J-User-A1B2C3"),
    ("card_number", "4111111111111111"), ("ip_address", "127.0.0.1"), ("ip_address", "192.0.2.17"),
    ("date_of_birth", "1990-01-01"), ("email", "jane@example.com"), ("email", "jane@shop.invalid"),
    ("phone", "+1-212-555-0142"),
    ("iban", "GB82WEST12345698765432"), ("notes", "Write to jane@example.org or call +1-212-555-0142 from 127.0.0.1"),
    ("password", "[REDACTED]"),
  ])
  func passesMasksAndPublishedValues(_ column: String, _ value: String) {
    let values = [String?](repeating: value, count: 100)
    #expect(classifier.detections("users", column, values) == [], "\(column) \(value)")
    var leaking = values
    leaking[3] = "john.doe@gmail.com"
    if column == "email" { #expect(!classifier.detections("users", column, leaking).isEmpty) }
  }

  @Test func namesAllReasons() throws {
    let values = planted("email", 998) + ["none", "n/a"]
    let found = try #require(classifier.detections("users", "backup_email", values).first)
    #expect(found.reasons == [.columnName("email"), .pattern(share: 0.998)])
    #expect(found.sampled == 1000)
    #expect(found.because == "name, 99.8 % of 1,000 sampled values")
    let named = try #require(classifier.detections("customers", "name", planted("name")).first)
    #expect(named.reasons.prefix(2) == [.columnName("name"), .contextWord("customers")])
    let numbered = try #require(classifier.detections("t", "bsn", .bigint, planted("nl_bsn")).first)
    #expect(numbered.reasons.contains(.checksum(share: 1)))
    let address = try #require(classifier.detections("t", "c", .inet, planted("ip")).first)
    #expect(address.reasons.contains(.type("inet")))
  }

  /// A tenth of all numbers passes a check of one digit: it is nobody's column for that.
  @Test func isNotMisledByChance() {
    var dice = PlantedValues(seed: 5)
    let nine = (0..<1000).map { _ in "\(dice.number(100_000_000...999_999_999))" as String? }
    #expect(classifier.detections("orders", "number", nine) == [])
    #expect(classifier.detections("orders", "number", .bigint, nine) == [])
    let sixteen = (0..<1000).map { _ in "4\(dice.number(100_000_000_000_000...999_999_999_999_999))" as String? }
    #expect(classifier.detections("orders", "reference", sixteen) == [])
    #expect(classifier.detections("t", "c", ["165083712", "130692544"]) == [])
  }

  @Test func looksIntoTextJSONAndArrays() {
    let plain = [String?](repeating: "The parcel arrived late and the box was open.", count: 990)
    let mails = [String?](repeating: "Please answer to john.doe@gmail.com, thanks", count: 10)
    #expect(classifier.kind("tickets", "body", plain + mails) == "free_text")
    #expect(classifier.kind("tickets", "body", plain) == nil)
    let json = [String?](repeating: "{\"a\": {\"b\": [1, \"john\\u002edoe@gmail.com\"]}}", count: 20)
    let found = classifier.detections("events", "payload", .jsonb, json)
    #expect(found.first?.reasons == [.inside(kind: "email", share: 1)])
    let arrays = ColumnType(name: "text[]", oid: 1009, family: .array(of: .text))
    #expect(
      classifier.kind("t", "c", arrays, [String?](repeating: "{john.doe@gmail.com,\"a.b@web.de\"}", count: 20))
        == "email")
  }

  /// A check that chance passes once in ten numbers says nothing alone, and what the key says is as good as a column's name.
  @Test(
    arguments: [
      ("{\"payment\": {\"card_number\": \"4539148803436467\"}}", "card"),
      ("{\"cards\": [{\"pan\": 4539148803436467}]}", "card"),
      ("{\"order\": 4539148803436467}", nil), ("{\"customerBsn\" : 165083712}", "nl_bsn"),
      ("[{\"bsn\": [null, \"165083712\"]}]", "nl_bsn"), ("{\"bsn\": 165083713}", nil),
      ("{\"number\": \"165083712\"}", nil),
      ("{\"ssn\": \"123456789\"}", "us_ssn"), ("{\"tax_id\": \"123456789\"}", nil),
      ("{\"bsn_verified\": 165083712}", nil),
      ("{\"bsn\": \"none\", \"count\": 165083712}", nil),
    ] as [(String, String?)])
  func keysOfJSONSayWhatNumbersAre(_ document: String, _ kind: String?) {
    #expect(classifier.kind(of: document) == kind, "\(document)")
  }

  @Test func takesThresholdsAndPatternsOfOnesOwn() {
    let pattern = ExtraPattern(
      kind: "employee", title: "an employee number", shape: "EMP-####\\#@", names: ["staff no"])
    let own = Classifier(settings: DetectionSettings(patterns: [pattern]))
    let values = [String?](repeating: "EMP-1234#a", count: 10)
    #expect(own.kind("t", "c", values) == "employee")
    #expect(classifier.kind("t", "c", values) == nil)
    #expect(own.kind("t", "c", [String?](repeating: "EMP-12345a", count: 10)) == nil)
    let strict = Classifier(settings: DetectionSettings(thresholds: ["email": 0.99]))
    #expect(strict.kind("t", "c", planted("email")) == nil)
    #expect(strict.kind("t", "email", planted("email")) == nil)
    #expect(Classifier(settings: DetectionSettings(ignored: ["email"])).kind("t", "email", []) == nil)
  }

  /// Where a shape has no blank in it, parts of text and JSON are seen too.
  @Test func seesPatternsOfOnesOwnInsideOfText() {
    let pattern = ExtraPattern(kind: "staff", title: "a staff number", shape: "EMP-####")
    let own = Classifier(settings: DetectionSettings(patterns: [pattern]))
    let notes = [String?](repeating: "ask EMP-1234 (third floor) about it", count: 20)
    #expect(own.detections("tickets", "body", .text, notes).first?.reasons == [.inside(kind: "staff", share: 1)])
    let json = [String?](repeating: "{\"by\": {\"who\": \"EMP-9876\"}}", count: 20)
    #expect(own.detections("events", "payload", .jsonb, json).first?.reasons == [.inside(kind: "staff", share: 1)])
    #expect(own.kind("tickets", "body", [String?](repeating: "see XEMP-12345 there", count: 20)) == nil)
    let blind = Classifier(settings: DetectionSettings(ignored: ["free_text"], patterns: [pattern]))
    #expect(blind.kind("tickets", "body", notes) == nil)
  }

  /// Bytes of every sort, cut UTF-8, deep JSON, long runs of what begins a pattern: nothing fails, and time is linear.
  @Test func bearsHostileBytes() {
    var random = SeededRandom(seed: 3)
    let family = Column(name: "c", type: .text)
    let table = Table(name: QualifiedName("public", "t"), columns: [family])
    var sample = ColumnSample()
    let alphabet = Array("@+.:-/{}[]\"\\ 0123456789abAZ\u{0}".utf8) + [0xC3, 0xFF, 0x80]
    for _ in 0..<3_000 {
      let bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
      }
      bytes.withUnsafeBytes { sample.append($0) }
      for asked in [any Detector].builtIn { _ = bytes.withUnsafeBytes { asked.match($0) } }
    }
    for text in ["@", "a@", "+1", "{\"a\":", "[", "1 ", "1-", "http://", "eyJ.", "AB12 ", "::", "\"", "a.", "1."] {
      let bytes = Array(String(repeating: text, count: 20_000).utf8)
      bytes.withUnsafeBytes { sample.append($0) }
    }
    _ = classifier.classify(column: family, table: table, sample: sample)
    _ = classifier.classify(column: Column(name: "c", type: .jsonb), table: table, sample: sample)
  }

  /// Twice the bytes take about twice the time, whatever they are: the time of this thread alone, so that what else the
  /// machine does has no part in it.
  @Test(arguments: ["@", "a@b.", "+1 ", "1-", "http://a", "1 2", "A1", "x.y@"])
  func isLinear(_ text: String) {
    func nanoseconds(_ count: Int) -> Int {
      let bytes = Array(String(repeating: text, count: count).utf8)
      return (0..<3).map { _ in
        let began = threadTime()
        _ = bytes.withUnsafeBytes { classifier.kind(of: $0) }
        return threadTime() - began
      }.min() ?? 0
    }
    // 32 times the bytes; a square of it would be 1,024 times the time.
    let (short, long) = (nanoseconds(2_000), nanoseconds(64_000))
    #expect(long < short * 200 + 20_000_000, "\(text): \(short) and \(long)")
  }

  private func threadTime() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}

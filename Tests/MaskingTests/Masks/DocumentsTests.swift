import Documents
import Testing

@testable import Masking

/// What the source documents say that masks give.
@Suite struct DocumentedMasksTests {
  @Test func email() throws {
    let plain = try mask(order("email"))
    let result = try masked(plain, "john.doe@gmail.com")
    #expect(result.wholeMatch(of: /user_[0-9a-f]{8}@anon\.local/) != nil)
    #expect(try masked(plain, " John.Doe@GMAIL.com\n") == result)
    #expect(try masked(plain, "jane.doe@gmail.com") != result)
    let keeping = try mask(order("email", ["preserve_domain": true]))
    #expect(try masked(keeping, "john.doe@Gmail.com").wholeMatch(of: /user_[0-9a-f]{8}@gmail\.com/) != nil)
    let elsewhere = try mask(order("email", ["domain": "anon.example"]))
    #expect(try masked(elsewhere, "john.doe@gmail.com").wholeMatch(of: /user_[0-9a-f]{8}@anon\.example/) != nil)
  }

  /// What stands behind the `@` may be more than a domain.
  @Test(arguments: [
    "call me @ 555-1234, John", "John <john@gmail.com>", "a@localhost", "a@b..com", "a@-b.com", "a@123.456", "@", "",
    "no address", "a@bücher.example", "a@x.com\u{0}", "a@\(String(repeating: "a", count: 64)).com", "a@b-.com",
  ])
  func onlyHostNamesAreKept(_ value: String) throws {
    let keeping = try mask(order("email", ["preserve_domain": true]))
    #expect(try masked(keeping, value).wholeMatch(of: /user_[0-9a-f]{8}@anon\.local/) != nil)
  }

  @Test func phone() throws {
    for format: Value in [[:], ["format": "national"]] {
      #expect(try masked(mask(order("phone", format)), "+1-555-123-4567") == "+1-555-000-0000")
    }
    #expect(try masked(mask(order("phone", ["format": "e164"])), "+1-555-123-4567") == "+15550000000")
    #expect(
      try masked(mask(order("phone", ["format": "international"])), "+1-(555)-123-4567") == "+1 555 000 0000")
    #expect(try masked(mask(order("phone", ["redact_digits": 4])), "(555) 123-4567") == "(555) 123-0000")
  }

  @Test(arguments: [
    ("123", "000"), ("", ""), ("555-1234 John", "000-0000 ****"), ("555-123-4567 x89", "555-000-0000 *00"),
    ("(+49) 30 1234567", "(+49) 30 0000000"), ("12345678901234567890", "00000000000000000000"),
    ("1+2345678901", "0*0000000000"), ("٠١٢٣", "****"), ("ä555", "*000"),
  ])
  func nothingButNumbersIsLeftOfPhones(_ example: (value: String, mask: String)) throws {
    let phone = try mask(order("phone"))
    #expect(try masked(phone, example.value) == example.mask)
    #expect(recognises(phone, example.mask))
  }

  @Test func redact() throws {
    #expect(try masked(mask(order("redact")), "123-45-6789") == "[REDACTED]")
    #expect(try masked(mask(order("redact", ["replacement": "***-**-****"])), "123-45-6789") == "***-**-****")
  }

  @Test func address() throws {
    let value = "1234 Main St, San Francisco, CA 94102"
    #expect(try masked(mask(order("address")), value) == "[REDACTED ADDRESS]")
    let keeping = try mask(order("address", ["preserve_fields": ["city", "state", "zip"]]))
    #expect(try masked(keeping, value) == "[REDACTED], San Francisco, CA 94102")
  }

  @Test(arguments: [
    ("1 Main St, Apt 4, Springfield, IL 62704-1234, USA", "[REDACTED], Springfield, IL 62704, USA"),
    ("24 Sussex Dr, Ottawa, ON K1M 1M4, Canada", "[REDACTED], Ottawa, ON K1M 1M4, Canada"),
    ("1 rue X, São Paulo, SP 01310", "[REDACTED], São Paulo, SP 01310"),
    ("1 Main St, Springfield, 62704", "[REDACTED], Springfield, 62704"),
    ("San Francisco, CA 94102", "[REDACTED ADDRESS]"), ("10115 Berlin", "[REDACTED ADDRESS]"),
    ("1 Main St, Springfield 12, IL 62704", "[REDACTED ADDRESS]"), ("", "[REDACTED ADDRESS]"),
    (",,,", "[REDACTED ADDRESS]"), ("a, b\u{1}, CA 94102", "[REDACTED ADDRESS]"),
    ("1 Main St, \(String(repeating: "a", count: 41)), CA 94102", "[REDACTED ADDRESS]"),
  ])
  func addressesAreReadFromTheirEnd(_ example: (value: String, mask: String)) throws {
    let keeping = try mask(order("address", ["preserve_fields": ["city", "state", "zip", "country"]]))
    #expect(try masked(keeping, example.value) == example.mask)
    #expect(recognises(keeping, example.mask))
  }

  @Test func someFieldsOfAnAddress() throws {
    let value = "1 Main St, Springfield, IL 62704, USA"
    let kept: [([String], String)] = [
      (["city"], ", Springfield"), (["state"], ", IL"), (["zip"], ", 62704"), (["country"], ", USA"),
      (["state", "zip"], ", IL 62704"), (["city", "country"], ", Springfield, USA"),
    ]
    for (fields, rest) in kept {
      let keeping = try mask(order("address", ["preserve_fields": .list(fields.map(Value.string))]))
      #expect(try masked(keeping, value) == "[REDACTED]" + rest)
      #expect(recognises(keeping, "[REDACTED]" + rest), "\(fields)")
      #expect(!recognises(keeping, value))
      #expect(!recognises(keeping, "[REDACTED], 1 Main St"))
    }
  }

  @Test func name() throws {
    let plain = try mask(order("name"))
    let result = try masked(plain, "John Doe")
    #expect(result.wholeMatch(of: /User-[0-9A-F]{8}/) != nil)
    #expect(try masked(plain, "john doe ") == result)
    let keeping = try mask(order("name", ["preserve_initial": true]))
    #expect(try masked(keeping, "John").wholeMatch(of: /J-User-[0-9A-F]{6}/) != nil)
    #expect(try masked(keeping, "john") == masked(keeping, "JOHN"))
    #expect(try masked(keeping, "Élodie").hasPrefix("É-User-"))
    #expect(try masked(keeping, "李雷").hasPrefix("李-User-"))
    for odd in ["", "42", "\u{1F600}", "-", "\u{1}John"] {
      #expect(try masked(keeping, odd).wholeMatch(of: /User-[0-9A-F]{6}/) != nil)
    }
  }

  @Test func theGrammarIsNoWider() throws {
    let email = try mask(order("email"))
    for other in [
      "user_0123456@anon.local", "user_012345678@anon.local", "user_0123456A@anon.local", "user_01234567@gmail.com",
      "user_01234567@anon.localx", "xuser_01234567@anon.local", "john@anon.local", "",
    ] { #expect(!recognises(email, other), "\(other)") }
    #expect(recognises(email, "user_01234567@anon.local"))
    let name = try mask(order("name", ["preserve_initial": true]))
    for other in ["j-User-012345", "J-User-01234", "J-User-01234g", "JJ-User-012345", "-User-012345", "John"] {
      #expect(!recognises(name, other), "\(other)")
    }
    #expect(recognises(name, "J-User-01234F"))
    #expect(!recognises(try mask(order("phone")), "+1-555-123-4567"))
    #expect(!recognises(try mask(order("redact")), "[REDACTED] "))
  }
}

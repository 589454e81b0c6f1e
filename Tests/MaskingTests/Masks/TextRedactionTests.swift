import Documents
import Seeded
import Testing

@testable import Masking

@Suite struct TextRedactionTests {
  @Test(arguments: [
    ("mail john.doe@gmail.com now", "mail # now"), ("<a@b.co>", "<#>"), ("a@b.co,c@d.org", "#,#"),
    ("call +1-555-123-4567.", "call #."), ("(555) 123-4567", "#"), ("5551234567", "#"), ("555 123 4567 x", "# x"),
    ("SSN 123-45-6789", "SSN #"), ("078-05-1120 and 123456789", "# and #"),
    ("card 4111 1111 1111 1111 exp", "card # exp"), ("4242424242424242", "#"), ("378282246310005", "#"),
    ("DE89 3704 0044 0532 0130 00 is", "# is"), ("GB82WEST12345698765432", "#"), ("from 192.168.1.10:80", "from #:80"),
    ("at 2001:db8::1.", "at #."), ("see https://x.example/?q=john ok", "see # ok"), ("www.example.com", "#"),
    ("5551234567@x.com", "#"), ("5551234567.john@x.com", "##"), ("id12345 4111111111111111", "id12345 #"),
    ("Grüße an jörg@müller.de!", "Grüße an #!"), ("SSN123-45-6789", "SSN#"), ("tel:5551234567", "tel:#"),
    ("mailto:a@b.co", "mailto:#"), ("fe80::1%eth0", "#%eth0"),
  ])
  func personalDataIsReplaced(_ example: (value: String, mask: String)) throws {
    let redaction = try mask(order("text_redaction", ["replacement": "#"]))
    #expect(try masked(redaction, example.value) == example.mask)
    #expect(!recognises(redaction, example.value) && recognises(redaction, example.mask))
  }

  @Test(arguments: [
    "", "nothing here", "2026-11-21 10:30:00", "21.11.2026", "on 11/21/2026 at noon", "room 1234567", "a@b", "@home",
    "std::vector", "12:30:45", "version 1.2.3", "1/2", "+", "(", "++(((", "x@", "://", "http://", "AB12",
  ])
  func theRestStays(_ value: String) throws {
    let redaction = try mask(order("text_redaction"))
    #expect(try masked(redaction, value) == value)
    #expect(recognises(redaction, value))
  }

  @Test func onlyTheNamedPatterns() throws {
    let redaction = try mask(order("text_redaction", ["patterns": ["ssn"]]))
    #expect(try masked(redaction, "123-45-6789 a@b.co +15551234567") == "[REDACTED] a@b.co +15551234567")
  }

  @Test func aReplacementThatLooksPersonalIsRefused() {
    #expect(refusal(order("text_redaction", ["replacement": "x@example.com"])) == "mask_option")
    #expect(refusal(order("text_redaction", ["replacement": "[REDACTED]"], maximumLength: 5)) == "mask_length")
  }

  @Test func whatGrowsTooLongIsReplacedWhole() throws {
    let redaction = try mask(order("text_redaction", maximumLength: 12))
    #expect(try masked(redaction, "é ::1 é ::2") == "[REDACTED]")
    #expect(try masked(redaction, "é ::1") == "é [REDACTED]")
  }

  /// With replacements that join what stands around them, too, the result is at rest.
  @Test(arguments: ["[REDACTED]", "", "5", "@", "-", "x"])
  func theResultIsAlwaysRecognised(_ replacement: String) throws {
    let redaction = try mask(order("text_redaction", ["replacement": .string(replacement)]))
    var random = SeededRandom(seed: 42)
    let alphabet = Array("0123456789 -.@:+()/xaDE5541wé\u{1F600}".utf8)
    for _ in 0..<5_000 {
      let value = (0..<Int(random.next() % 60)).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
      let result = try masked(redaction, value)
      #expect(recognises(redaction, result), "\(String(decoding: value, as: UTF8.self))")
      #expect(try masked(redaction, result) == result)
    }
  }

  /// Ten times the text costs about ten times the work, whatever it is made of. Steps are not counted; a scan that is
  /// quadratic would not end within the time of a test.
  @Test(
    .timeLimit(.minutes(30)),
    arguments: ["@", "a", "1", "1 ", ":", "a@", "1.", "a.", "(", "+1", "DE11", "1-", "f:", "w.", "://", "é", "-"])
  func longTextsAreScannedInLinearTime(_ piece: String) throws {
    let redaction = try mask(order("text_redaction"))
    let value = Array(String(repeating: piece, count: 200_000 / piece.utf8.count).utf8)
    #expect(recognises(redaction, try masked(redaction, value)))
  }
}

import Testing

@testable import Snapshots

@Suite("What is shown of an original") struct RedactionTests {
  @Test(
    "is little",
    arguments: [
      ("john.doe@gmail.com", "j***@g***.com"), ("ana@mail.example", "a***@m***.example"),
      ("j@x.averylongending", "j***@x***.***"), ("1ana@9mail.com", "***@***.com"), ("John Doe", "J***"),
      ("Ann", "***"), ("+1-555-123-4567", "***"), ("1980-02-29", "***"), ("123-45-6789", "***"), ("", ""),
      ("two@at@signs.com", "t***"), ("someone @ somewhere.com", "s***"), ("a@b", "***"), ("@x.com", "***"),
      ("日本語の名前", "日***"),
    ])
  func redacted(value: String, shown: String) { #expect(Redaction.of(value) == shown) }
}

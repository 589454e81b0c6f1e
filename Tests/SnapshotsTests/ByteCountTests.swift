import Reconciliation
import Testing

@Suite("Amounts of disk")
struct ByteCountTests {
  @Test(
    "are read in powers of 1000 and of 1024",
    arguments: [
      ("200GB", 200_000_000_000), ("1.5 gb", 1_500_000_000), ("1TiB", 1_099_511_627_776), ("512 MB", 512_000_000),
      ("7b", 7), ("64KiB", 65_536),
    ])
  func amounts(text: String, bytes: Int) { #expect(ByteCount.bytes(text) == bytes) }

  @Test("are refused where they are none", arguments: ["", "much", "GB", "-1GB", "0GB", "nanGB", "1e400TB", "12"])
  func refused(text: String) { #expect(ByteCount.bytes(text) == nil) }
}

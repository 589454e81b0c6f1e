import Documents
import Kinds
import Reconciliation

/// The reader of plan files on any bytes whatever: it reads a plan or refuses, and what it reads is written back the
/// same. Behind its checksum a reader would never be reached by chance, so each input is also read as a body under a
/// header that fits.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  check(bytes)
  check(PlanFile.sealed(bytes))
  if let end = bytes.firstIndex(of: 10) { check(PlanFile.sealed(Array(bytes[(end + 1)...]))) }
  return 0
}

private func check(_ bytes: [UInt8]) {
  guard let reading = try? PlanFile.read(bytes) else { return }
  guard let written = try? reading.file.written() else { preconditionFailure("what was read cannot be written") }
  precondition(reading.signer != nil || written == bytes, "what was read is written otherwise")
}

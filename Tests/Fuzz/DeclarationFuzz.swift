import Documents
import Kinds
import Reconciliation

/// The reader of declarations on any bytes whatever: it may say what it likes about them, but it has to come back.
///
/// The first byte chooses the file's role: the declaration itself, or what a declaration includes.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let isIncluded = bytes.first == UInt8(ascii: "#")
  let files = FuzzedFiles(bytes: bytes, isIncluded: isIncluded)
  var reader = DeclarationReader(catalogue: .decant, files: files, root: ".", folderName: "shop")
  guard let (declaration, diagnostics) = try? reader.read(file: nil) else { return 0 }
  // What was read whole is planned, as a plan of everything new.
  if !diagnostics.contains(where: { $0.severity == .error }) {
    let observation = Observation(at: Timestamp(milliseconds: 0), records: [], conditions: [])
    let plan = compare(declaration, with: observation, in: .decant)
    precondition(plan.actions.count == declaration.objects.count, "an object without an action")
  }
  return 0
}

private struct FuzzedFiles: Files {
  let bytes: [UInt8]
  let isIncluded: Bool

  func names() throws(Failure) -> [String] { ["decant.yaml"] }

  func read(_ path: String) throws(Failure) -> [UInt8] {
    if path == "decant.yaml", isIncluded { return Array("sanitizations: {x: {file: x.yaml}}\n".utf8) }
    if path == "decant.yaml" || isIncluded { return bytes }
    throw Failure("read", path, cause: "there is no such file")
  }
}

import Foundation

/// Runs a program of the machine to its end.
enum Program {
  /// The standard output. Throws with the standard error where the program fails.
  static func run(
    _ path: String, _ arguments: [String], input: String = "", environment: [String: String]? = nil
  ) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    if let environment { process.environment = environment }
    // Files and not pipes: neither the amount of output nor a child that lives on can hold us up.
    let files = try ScratchFiles(input: input)
    process.standardInput = files.input
    process.standardOutput = files.output
    process.standardError = files.errors
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ServerFailure("\(path) ended with \(process.terminationStatus): \(try files.read(files.errors))")
    }
    return try files.read(files.output)
  }
}

/// Three files without a name, gone when closed.
private struct ScratchFiles {
  let input, output, errors: FileHandle

  init(input text: String) throws {
    (input, output, errors) = (try Self.open(), try Self.open(), try Self.open())
    try input.write(contentsOf: Data(text.utf8))
    try input.seek(toOffset: 0)
  }

  func read(_ file: FileHandle) throws -> String {
    try file.seek(toOffset: 0)
    return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func open() throws -> FileHandle {
    var template = Array("/tmp/decant-test-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw ServerFailure("no temporary file can be made") }
    unlink(template)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }
}

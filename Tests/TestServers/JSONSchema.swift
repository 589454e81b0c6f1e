import Foundation

/// Documents held against JSON Schemas, by Python's `jsonschema`.
public enum JSONSchema {
  public static let isAvailable = (try? play(["python3", "-c", "import jsonschema"]).exitCode) == 0

  /// What is wrong with each of these documents by a schema; empty where all are right.
  public static func complaints(about documents: [String], by schema: String) throws -> String {
    let script = """
      import json, sys, jsonschema
      schema = json.load(open(sys.argv[1]))
      kind = jsonschema.validators.validator_for(schema); kind.check_schema(schema); checker = kind(schema)
      for path in sys.argv[2:]:
          for error in checker.iter_errors(json.load(open(path))):
              print(path, list(error.absolute_path), error.message[:300])
      """
    let folder = try TemporaryFolder("schema")
    let paths = try ([schema] + documents).enumerated().map { number, text in
      let path = "\(folder.path)/\(number).json"
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return path
    }
    let (exitCode, output) = try withExtendedLifetime(folder) {
      try play(["python3", "-W", "ignore", "-c", script] + paths)
    }
    return output + (exitCode == 0 ? "" : "exit \(exitCode)")
  }

  private static func play(_ arguments: [String]) throws -> (exitCode: Int32, output: String) {
    try Program.play("/usr/bin/env", arguments, environment: ProcessInfo.processInfo.environment)
  }
}

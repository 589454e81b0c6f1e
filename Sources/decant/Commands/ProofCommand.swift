import ArgumentParser
import Documents
import Reconciliation
import Verification

struct ProofCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "proof", abstract: "Evidence of how a copy was made and what was looked for in it.",
    subcommands: [ProofCheckCommand.self])
}

struct ProofCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Tells whether a proof is as it was signed, and whether the copy passed.",
    discussion: """
      Exit code 0 when it is whole, signed by a trusted key where one is known, and the copy passed; 8 when a byte of it \
      was changed, another key signed it, or the copy did not pass; 1 when it cannot be read. `scripts/check-proof` \
      does the same with the openssl program alone.
      """)

  @Argument(help: ArgumentHelp("The proof.", valueName: "file"))
  var file: String

  @Option(
    name: .customLong("trusted-key"),
    help: ArgumentHelp(
      "A file with a public key in PEM whose signature counts; may be given several times. Without it, any key's signature shows that nothing was changed, and the page says whose it is.",
      valueName: "file"))
  var trusted: [String] = []

  @Flag(help: "What was found as JSON.")
  var json = false

  func run() throws {
    do {
      let keys = try trusted.map(Self.key)
      let bytes = try DiskFiles.contents(of: file)
      let reading = try SealedProof.read(bytes, trusting: keys.isEmpty ? nil : keys)
      tell(reading)
      Console.exit(reading.hasPassed ? .ok : .verificationFailed)
    } catch let refusal as ProofRefusal {
      fail("\(file): \(refusal)", refusal == .unreadable ? "unreadable" : "refused", .verificationFailed)
    } catch {
      fail("\(error)", "unreadable", .error)
    }
  }

  private static func key(_ path: String) throws -> VerifyingKey {
    do { return try VerifyingKey(pem: try DiskFiles.contents(of: path)) } catch let error as KeyError {
      throw Failure(
        "trust", path, cause: error.description, hint: "openssl pkey -pubout writes the public key of a private one")
    }
  }

  private func tell(_ reading: SealedProof.Reading) {
    let proof = reading.proof
    if json {
      var fields: Fields = [
        "whole": true, "passed": .bool(reading.hasPassed), "trusted": .bool(!trusted.isEmpty && reading.signer != nil),
        "snapshot": proof["snapshot"] ?? .null, "target": proof["target"] ?? .null,
      ]
      fields["signer"] = reading.signer.map { .string($0.id) }
      return Console.write(JSON.pretty(.object(fields)) + "\n")
    }
    let who = reading.signer.map { signer in
      trusted.isEmpty
        ? "signed by \(signer.id); name the key that you trust with --trusted-key to know that it is theirs"
        : "signed by \(signer.id), which is trusted"
    }
    let name = "\(proof["target"]?.string ?? "") \(proof["snapshot"]?.string ?? "")"
    Console.write("\(name): whole; \(who ?? "nobody signed it, so whoever can write the file could have written it")\n")
    Console.write(reading.hasPassed ? "The copy passed.\n" : "The copy did not pass.\n")
  }

  private func fail(_ message: String, _ kind: String, _ status: ExitStatus) -> Never {
    if json {
      Console.write(JSON.pretty(["whole": false, "reason": .string(message), "kind": .string(kind)]) + "\n")
    } else {
      Console.write("error: \(message)\n", toError: true)
    }
    Console.exit(status)
  }
}

private import CLibCrypto

/// SHA-256 (FIPS 180-4) of bytes, as lower-case hexadecimal: 64 characters.
public func sha256(_ bytes: some Sequence<UInt8>) -> String {
  let input = Array(bytes)
  var output = [UInt8](repeating: 0, count: 32)
  var length: UInt32 = 32
  let done = EVP_Digest(input, input.count, &output, &length, EVP_sha256(), nil)
  // EVP_Digest fails only where libcrypto has no SHA-256 at all; no digest may then pass for one.
  precondition(done == 1 && length == 32, "libcrypto offers no SHA-256")
  return hexadecimal(output)
}

public func sha256(_ text: String) -> String { sha256(text.utf8) }

/// Two lower-case digits for each byte.
public func hexadecimal(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

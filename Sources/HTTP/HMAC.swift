private import CLibCrypto

/// HMAC-SHA256 (RFC 2104): 32 bytes.
func hmacSHA256(_ key: [UInt8], _ message: some Sequence<UInt8>) -> [UInt8] {
  let message = Array(message)
  var output = [UInt8](repeating: 0, count: 32)
  var length = 0
  let done = EVP_Q_mac(
    nil, "HMAC", nil, "SHA256", nil, key, key.count, message, message.count, &output, output.count, &length)
  // It fails only where libcrypto has no HMAC at all; nothing may then pass for one.
  precondition(done != nil && length == 32, "libcrypto offers no HMAC-SHA256")
  return output
}

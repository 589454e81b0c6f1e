private import CJSONC

extension JSON {
  /// Reads one JSON text: strict, UTF-8 only, at most `depthLimit` deep.
  ///
  /// A number without point and exponent is `.integer` where it fits into 64 bits, and beyond that a `.number` where a
  /// double keeps all its digits; where none does, the text is refused. `1.0` and `1e3` are `.number`.
  /// A key with the character NUL is refused: json-c cannot hold it, and YAML keys cannot have it either.
  /// json-c checks the grammar and builds the tree; what it lets pass (a key that comes twice, an invalid byte, a lone
  /// surrogate, `NaN`, digits it would drop) is refused by `JSONTokens` before.
  public static func read(_ bytes: [UInt8]) throws(JSONError) -> Value {
    if let offset = TextScan.invalidUTF8(in: bytes) {
      throw JSONError("the text is not valid UTF-8", at: offset, of: bytes)
    }
    var tokens = JSONTokens(bytes)
    try tokens.check()
    return try JSONTree.parse(tokens.readable, of: bytes, added: tokens.exponents, depth: JSON.depthLimit).value()
  }

  /// Reads what a library of ours wrote: json-c alone checks the grammar, which is several times as fast, and the depth
  /// is the caller's to choose. Not for text from outside.
  public static func read(machineWritten bytes: [UInt8], depth: Int) throws(JSONError) -> Value {
    try JSONTree.parse(bytes, of: bytes, added: [], depth: depth).value()
  }

  public static func read(_ text: String) throws(JSONError) -> Value { try read(Array(text.utf8)) }
}

/// Owns one tree of json-c and gives it back.
private struct JSONTree: ~Copyable {
  private let root: OpaquePointer?

  private init(owning root: OpaquePointer?) { self.root = root }

  /// `added` are the offsets, in the original, behind which two bytes were put in.
  static func parse(_ text: [UInt8], of original: [UInt8], added: [Int], depth: Int) throws(JSONError) -> JSONTree {
    guard let tokener = json_tokener_new_ex(Int32(depth)) else {
      throw JSONError("no memory is left to read JSON", at: 0, of: original)
    }
    defer { json_tokener_free(tokener) }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8)
    // The terminating NUL tells json-c that a number at the very end is finished. Its length is an `int`.
    guard let length = Int32(exactly: text.count + 1) else {
      throw JSONError("the text is over 2 GB", at: 0, of: original)
    }
    let root = (text + [0]).withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { json_tokener_parse_ex(tokener, $0.baseAddress, length) }
    }
    let tree = JSONTree(owning: root)
    let error = json_tokener_get_error(tokener)
    guard error == json_tokener_success else {
      let end = json_tokener_get_parse_end(tokener)
      let shift = 2 * added.enumerated().count { $1 + 2 * $0 < end }
      throw JSONError(.refused(error, depth), at: min(original.count, end - min(end, shift)), of: original)
    }
    return tree
  }

  deinit { json_object_put(root) }

  func value() -> Value { Self.value(of: root) }

  private static func value(of object: OpaquePointer?) -> Value {
    switch json_object_get_type(object) {
    case json_type_boolean: .bool(json_object_get_boolean(object) != 0)
    case json_type_int: .integer(Int(json_object_get_int64(object)))
    case json_type_double: .number(json_object_get_double(object))
    case json_type_string: .string(text(of: object))
    case json_type_array:
      .list((0..<json_object_array_length(object)).map { value(of: json_object_array_get_idx(object, $0)) })
    case json_type_object: .object(fields(of: object))
    default: .null
    }
  }

  /// By length, because a string may hold NUL.
  private static func text(of object: OpaquePointer?) -> String {
    guard let start = json_object_get_string(object) else { return "" }
    let length = Int(json_object_get_string_len(object))
    return UnsafeRawBufferPointer(start: start, count: length).withMemoryRebound(to: UInt8.self) {
      String(decoding: $0, as: UTF8.self)
    }
  }

  private static func fields(of object: OpaquePointer?) -> Fields {
    var pairs: [(String, Value)] = []
    pairs.reserveCapacity(Int(json_object_object_length(object)))
    var (current, end) = (json_object_iter_begin(object), json_object_iter_end(object))
    while json_object_iter_equal(&current, &end) == 0 {
      if let name = json_object_iter_peek_name(&current) {
        pairs.append((String(cString: name), value(of: json_object_iter_peek_value(&current))))
      }
      json_object_iter_next(&current)
    }
    return Fields(pairs)
  }
}

extension String {
  fileprivate static func refused(_ error: json_tokener_error, _ depth: Int) -> String {
    switch error {
    case json_tokener_error_depth: "more than \(depth) objects and lists stand within one another"
    case json_tokener_continue, json_tokener_error_parse_eof: "the text ends before the value does"
    case json_tokener_error_parse_null, json_tokener_error_parse_boolean:
      "this is no value; bare words are only `true`, `false` and `null`"
    case json_tokener_error_parse_number: "this is not a number that JSON knows"
    case json_tokener_error_parse_array: "a `,` or the closing `]` of the list is missing here"
    case json_tokener_error_parse_object_key_name: "a key in double quotes is missing here"
    case json_tokener_error_parse_object_key_sep: "the `:` behind the key is missing here"
    case json_tokener_error_parse_object_value_sep: "a `,` or the closing `}` of the object is missing here"
    case json_tokener_error_parse_string: "this escape is not one that JSON knows"
    case json_tokener_error_parse_utf8_string: "the text is not valid UTF-8"
    default: "this character cannot stand here"
    }
  }
}

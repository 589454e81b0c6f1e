/// The values inside of a value that a mask looks at one by one: for showing what it did, and nothing else of the value.
extension Mask {
  /// It masks places inside of a JSON document.
  public var readsDocument: Bool { self is JSONPathMask }

  /// A value is made of several that are masked: a document, or an array.
  public var hasParts: Bool { self is JSONPathMask || self is ArrayMask }

  /// The masked parts of a value, in their order; none where it is not of its type's text form.
  public func parts(of value: UnsafeRawBufferPointer) -> [String] {
    var found: [String] = []
    do throws(MaskFailure) {
      if let document = self as? JSONPathMask {
        try document.leaves(of: value) { leaf, _ in found.append(String(decoding: leaf, as: UTF8.self)) }
      } else if let list = self as? ArrayMask {
        try ArrayElements.each(of: value, delimiter: list.delimiter) {
          found.append(String(decoding: $0, as: UTF8.self))
        }
      }
    } catch { return [] }
    return found
  }
}

internal import CLibYAML

/// Owns a libyaml parser over bytes that somebody else keeps alive, and the event it gave last.
final class EventStream {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private(set) var event = yaml_event_t()

  /// `bytes` have to stay where they are for as long as events are asked for. Nothing where memory is at an end.
  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    // The parser holds a pointer to itself, so it lives at an address of its own.
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    guard yaml_parser_initialize(parser) == 1 else {
      parser.deallocate()
      return nil
    }
    yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
  }

  deinit {
    yaml_event_delete(&event)
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  /// Steps to the next event; false where the text is no YAML, and `problem` says why.
  func advance() -> Bool {
    yaml_event_delete(&event)
    return yaml_parser_parse(parser, &event) == 1
  }

  /// What libyaml says about the text, in its own words and with its marks (from 0).
  var problem: Problem {
    Problem(
      text: parser.pointee.problem.map(String.init(cString:)) ?? "",
      context: parser.pointee.context.map(String.init(cString:)) ?? "",
      mark: parser.pointee.problem_mark, contextMark: parser.pointee.context_mark)
  }

  struct Problem {
    let text: String
    let context: String
    let mark: yaml_mark_t
    let contextMark: yaml_mark_t
  }
}

extension yaml_event_t {
  /// The anchor that the event sets or, as an alias, follows.
  var anchor: String? {
    switch type {
    case YAML_SCALAR_EVENT: Self.text(data.scalar.anchor)
    case YAML_SEQUENCE_START_EVENT: Self.text(data.sequence_start.anchor)
    case YAML_MAPPING_START_EVENT: Self.text(data.mapping_start.anchor)
    case YAML_ALIAS_EVENT: Self.text(data.alias.anchor)
    default: nil
    }
  }

  var tag: String? {
    switch type {
    case YAML_SCALAR_EVENT: Self.text(data.scalar.tag)
    case YAML_SEQUENCE_START_EVENT: Self.text(data.sequence_start.tag)
    case YAML_MAPPING_START_EVENT: Self.text(data.mapping_start.tag)
    default: nil
    }
  }

  var scalarText: String {
    String(decoding: UnsafeBufferPointer(start: data.scalar.value, count: data.scalar.length), as: UTF8.self)
  }

  private static func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    bytes.map { String(cString: $0) }
  }
}

import Documents
import Testing

struct SuggestionTests {
  static let keys = [
    "targets", "storage_profiles", "sso_groups", "override_query", "query_file", "cpus", "dst_url", "sso",
  ]

  static let words: [(word: String, nearest: String?)] = [
    ("overide_query", "override_query"), ("override-query", "override_query"), ("Override_Query", "override_query"),
    ("target", "targets"), ("tragets", "targets"), ("storageprofile", "storage_profiles"),
    ("storage", "storage_profiles"),
    ("cpu", "cpus"), ("cups", "cpus"), ("pcs", nil), ("sso_grups", "sso_groups"), ("sso_group_names", nil),
    ("query", "query_file"), ("dsturl", "dst_url"), ("src_url", nil), ("services", nil), ("version", nil),
    ("x", nil), ("", nil), ("ss", "sso"), ("volumes", nil), ("networks", nil), ("targets", "targets"),
  ]

  @Test(arguments: words)
  func theNearestKnownWordIsFound(word: String, nearest: String?) {
    #expect(Suggestion.nearest(word, among: Self.keys) == nearest)
  }

  @Test func theFirstOfEquallyNearOnesIsTaken() {
    #expect(Suggestion.nearest("bar", among: ["baz", "bat"]) == "baz")
    #expect(Suggestion.nearest("bar", among: ["bax", "bra", "Bar"]) == "Bar")
    #expect(Suggestion.nearest("abcdef", among: ["xbcdey", "abcdxf"]) == "abcdxf")
  }
}

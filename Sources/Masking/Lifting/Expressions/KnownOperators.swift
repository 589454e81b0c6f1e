/// PostgreSQL's own operators by name, and those that well-known extensions bring under the same names for types of
/// their own, which lifted SQL does not read.
enum KnownOperators {
  static let names = set(
    """
    + - * / % ^ |/ ||/ @ & | # ~ << >> = <> < > <= >= || ~* !~ !~* ~~ ~~* !~~ !~~* ^@ -> ->> #> #>> #- @> <@ ? ?| ?&
    @? @@ && <<= >>=
    """)

  private static let ofExtensions = [
    "citext": set("= <> < <= > >= ~ !~ ~* !~* ~~ !~~ ~~* !~~*"),
    "hstore": set("= <> -> ? ?& ?| || - @> <@ @ ~ # #= %% %#"),
    "ltree": set("= <> < <= > >= @> <@ ^@> ^<@ ~ ? @ || ^~ ^? ^@ ?@> ?<@ ?~ ?@"),
    "cube": set("= <> < <= > >= && @> <@ -> ~> @ ~"),
    "seg": set("= <> < <= > >= && << >> &< &> @> <@ @ ~"),
    "isn": set("= <> < <= > >="),
    "intarray": set("&& @> <@ @@ ~~ # + - | & @ ~"),
    "vector": set("= <> < <= > >= + - * ||"),
    "postgis": set("= <> < <= > >= && @ ~ << >> |>> <<| @> <@ ~= &< &>"),
    "pg_trgm": set("% <% %>"),
  ]

  /// Operators that somebody made under a name of PostgreSQL's own: what they do is not known.
  static func foreign(in schema: DatabaseSchema) -> Set<String> {
    let explained = schema.extensions.reduce(into: Set<String>()) { $0.formUnion(ofExtensions[$1.name] ?? []) }
    return schema.ownOperators.subtracting(explained)
  }

  /// What citext has is read with its types (`KnownTypes`).
  static let ofCitext = ofExtensions["citext"] ?? []

  private static func set(_ words: String) -> Set<String> {
    Set(words.split(whereSeparator: \.isWhitespace).map(String.init))
  }
}

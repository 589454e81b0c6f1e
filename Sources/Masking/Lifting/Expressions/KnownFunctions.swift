/// PostgreSQL's own functions that may stand in lifted SQL: of all their forms none is volatile or has a side effect,
/// and none depends on a setting that the copy's sessions do not fix. (A test asks the server.)
///
/// `format`, `concat` and the functions of time are stable: they depend on `DateStyle`, `TimeZone` and their like,
/// which are the same in every session of a copy.
enum KnownFunctions {
  static let names: Set<String> = Set(lines.split(whereSeparator: \.isWhitespace).map(String.init))

  private static let lines = """
    abs array_append array_cat array_dims array_fill array_length array_lower array_ndims array_position
    array_positions array_prepend array_remove array_replace array_to_json array_to_string array_upper ascii
    bit_count bit_length broadcast btrim cardinality cbrt ceil ceiling char_length character_length chr concat
    concat_ws convert convert_from convert_to date date_bin date_part date_trunc decode degrees div encode exp
    extract factorial family floor format gcd get_bit get_byte hashtext host hostmask inet_merge inet_same_family
    initcap isempty isfinite json_array_length json_build_array json_build_object json_extract_path
    json_extract_path_text json_object json_strip_nulls json_typeof jsonb_array_length jsonb_build_array
    jsonb_build_object jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object jsonb_path_exists
    jsonb_path_match jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_set jsonb_set_lax
    jsonb_strip_nulls jsonb_typeof justify_days justify_hours justify_interval lcm left length like_escape ln log
    log10 lower lower_inc lower_inf lpad ltrim macaddr8_set7bit make_date make_interval make_time make_timestamp
    make_timestamptz masklen md5 min_scale mod netmask network num_nonnulls num_nulls octet_length overlay pi
    position pow power quote_ident quote_literal quote_nullable radians regexp_count regexp_instr regexp_like
    regexp_match regexp_replace regexp_split_to_array regexp_substr repeat replace reverse right round rpad rtrim
    scale set_bit set_byte set_masklen sha224 sha256 sha384 sha512 sign similar_to_escape split_part sqrt
    starts_with string_to_array strpos substr substring text timezone to_hex to_json to_jsonb translate trim_array
    trim_scale trunc unistr upper upper_inc upper_inf width_bucket
    """

  /// Lifted where the pattern is a constant that asks for nothing of the locale.
  static let patterned: Set = ["to_char", "to_date", "to_timestamp", "to_number"]

  /// Functions of pgcrypto that give the same for the same arguments.
  static let ofPgcrypto: Set = ["digest", "hmac", "crypt"]

  /// Of PostgreSQL's own names those that the extension citext has for its own type too: which one is meant is a question
  /// of types, and they stand without a schema. (All are IMMUTABLE.)
  static let ofCitext: Set = [
    "regexp_match", "regexp_replace", "regexp_split_to_array", "replace", "split_part", "strpos", "translate",
  ]

  /// Why one of PostgreSQL's own is not lifted, where more can be said than that it is not known.
  static func obstacle(_ name: String) -> String? {
    if volatile.contains(name) { return "\(name)() is volatile: it gives something else at each call" }
    if ofSession.contains(name) { return "\(name)() depends on who runs it and where" }
    if sequences.contains(name) { return "\(name)() has a side effect on a sequence or counts on one" }
    if name == "age" { return "age() with one argument reads the present date: write age(current_date, …)" }
    if name == "statement_timestamp" { return "statement_timestamp() is another time in each statement: write now()" }
    return nil
  }

  private static let volatile: Set = [
    "random", "gen_random_uuid", "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "clock_timestamp",
    "timeofday", "gen_salt", "gen_random_bytes", "random_normal", "setseed", "pg_sleep", "uuidv4", "uuidv7",
    "txid_current", "pg_current_xact_id", "set_config", "lo_unlink", "pg_notify", "dblink", "dblink_exec",
  ]
  private static let ofSession: Set = [
    "current_setting", "current_database", "current_schema", "current_schemas", "pg_backend_pid", "version",
    "inet_client_addr", "inet_server_addr", "pg_typeof", "pg_get_userbyid", "current_query", "getpgusername",
  ]
  private static let sequences: Set = ["nextval", "setval", "currval", "lastval"]

  /// Letters of patterns whose text is the same everywhere (manual, tables 9.26 and 9.27), longest first. `TM`, `L`,
  /// `D` and `G` take theirs from the locale, `S`, `PL` and `MI` of numbers too.
  private static let pieces = [
    "YYYY", "IYYY", "HH24", "HH12", "SSSSS", "FM", "FX", "YYY", "DDD", "IDDD", "AM", "PM", "am", "pm", "MM", "DD", "HH",
    "SS", "MS", "US", "YY", "IW", "WW", "ID", "CC", "Q", "J", "W", "TZH", "TZM", "OF", "MI", "Y", "9", "0",
  ].sorted { $0.count > $1.count }

  static func isFreeOfLocale(_ pattern: String) -> Bool {
    var rest = pattern[...]
    while let character = rest.first {
      if character == "\"" {
        rest = rest.dropFirst().drop { $0 != "\"" }.dropFirst()
      } else if let piece = pieces.first(where: { rest.hasPrefix($0) }) {
        rest = rest.dropFirst(piece.count)
      } else if character.isLetter || character == "\\" {
        return false
      } else {
        rest = rest.dropFirst()
      }
    }
    return true
  }
}

/// Arrays of types of extensions, domains over them, and both at once.
extension LiftedExtensionsTests {
  static let made = [
    Case(
      extensions: ["citext"], type: "citext[]", values: ["{Ada,bob}", "{}", "{eve,NULL,ADA}"],
      texts: [
        "DELETE FROM t WHERE 'ADA' = ANY (v)", "DELETE FROM t WHERE v @> ARRAY['BOB']::citext[]",
        "DELETE FROM t WHERE v && '{nobody,EVE}'", "DELETE FROM t WHERE v = '{ada,BOB}' OR v < '{b}'",
        "UPDATE t SET v = array_append(v, 'New'), n = array_position(v, 'ADA')",
        "UPDATE t SET v = array_remove(v, 'ADA'), w = array_to_string(v, ',')",
        "UPDATE t SET w = v[1], n = cardinality(v), v = v[1:1]",
        "UPDATE t SET w = replace(v[1], 'A', '*') || v::text WHERE v[1] = 'ADA'",
        "UPDATE t SET v = ARRAY[upper(v[1]), w]; DELETE FROM t WHERE v[1] = 'ada'",
        "UPDATE t SET v = ('{Ada,' || id || '}')::citext[], w = to_jsonb(v)::text",
        "UPDATE t SET n = CASE WHEN v IS DISTINCT FROM '{ADA,BOB}' THEN 1 ELSE 2 END, v = NULL",
        "UPDATE t SET w = greatest(v, '{B}')::text, v = v || 'End'::citext",
      ]),
    Case(
      extensions: ["hstore"], type: "hstore[]",
      values: [#"{"email=>ana@x.example, plan=>gold","plan=>NULL"}"#, "{}", #"{"a=>1"}"#],
      texts: [
        "UPDATE t SET v = ARRAY[v[1] - 'email'::text], w = v[1] -> 'plan'", "DELETE FROM t WHERE v[1] ? 'plan'",
        "DELETE FROM t WHERE v @> ARRAY['a=>1'::hstore]", "DELETE FROM t WHERE 'a=>1'::hstore = ANY (v)",
        "UPDATE t SET v = array_append(v, hstore('k', w)), n = cardinality(v)", "UPDATE t SET w = (v[1])['email']",
        #"UPDATE t SET w = array_to_json(v)::text; UPDATE t SET v = '{"x=>y"}'; DELETE FROM t WHERE v[1] -> 'x' = 'n'"#,
      ]),
    Case(
      extensions: ["ltree"], type: "ltree[]", values: ["{Top.People,Top.Science}", "{}", "{Top}"],
      texts: [
        "DELETE FROM t WHERE v @> 'Top.People.Ana'::ltree", "DELETE FROM t WHERE v ~ '*.Science'::lquery",
        "UPDATE t SET v = ARRAY[lca(v)], w = v[2]::text WHERE cardinality(v) > 1",
        "UPDATE t SET n = nlevel(v[1]), v = v || 'Other'::ltree",
      ]),
    Case(
      extensions: ["hstore"], before: "CREATE DOMAIN bag AS hstore CHECK (VALUE -> 'plan' <> 'none')", type: "bag",
      values: ["email=>ana@x.example, plan=>gold", "", "a=>1"],
      texts: [
        "UPDATE t SET v = v - 'email'::text, w = v -> 'plan'", "DELETE FROM t WHERE v ? 'plan' OR v = 'a=>1'",
        "UPDATE t SET v = v || 'a=>2'; DELETE FROM t WHERE v @> 'a=>2' AND id > 0",
        "UPDATE t SET v = hstore('k', w), n = cardinality(akeys(v))", "UPDATE t SET v = 'x=>y'::bag, w = v['a']",
        "DELETE FROM t WHERE w::text || '=>1' = 'x' OR ('k=>' || id)::bag -> 'k' = '1'",
      ]),
    Case(
      extensions: ["citext"], before: "CREATE DOMAIN names AS citext[]", type: "names", values: ["{Ada,bob}", "{}"],
      texts: [
        "DELETE FROM t WHERE 'ADA' = ANY (v)", "UPDATE t SET w = v[1], n = cardinality(v) WHERE v[2] = 'BOB'",
      ]),
    Case(
      extensions: ["citext"], before: "CREATE DOMAIN mail AS citext CHECK (VALUE LIKE '%@%')", type: "mail[]",
      values: ["{Ada@X.example,bob@x.example}", "{}"],
      texts: [
        "DELETE FROM t WHERE 'ADA@x.example' = ANY (v)",
        "UPDATE t SET w = v[1], n = cardinality(v) WHERE v @> ARRAY['ADA@X.example']::mail[]",
        "UPDATE t SET v = ARRAY[v[2], 'New@home']; DELETE FROM t WHERE v[2] <> 'NEW@HOME'",
      ]),
  ]

  /// The condition of a domain is asked where rows are read, as an assignment asks it in place.
  static let failing = Case(
    extensions: ["hstore"], before: "CREATE DOMAIN bag AS hstore CHECK (NOT VALUE ? 'banned')", type: "bag",
    values: ["a=>1"], texts: ["UPDATE t SET v = v || hstore('banned', w)", "UPDATE t SET v = ('banned=>' || id)::bag"])
}

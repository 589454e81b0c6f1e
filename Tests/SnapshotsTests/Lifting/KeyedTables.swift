import Seeded

/// Tables whose foreign keys do everything that a foreign key can do where a row goes, with a partitioned one among them.
enum KeyedTables {
  static let names = [
    "regions", "users", "orders", "items", "notes", "badges", "staff", "visits_a", "visits_b", "pairs", "pair_notes",
  ]

  static let sql = """
    CREATE TABLE regions (code varchar(4) PRIMARY KEY, name text);
    CREATE TABLE users (id int PRIMARY KEY, region varchar(4) REFERENCES regions ON DELETE SET NULL, name text, n int);
    CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, n int);
    CREATE TABLE items (
      id int PRIMARY KEY, order_id int REFERENCES orders ON DELETE CASCADE,
      user_id int REFERENCES users ON DELETE CASCADE, n int);
    CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users, item_id int REFERENCES items ON DELETE SET NULL);
    CREATE TABLE badges (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE RESTRICT, n int);
    CREATE TABLE staff (id int PRIMARY KEY, boss int REFERENCES staff ON DELETE SET NULL, peer int REFERENCES staff, n int);
    CREATE TABLE visits (id int, kind text, order_id int REFERENCES orders ON DELETE CASCADE, PRIMARY KEY (id, kind))
      PARTITION BY LIST (kind);
    CREATE TABLE visits_a PARTITION OF visits FOR VALUES IN ('a');
    CREATE TABLE visits_b (kind text NOT NULL, order_id int, id int NOT NULL);
    ALTER TABLE visits ATTACH PARTITION visits_b FOR VALUES IN ('b');
    CREATE TABLE pairs (x int, y int, n int, PRIMARY KEY (x, y));
    CREATE TABLE pair_notes (
      id int PRIMARY KEY, x int, y int, visit int, kind text, FOREIGN KEY (x, y) REFERENCES pairs ON DELETE CASCADE,
      FOREIGN KEY (visit, kind) REFERENCES visits ON DELETE CASCADE);
    INSERT INTO regions SELECT 'r' || g, 'region ' || g FROM generate_series(1, 5) g;
    INSERT INTO users SELECT g, CASE WHEN g % 4 > 0 THEN 'r' || 1 + g % 5 END, 'u' || g, g % 6 FROM generate_series(1, 12) g;
    INSERT INTO orders SELECT g, CASE WHEN g % 5 > 0 THEN 1 + g % 12 END, g % 7 FROM generate_series(1, 24) g;
    INSERT INTO items SELECT g, CASE WHEN g % 6 > 0 THEN 1 + g % 24 END, CASE WHEN g % 2 > 0 THEN 1 + g % 12 END, g % 5
      FROM generate_series(1, 40) g;
    INSERT INTO notes SELECT g, CASE WHEN g % 3 = 0 THEN 1 + g % 5 END, 1 + g * 7 % 40 FROM generate_series(1, 15) g;
    INSERT INTO badges SELECT g, CASE WHEN g % 2 = 0 THEN 6 + g % 3 END, g FROM generate_series(1, 6) g;
    INSERT INTO staff SELECT g, NULLIF(g / 2, 0), CASE WHEN g > 8 THEN 8 END, g FROM generate_series(1, 12) g;
    INSERT INTO visits SELECT g, CASE WHEN g % 2 = 0 THEN 'a' ELSE 'b' END, 1 + g * 5 % 24 FROM generate_series(1, 20) g;
    INSERT INTO pairs SELECT g, g % 3, g FROM generate_series(1, 9) g;
    INSERT INTO pair_notes SELECT g, CASE WHEN g % 4 > 0 THEN g END, CASE WHEN g % 5 > 0 THEN g % 3 END, g,
      CASE WHEN g % 2 = 0 THEN 'a' ELSE 'b' END FROM generate_series(1, 9) g;
    """

  /// Runs a text in place and gives all rows of all tables, or that it failed.
  static let inPlace = """
    CREATE FUNCTION in_place(sql text, dumps text[]) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE found text := ''; one text; dump text;
    BEGIN
      BEGIN
        EXECUTE sql;
        FOREACH dump IN ARRAY dumps LOOP
          EXECUTE dump INTO one;
          found := found || coalesce(one, 'none') || ' / ';
        END LOOP;
        RAISE EXCEPTION USING ERRCODE = 'ZZ001', MESSAGE = 'undo';
      EXCEPTION WHEN SQLSTATE 'ZZ001' THEN NULL; WHEN OTHERS THEN RETURN 'failed'; END;
      RETURN found;
    END $$;
    CREATE FUNCTION lifted(checks text[], dumps text[]) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE found text := ''; one text; dump text; held bool; question text;
    BEGIN
      PERFORM set_config('search_path', 'pg_catalog', true);
      FOREACH question IN ARRAY checks LOOP
        EXECUTE question INTO held;
        IF held THEN RETURN 'failed'; END IF;
      END LOOP;
      FOREACH dump IN ARRAY dumps LOOP
        EXECUTE dump INTO one;
        found := found || coalesce(one, 'none') || ' / ';
      END LOOP;
      RETURN found;
    EXCEPTION WHEN OTHERS THEN RETURN 'failed: ' || SQLERRM;
    END $$;
    """

  static func dump(of rows: String) -> String {
    "SELECT string_agg(r::text, ' ' ORDER BY r::text COLLATE \"C\") FROM (\(rows)) AS r"
  }

  /// Some statements of which most let rows go.
  static func text(_ random: inout SeededRandom) -> String {
    (0..<Int.random(in: 1...4, using: &random)).map { _ in statement(&random) }.joined(separator: "; ")
  }

  private static func statement(_ random: inout SeededRandom) -> String {
    let number = Int.random(in: 1...24, using: &random)
    let (small, sign) = (
      Int.random(in: 1...8, using: &random), ["=", "<", ">", ">="].randomElement(using: &random) ?? "="
    )
    return [
      "DELETE FROM regions WHERE code = 'r\(small)'", "DELETE FROM users WHERE id \(sign) \(number)",
      "DELETE FROM users WHERE n = \(small)", "DELETE FROM users", "DELETE FROM orders WHERE n \(sign) \(small)",
      "DELETE FROM items WHERE n = \(small)", "DELETE FROM orders", "DELETE FROM notes WHERE user_id IS NOT NULL",
      "DELETE FROM badges", "DELETE FROM notes", "DELETE FROM staff WHERE id \(sign) \(small)",
      "DELETE FROM staff WHERE n % \(small) = 1", "DELETE FROM pairs WHERE n \(sign) \(small)",
      "DELETE FROM visits WHERE id \(sign) \(number)", "DELETE FROM visits_a WHERE id < \(number)",
      "TRUNCATE pair_notes", "TRUNCATE notes, badges", "UPDATE items SET user_id = NULL WHERE n = \(small)",
      "UPDATE orders SET user_id = NULL WHERE id > \(number)", "UPDATE users SET n = n + 1, name = 'x' || name",
      "UPDATE items SET order_id = NULL WHERE n < \(small)", "UPDATE staff SET boss = NULL WHERE id = \(small)",
      "UPDATE users SET region = NULL WHERE n = \(small)", "DELETE FROM users WHERE region IS NULL",
      "UPDATE notes SET user_id = NULL, item_id = NULL WHERE id = \(small)",
    ].randomElement(using: &random) ?? ""
  }
}

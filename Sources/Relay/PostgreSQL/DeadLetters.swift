import CPostgres

/// What `usher-relay dead-letters` does: it talks to PostgreSQL alone, and waits for it.
package struct DeadLetters: ~Copyable {
  /// Why it cannot be done, in one line.
  package struct Problem: Error, CustomStringConvertible {
    package let description: String
  }

  private let handle: OpaquePointer?

  /// Connects to the PostgreSQL at `url`.
  package init(at url: String) throws(Problem) {
    handle = PQconnectdb(url)
    if PQstatus(handle) == CONNECTION_OK { return }
    let failure = PostgresFailure.unavailable(Self.line(PQerrorMessage(handle)))
    let advice = failure.advice.map { "; \($0)" } ?? ""
    throw Problem(description: "PostgreSQL: \(failure)\(advice)")
  }

  deinit { PQfinish(handle) }

  /// One line for each, those of longest ago first.
  package func list() throws(Problem) -> String {
    let rows = try run(
      """
      SELECT to_char(buried_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), subject, event_id,
        entry_id, epoch, reason, detail, fields::text
      FROM usher_dead_letters ORDER BY buried_at, event_id, entry_id
      """)
    if rows.isEmpty { return "there are no dead letters" }
    return rows.map { row in row.map { $0 ?? "" }.joined(separator: "\t") }.joined(separator: "\n")
  }

  /// Tries to deliver each again, by itself; returns a line for each that is refused still, and how many were
  /// delivered.
  package func retry() throws(Problem) -> (delivered: Int, refused: [String]) {
    let letters = try run(
      """
      SELECT subject, epoch, event_id, entry_id FROM usher_dead_letters
      ORDER BY event_id, epoch, split_part(entry_id, '-', 1)::numeric,
        split_part(entry_id, '-', 2)::numeric
      """)
    var refused: [String] = []
    for letter in letters {
      do {
        _ = try run(letter.first == "people" ? Self.people : Self.sales, letter)
      } catch {
        refused.append("\(letter[2] ?? "")\t\(letter[3] ?? "")\t\(error)")
      }
    }
    return (letters.count - refused.count, refused)
  }

  private static func again(_ insert: String) -> String {
    """
    WITH letter AS (
      DELETE FROM usher_dead_letters
      WHERE subject = $1 AND epoch = $2 AND event_id = $3 AND entry_id = $4
      RETURNING *, jsonb_object(fields) AS f,
        to_timestamp(split_part(entry_id, '-', 1)::bigint / 1000.0) AS at
    ) \(insert) ON CONFLICT (epoch, event_id, entry_id) DO NOTHING
    """
  }

  private static let sales = again(
    """
    INSERT INTO usher_sales
      (epoch, event_id, entry_id, sold_at, op, user_id, item, number, hold, seats)
    SELECT epoch, event_id, entry_id, at,
      coalesce(f->>'op', CASE WHEN f ? 'item' THEN 'take' END), f->>'user', f->>'item',
      (f->>'number')::bigint, (f->>'hold')::bigint, string_to_array(f->>'seats', ' ') FROM letter
    """)

  private static let people = again(
    """
    INSERT INTO usher_people (epoch, event_id, entry_id, at, op, user_id, fields)
    SELECT epoch, event_id, entry_id, at, f->>'op', f->>'user', f FROM letter
    """)

  private func run(_ text: String, _ parameters: [String?] = []) throws(Problem) -> PostgresRows {
    let result = PostgresConnection.withStrings(parameters) { values in
      PQexecParams(handle, text, Int32(parameters.count), nil, values, nil, nil, 0)
    }
    defer { PQclear(result) }
    let status = PQresultStatus(result)
    guard status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK else {
      throw Problem(description: Self.line(PQresultErrorMessage(result)))
    }
    return (0..<PQntuples(result)).map { row in
      (0..<PQnfields(result)).map { column in
        PQgetisnull(result, row, column) == 1
          ? nil : String(cString: PQgetvalue(result, row, column))
      }
    }
  }

  private static func line(_ text: UnsafePointer<CChar>?) -> String {
    text.map { PostgresConnection.line(String(cString: $0)) } ?? ""
  }
}

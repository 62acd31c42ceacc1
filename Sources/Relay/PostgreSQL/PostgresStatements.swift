/// The statements of a relay. Each delivery is one statement, and so one transaction of its own: it checks the
/// fence, under a lock that a claim waits for, moves the position, and writes the rows. It returns 1 if it did,
/// and 0, with nothing changed, if the fence is another's.
enum PostgresStatements {
  /// Whether the tables are there.
  static let check = PostgresQuery(
    text: "SELECT 1 FROM usher_positions, usher_dead_letters LIMIT 1", parameters: [])

  /// Raises the fence of a course; everybody who had an earlier one writes nothing from now on.
  static func claim(_ course: Course) -> PostgresQuery {
    PostgresQuery(
      text: """
        INSERT INTO usher_positions AS p (subject, event_id, epoch, fence, updated_at)
        VALUES ($1, $2, '', 1, clock_timestamp())
        ON CONFLICT (subject, event_id, epoch)
        DO UPDATE SET fence = p.fence + 1, updated_at = clock_timestamp()
        RETURNING fence
        """, parameters: [course.subject.rawValue, course.event.text])
  }

  /// The positions of a course, the one that moved last first. To be asked for after the claim.
  static func positions(_ course: Course) -> PostgresQuery {
    PostgresQuery(
      text: """
        SELECT epoch, ms, seq FROM usher_positions
        WHERE subject = $1 AND event_id = $2 AND epoch <> '' ORDER BY updated_at DESC
        """, parameters: [course.subject.rawValue, course.event.text])
  }

  /// Writes entries that are all of one epoch; there is at least one.
  static func write(
    _ entries: ArraySlice<Entry>, of course: Course, fence: Int64
  ) -> PostgresQuery {
    guard let last = entries.last else { preconditionFailure("there is nothing to write") }
    var query = move(course, to: last, fence: fence)
    query.parameters.append(entries.postgresArray { $0.id.description })
    switch course.subject {
    case .sales:
      query.text += sales
      for name in ["op", "user", "item", "number", "hold", "seats"] {
        query.parameters.append(entries.postgresArray { $0.value(name) })
      }
    case .people:
      query.text += people
      for name in ["op", "user"] {
        query.parameters.append(entries.postgresArray { $0.value(name) })
      }
      query.parameters.append(entries.postgresArray { $0.fields.postgresArray { $0 } })
    }
    return query
  }

  /// Puts an entry to the dead letters.
  static func bury(
    _ entry: Entry, of course: Course, because problem: DeadLetter, fence: Int64
  ) -> PostgresQuery {
    var query = move(course, to: entry, fence: fence)
    query.text += """
      , letter AS (
        INSERT INTO usher_dead_letters
          (subject, epoch, event_id, entry_id, reason, detail, fields)
        SELECT $1, $3, $2, $7, $8, $9, $10::text[] FROM moved
        ON CONFLICT DO NOTHING
      ) SELECT count(*) FROM moved
      """
    query.parameters += [
      entry.id.description, problem.reason.rawValue, problem.detail,
      entry.fields.postgresArray { $0 },
    ]
    return query
  }

  private static func move(_ course: Course, to entry: Entry, fence: Int64) -> PostgresQuery {
    PostgresQuery(
      text: """
        WITH held AS (
          SELECT 1 FROM usher_positions
          WHERE subject = $1 AND event_id = $2 AND epoch = '' AND fence = $4::bigint FOR UPDATE
        ), moved AS (
          INSERT INTO usher_positions AS p (subject, event_id, epoch, fence, ms, seq, updated_at)
          SELECT $1, $2, $3, $4::bigint, $5::bigint, $6::bigint, clock_timestamp() FROM held
          ON CONFLICT (subject, event_id, epoch)
          DO UPDATE SET fence = excluded.fence, ms = excluded.ms, seq = excluded.seq,
            updated_at = excluded.updated_at
          WHERE (p.ms, p.seq) < (excluded.ms, excluded.seq)
          RETURNING 1
        )
        """,
      parameters: [
        course.subject.rawValue, course.event.text, entry.epoch, "\(fence)",
        "\(entry.id.milliseconds)", "\(entry.id.number)",
      ])
  }

  // A row that is there already was delivered: the positions were lost, and not the rows. Version 0.1
  // wrote takes alone, and no op.
  private static let sales = """
    , sold AS (
      INSERT INTO usher_sales
        (epoch, event_id, entry_id, sold_at, op, user_id, item, number, hold, seats)
      SELECT $3, $2, e.id, to_timestamp(split_part(e.id, '-', 1)::bigint / 1000.0),
        coalesce(e.op, CASE WHEN e.item IS NOT NULL THEN 'take' END), e.person, e.item,
        e.number::bigint, e.hold::bigint, string_to_array(e.seats, ' ')
      FROM moved, unnest($7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
        $13::text[]) WITH ORDINALITY AS e(id, op, person, item, number, hold, seats, place)
      ORDER BY e.place
      ON CONFLICT (epoch, event_id, entry_id) DO NOTHING
    ) SELECT count(*) FROM moved
    """

  private static let people = """
    , changed AS (
      INSERT INTO usher_people (epoch, event_id, entry_id, at, op, user_id, fields)
      SELECT $3, $2, e.id, to_timestamp(split_part(e.id, '-', 1)::bigint / 1000.0), e.op, e.person,
        jsonb_object(e.fields::text[])
      FROM moved, unnest($7::text[], $8::text[], $9::text[], $10::text[])
        WITH ORDINALITY AS e(id, op, person, fields, place)
      ORDER BY e.place
      ON CONFLICT (epoch, event_id, entry_id) DO NOTHING
    ) SELECT count(*) FROM moved
    """
}

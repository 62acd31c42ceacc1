/// The tables that a relay writes to, as `usher-relay schema` prints them.
package enum PostgresSchema {
  /// Statements that make what is not there.
  package static let ddl = """
    -- The tables of usher-relay. Add what you like: other columns with defaults, indexes, triggers,
    -- constraints. What a constraint refuses goes to usher_dead_letters.

    -- Every sale, once. delivery rises in the order in which the sales of an event were made.
    CREATE TABLE IF NOT EXISTS usher_sales (
      epoch     text        NOT NULL,
      event_id  text        NOT NULL,
      entry_id  text        NOT NULL,
      delivery  bigint      GENERATED ALWAYS AS IDENTITY,
      sold_at   timestamptz NOT NULL,
      op        text        NOT NULL,  -- take or confirm
      user_id   text        NOT NULL,
      item      text,                  -- of a take, and which one of the item it is
      number    bigint,
      hold      bigint,                -- of a confirmed hold, and its seats
      seats     text[],
      PRIMARY KEY (epoch, event_id, entry_id)
    );

    -- Every change of a person's state (--people), once.
    CREATE TABLE IF NOT EXISTS usher_people (
      epoch     text        NOT NULL,
      event_id  text        NOT NULL,
      entry_id  text        NOT NULL,
      delivery  bigint      GENERATED ALWAYS AS IDENTITY,
      at        timestamptz NOT NULL,
      op        text        NOT NULL,
      user_id   text,
      fields    jsonb       NOT NULL,
      PRIMARY KEY (epoch, event_id, entry_id)
    );

    -- How far deliveries have come, changed together with what was delivered. The row with an empty
    -- epoch has the fence of the relay that delivers.
    CREATE TABLE IF NOT EXISTS usher_positions (
      subject    text        NOT NULL,
      event_id   text        NOT NULL,
      epoch      text        NOT NULL,
      fence      bigint      NOT NULL,
      ms         bigint      NOT NULL DEFAULT -1,
      seq        bigint      NOT NULL DEFAULT 0,
      updated_at timestamptz NOT NULL,
      PRIMARY KEY (subject, event_id, epoch)
    );

    -- What could not be delivered: usher-relay dead-letters list | retry
    CREATE TABLE IF NOT EXISTS usher_dead_letters (
      subject   text        NOT NULL,
      epoch     text        NOT NULL,
      event_id  text        NOT NULL,
      entry_id  text        NOT NULL,
      reason    text        NOT NULL,
      detail    text        NOT NULL,
      fields    text[]      NOT NULL,  -- name, value, name, value…
      buried_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (subject, epoch, event_id, entry_id)
    );
    """
}

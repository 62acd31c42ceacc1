import Redis
import TestSupport
import Testing

@testable import Queue

/// The scripts with one rule changed: each must be found by the histories, or the model says less than
/// it seems to.
@Suite("Mutants of the scripts", .tags(.computation), .selected)
struct QueueMutantTests {
  typealias Mutant = ScriptMutant

  static let mutants = [
    Mutant(
      "the dead keep their entry",
      "if reason and present and present <= ticket then", "if false then"),
    Mutant(
      "leaving overwrites the admission",
      "redis.call('ZADD', admitted, whole(admitted_at), user)", ""),
    Mutant(
      "a grant ends at a tick", "redis.call('ZADD', grants, whole(now), user)",
      "redis.call('ZADD', grants, whole(at), user)"),
    Mutant(
      "a ticket's life counts from joining",
      "return at ~= nil and now - at * 1000 > ticket_ttl", "return true"),
    Mutant("a token's stamp does not count", "math.max(ticket, stamp)", "ticket"),
    Mutant(
      "the bucket has six decimals", "string.format('%.17g', number)",
      "string.format('%.6f', number)"),
    Mutant("the ready are one fewer", "rank >= math.floor(usable)", "rank > math.floor(usable)"),
    Mutant(
      "the younger ticket wins", "if present and present <= ticket then return present, false end",
      "if present and present >= ticket then return present, false end"),
    Mutant(
      "a loss that a caller knows of goes unnoticed",
      "if math.max(known_tick, ticket or 0) > last then return 2, now end", ""),
    Mutant("the bucket stays full after a loss", "if now < rebuild_until then tokens = 0 end", ""),
    Mutant(
      "a presence from the future stays there",
      "for _, user in ipairs(some(key, '(' .. whole(present + unit), '+inf')) do",
      "for _, user in ipairs({}) do"),
    Mutant("a paused event parks the head", "state ~= 'paused' and now >= rebuild_until", "true"),
    Mutant(
      "looks that are far apart are an outage", "local began = now - tonumber(ARGV[own + 4])",
      "local began = now"),
    Mutant(
      "a clock that has stepped is believed", "has_stepped and estimate or clock", "clock"),
    Mutant(
      "a store that lost everything goes unnoticed",
      "if store_lost > 0 and is_recent and (is_new or created < store_lost) then",
      "if false then"),
    Mutant(
      "a rollback that others hid goes unnoticed",
      "if known_tick > 0 and is_known_tick_missing() then return 2, now end", ""),
    Mutant(
      "those who do not know the store admit", "if store_lost < 0 then return 0 end", ""),
    Mutant(
      "a rebuild ends while people come back", "if returned > 0 and returned * 100 >= length",
      "if false"),
    Mutant(
      "an index that was made anew stays unnoticed",
      "known_tick > 0 and known_tick < created", "false"),
    Mutant(
      "a parked person who joins again gets a new place",
      "parked_size > 0 and redis.call('HMGET', places, unpack(users)) or {}", "{}"),
    Mutant(
      "an anonymous join makes a new place after admission",
      "string.sub(user, 1, 5) == 'anon-'", "false"),
    Mutant(
      "the promise is by a full bucket", "local covered = math.floor(usable_tokens())",
      "local covered = math.floor(burst)"),
    Mutant(
      "what those inside may still take does not count",
      "math.ceil((seats - reserved) / seats_per_person)", "math.ceil(seats / seats_per_person)"),
    Mutant(
      "a person takes one seat", "(seats - reserved) / seats_per_person", "(seats - reserved)"),
    Mutant(
      "where nothing is for sale, all may come in", "if not is_bound then return tokens end",
      "if not is_bound or not left_for_sale() then return tokens end"),
    Mutant(
      "joining again after the ticket's end finds the old place", "    present[at] = false\n", ""),
    Mutant(
      "a torn index is not noticed", "length == 0 and (number(fields[3], 0) or 0) > 0", "false"),
    Mutant(
      "what makes no sense counts as not set", "if not value then makes_sense = false end", ""),
    Mutant(
      "what was written by hand goes first", "set[place + 2] or by_hand",
      "by_hand or set[place + 2]"),
    Mutant("an event resumes with a full bucket", "if state == 'paused' then tokens = 0 end", ""),
    Mutant("an older version is written back", "if theirs > version then", "if true then"),
    Mutant(
      "what was lost is changed before it is back", "if version < tonumber(ARGV[own + 2]) then",
      "if false then"),
  ]

  @Test("is found within 200 histories", arguments: mutants)
  func found(mutant: Mutant) throws {
    var places = 0
    let scripts = QueueScripts { text in
      if mutant.changes(text) { places += 1 }
      return ScriptedEvent.withTestClock(mutant.applied(to: text))
    }
    #expect(places > 0)
    let event = try ScriptedEvent(scripts: scripts)
    let found = try Counterexample.search(1...200, on: event)
    #expect(found != nil)
  }
}

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
      "a grant ends at a tick", "began[#began + 1], began[#began + 2] = whole(now), user",
      "began[#began + 1], began[#began + 2] = whole(entered), user"),
    Mutant(
      "a ticket's life counts from joining",
      "return at ~= nil and now - at * 1000 > ticket_ttl", "return true"),
    Mutant("a token's stamp does not count", "math.max(ticket, stamp)", "ticket"),
    Mutant(
      "the bucket has six decimals", "string.format('%.17g', number)",
      "string.format('%.6f', number)"),
    Mutant(
      "one more is called than the bucket covers", "local room = math.floor(usable_tokens())",
      "local room = math.ceil(usable_tokens())"),
    Mutant(
      "the younger ticket wins", "(not place or place > ticket)",
      "(not place or place < ticket)"),
    Mutant(
      "a loss that a caller knows of goes unnoticed",
      "if math.max(known_tick, ticket or 0) > last then return 2, now end", ""),
    Mutant("the bucket stays full after a loss", "if now < rebuild_until then tokens = 0 end", ""),
    Mutant(
      "a presence from the future stays there",
      "for _, user in ipairs(some(key, '(' .. whole(present + unit), '+inf')) do",
      "for _, user in ipairs({}) do"),
    Mutant(
      "a paused event parks the head",
      "if not hours.is_calling or now < rebuild_until then return nil end", ""),
    Mutant(
      "a full event parks the head",
      "if usable_tokens() < 1 and (tokens >= 1 or rate == 0 and called == 0) then return nil end",
      ""),
    Mutant(
      "who was as quiet as told in a pause is passed over", "rebuild_until / 1000, (number",
      "0, 0 * (number"),
    Mutant(
      "a shut event promises", "if state == 'paused' then return -1, -1, -1, 'paused' end", ""),
    Mutant(
      "people are called before the event opens", "now >= hours.opens and now < hours.closes",
      "now < hours.closes"),
    Mutant(
      "people are called when the event is over", "now >= hours.opens and now < hours.closes",
      "now >= hours.opens"),
    Mutant("people join before they may", "elseif now < hours.prequeue then", "elseif false then"),
    Mutant(
      "people join when the event is over", "state == 'closed' or now >= hours.closes",
      "state == 'closed'"),
    Mutant(
      "silence before the event opens counts", "/ 1000, hours.opens / 1000) > head_ttl",
      "/ 1000) > head_ttl"),
    Mutant(
      "people are promised a call before the event opens",
      "  start_at(hours.opens, 'opening')\n", ""),
    Mutant(
      "looks that are far apart are an outage", "local began = now - tonumber(ARGV[own + 3])",
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
      "those who do not know the store call", "if store_lost < 0 or is_stranger",
      "if is_stranger"),
    Mutant(
      "those who have just met the event call", "or is_stranger and created < now - 2000000", ""),
    Mutant(
      "who looked for no loss learns how far the event is, and never sees it", "'-1', 0",
      "is_new and '0' or whole(last), 0"),
    Mutant(
      "a stranger lets nobody in who is called", "store_lost ~= -1",
      "store_lost ~= -1 and not is_stranger"),
    Mutant(
      "those who do not know the store let in who is called", " and store_lost ~= -1", ""),
    Mutant("a stranger calls nobody where an event is new", "and created < now - 2000000", ""),
    Mutant(
      "a rebuild ends while people come back", "if returned > 0 and returned * 100 >= length",
      "if false"),
    Mutant(
      "a parked person who joins again gets a new place",
      "parked_size > 0 and redis.call('HMGET', places, unpack(users)) or {}", "{}"),
    Mutant(
      "an anonymous join makes a new place after admission",
      "string.sub(user, 1, 5) == 'anon-'", "false"),
    Mutant(
      "the promise is by a full bucket", "local have, starts, reason = usable_tokens(), 0, ''",
      "local have, starts, reason = burst, 0, ''"),
    Mutant(
      "what those inside may still take does not count",
      "math.ceil((seats - reserved) / seats_per_person)", "math.ceil(seats / seats_per_person)"),
    Mutant(
      "where nothing is for sale, all may come in", "    if is_bound then\n",
      "    if is_bound and left_for_sale() then\n"),
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
    Mutant(
      "the second in line is called first", "local a, f = 1, 1\n",
      "local a, f = 1, 1\n  if first[2] then first[1], first[2] = first[2], first[1] end\n"),
    Mutant(
      "a lapsed call keeps its token",
      "  tokens = tokens + #users\n", ""),
    Mutant(
      "a call goes on when it is over", "if called == 0 or paused_at then return end",
      "if true then return end"),
    Mutant(
      "whoever is called may enter when the call is over",
      "found[at] = moment and moment > call_now and moment or false", "found[at] = moment or false"),
    Mutant(
      "the clock of calls goes on in a pause",
      "local call_now = math.floor(((paused_at or now) - paused_for) / 1000)",
      "local call_now = math.floor((now - paused_for) / 1000)"),
    Mutant(
      "what a pause took is forgotten",
      "paused_for, paused_at, fields[26] = paused_for + pause, nil, whole(now)",
      "paused_at, fields[26] = nil, whole(now)"),
    Mutant(
      "any number may be inside",
      "if active_limit > 0 then usable = math.min(usable, active_limit - people) end", ""),
    Mutant(
      "the called do not count as inside", "local people = count_inside() + called",
      "local people = count_inside()"),
    Mutant("no-shows get the whole burst", "repeats < half", "repeats < burst"),
    Mutant(
      "a no-show need not ask",
      "redis.call('ZADD', noshows, whole(-at), user)\n  note_size",
      "redis.call('ZADD', noshows, whole(at), user)\n  note_size"),
    Mutant(
      "each call comes as soon as the first", "2 ^ math.min(times, 20) * ready_ttl",
      "2 * ready_ttl"),
    Mutant(
      "who never heard of the call is a no-show",
      " and sights[at] and tonumber(sights[at]) >= over - ready_ttl", ""),
    Mutant(
      "who could not enter since no one reached the event is a no-show",
      "not fields[23] or watched_ms and watched_ms <= over", "true"),
    Mutant(
      "who leaves keeps the token of the call",
      "called, tokens = called - freed, tokens + (freed - own_tokens)",
      "called = called - freed"),
    Mutant("a loss leaves calls as they are", "  void_calls()\n", ""),
    Mutant(
      "those who were inside before a loss are forgotten",
      "if now_ms < inside_until then", "if false then"),
    Mutant(
      "who comes back to an earlier place is not called",
      "ahead_size = ahead_size + redis.call('ZADD', ahead, whole(ticket), user)", ""),
    Mutant(
      "closed tabs are called", "return sight and watched_ms and", "return false and"),
    Mutant(
      "who was passed over is forgotten", "passed[#passed + 1] = {user, tickets[at]}", ""),
    Mutant(
      "an event that is full of calls fills its bucket",
      "tokens = math.min(tokens, math.max(0, burst - called + steered.called))",
      "tokens = math.min(tokens, burst)"),
    Mutant(
      "the called are parked", "if not until_when[at] and #absent", "if #absent"),
    Mutant(
      "a grant that is exchanged again becomes another session",
      "if known == began and is_session then", "if false then"),
    Mutant(
      "an ended session is renewed", "if has_ended(user, began) or is_followed(user, began) then",
      "if is_followed(user, began) then"),
    Mutant(
      "an ended session keeps its place",
      "if present then redis.call('ZREM', inside, user) else see_again() end", ""),
    Mutant(
      "a session outlives session-max",
      "math.min(now_ms + session_ttl, math.floor(began / 1000) + session_max)",
      "now_ms + session_ttl"),
    Mutant(
      "an ended session is refused no longer than it would have lasted",
      "math.max(moment, present or 0, now_ms + refusal())", "math.max(moment, present or 0)"),
    Mutant(
      "who shows up after a loss is counted twice",
      "  if not inside_until_of(user) then see_again() end", ""),
    Mutant(
      "an operator's pause begins with the next call",
      "note_pause(is_paused_now())", ""),
    Mutant(
      "whom an operator called waits for the end of a pause",
      "(may_enter or is_operators[at])", "may_enter"),
    Mutant(
      "an operator's call frees a token of the bucket",
      "tokens + (freed - own_tokens)", "tokens + freed"),
    Mutant(
      "an operator's call takes room in the bucket", "burst - called + steered.called",
      "burst - called"),
    Mutant(
      "whom an operator called is called once more",
      "(steered.called == 0 or not redis.call('ZSCORE', ready, found[at]))", "true"),
    Mutant(
      "who let the call of an operator end is forgotten",
      "      note_early(users[at], tonumber(ticket))\n", ""),
    Mutant(
      "who was removed is told to have left",
      "if steered.removal_of(user) >= math.max(admitted_at, left_at) then return 'REMOVED' end", ""),
    Mutant("who is kept out joins", "return moment > now and moment or nil", "return nil"),
    Mutant(
      "tickets outlive a reset", "if ticket <= steered.reset_at then return 'REMOVED' end", ""),
    Mutant(
      "what was deleted leaves no note",
      "ends = operation == 'delete' and now + event_ttl * 1000000 or 0", "ends = 0"),
  ]

  @Test("a person who is called before the first in line is counted as overtaking")
  func overtaking() throws {
    let mutant = Self.mutants.first { $0.testDescription == "the second in line is called first" }!
    let event = try ScriptedEvent(
      QueueSettings(admissionRate: 0, admissionBurst: 1),
      scripts: QueueScripts { ScriptedEvent.withTestClock(mutant.applied(to: $0)) })
    try event.set("state", "paused")
    try event.ticket(of: "first")
    let second = try event.ticket(of: "second")
    try event.set("state", "open")
    try event.set("rate", "1")
    try event.pulse()
    try event.advance(.seconds(1))
    #expect(try event.enter("second", second).isAdmitted)
    let overtakes = try event.pulse().overtakes
    #expect(overtakes.byReturn + overtakes.byFault == 1)
  }

  /// Those that need many histories.
  static let rareMutants = [
    Mutant(
      "an event may close before it opens", "and not is_ordered() then", "and false then"),
    Mutant(
      "an index that was made anew stays unnoticed",
      "known_tick > 0 and known_tick < created", "false"),
    Mutant(
      "a person takes one seat", "(seats - reserved) / seats_per_person", "(seats - reserved)"),
    Mutant(
      "no-shows are never called where the burst is one", "half == 0 and not is_repeated", "false"),
  ]

  @Test("is found within 200 histories", arguments: mutants)
  func found(mutant: Mutant) throws {
    #expect(try isFound(mutant, within: 200))
  }

  @Test(
    "is found within 5,000 histories", .tags(.long),
    arguments: Selection.amount(normal: [], long: rareMutants))
  func foundLate(mutant: Mutant) throws {
    #expect(try isFound(mutant, within: 5000))
  }

  private func isFound(_ mutant: Mutant, within count: UInt64) throws -> Bool {
    var places = 0
    let scripts = QueueScripts { text in
      if mutant.changes(text) { places += 1 }
      return ScriptedEvent.withTestClock(mutant.applied(to: text))
    }
    #expect(places > 0)
    let event = try ScriptedEvent(scripts: scripts)
    return try Counterexample.search(1...count, on: event) != nil
  }
}

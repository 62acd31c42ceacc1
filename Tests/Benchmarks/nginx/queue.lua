-- join, status and enter as usher answers them, over usher's own scripts: EVALSHA on connections that
-- are kept alive, ZSCORE and ZRANK in one pipeline, and one pulse a second that writes down who was
-- seen and brings back what status needs besides.
local redis = require 'nginx.redis'
local cjson = require 'cjson.safe'
local token = require 'token'

local format, floor, ceil, max, min = string.format, math.floor, math.ceil, math.max, math.min
local queue = {}
local port, scripts = nil, {}
local lines = {}

-- event-ttl s, Redis time, ticket-ttl µs, rebuild-window µs, rate, burst, grant-ttl µs, known tick,
-- loss of the store, seats per person, ready-ttl ms, session-ttl ms, presence-head-ttl ms, known inside
-- and in which epoch: usher's defaults, with which every script's arguments begin.
local preamble = { '86400', 0, '21600000000', '25000000', '10.0', '100.0', '30000000', 0, 0,
  4, 60000, 600000, 15000, 0, '' }
local kinds = { 'queue:event', 'queue:seen', 'queue:done', 'queue:state', 'stream:event',
  'inventory', 'seat:holds', 'seat:served', 'stock:left', 'queue:admitted', 'queue:grants',
  'queue:settings', 'queue:parked', 'queue:places', 'queue:ready', 'queue:calls', 'queue:noshows',
  'queue:ahead', 'queue:inside', 'queue:ended' }

assert(#kinds == 20, 'call() hands over another number of keys')

local function read(path)
  local file = assert(io.open(path, 'rb'))
  local text = file:read('*a')
  file:close()
  return text
end

local function load_script(name)
  local directory = os.getenv('BENCH_SCRIPTS')
  local parts = { 'common', 'for_sale', 'operator', 'event', 'calls', 'loss', 'people' }
  local before = { join = 'promise', enter = 'return', pulse = 'inside' }
  parts[#parts + 1] = before[name]
  parts[#parts + 1] = name
  for at, part in ipairs(parts) do parts[at] = read(directory .. '/' .. part .. '.lua') end
  local source = table.concat(parts, '\n')
  local sha = {}
  for at = 1, 20 do sha[at] = format('%02x', ngx.sha1_bin(source):byte(at)) end
  scripts[name] = { source = source, sha = table.concat(sha) }
end

local function connect()
  local client = redis:new()
  client:set_timeout(10000)
  local ok, err = client:connect('127.0.0.1', port, { pool_size = 50 })
  if not ok then return nil, err end
  return client
end

local function release(client) client:set_keepalive(60000, 50) end

local function call(client, name, keys, ...)
  local script = scripts[name]
  -- By hand, since `unpack` in the middle of a list gives one value.
  local reply, err = client:evalsha(script.sha, 20, keys[1], keys[2], keys[3], keys[4], keys[5],
    keys[6], keys[7], keys[8], keys[9], keys[10], keys[11], keys[12], keys[13], keys[14],
    keys[15], keys[16], keys[17], keys[18], keys[19], keys[20], preamble[1], preamble[2],
    preamble[3], preamble[4], preamble[5], preamble[6], preamble[7], preamble[8], preamble[9],
    preamble[10], preamble[11], preamble[12], preamble[13], preamble[14], preamble[15], ...)
  if not reply and err and err:find('NOSCRIPT', 1, true) then
    client:script('LOAD', script.source)
    return call(client, name, keys, ...)
  end
  return reply, err
end

-- One pulse: who was seen since the last one, 2,000 at a time.
local function pulse(line)
  local client = connect()
  if not client then return end
  local users, count = {}, 0
  local function send()
    local reply = call(client, 'pulse', line.keys, 0, -1, unpack(users, 1, count))
    if reply then
      line.length, line.tokens, line.rate = reply[6], tonumber(reply[9]), tonumber(reply[10])
      line.time, line.at = tonumber(reply[4]), ngx.now()
    end
    users, count = {}, 0
  end
  local seen = line.seen
  line.seen = {}
  for user in pairs(seen) do
    count = count + 1
    users[count] = user
    if count == 2000 then send() end
  end
  send()
  release(client)
end

local function line_of(event)
  local line = lines[event]
  if not line then
    line = { seen = {}, keys = {} }
    for place, kind in ipairs(kinds) do line.keys[place] = kind .. ':{' .. event .. '}' end
    -- Who comes meanwhile asks as well, and all but the first line are dropped.
    pulse(line)
    if lines[event] then return lines[event] end
    lines[event] = line
  end
  return line
end

local function answer(status, body)
  ngx.status = status
  ngx.header.content_length = #body
  ngx.print(body)
end

local function fail(status, code)
  return answer(status, format('{"error":{"code":"%s","message":"%s","trace_id":"%s"}}',
    code, code, ngx.var.request_id))
end

local function waits(line, position)
  local distance = position - floor(line.tokens)
  local eta = distance <= 0 and 0 or ceil(distance / line.rate * 1.03)
  local spread = min(max(eta / 10, 1), 17.4) * (0.85 + 0.3 * math.random()) + math.random()
  return eta, min(max(floor(spread), 1), 20)
end

function queue.start()
  port = tonumber(os.getenv('BENCH_REDIS_PORT'))
  token.key(read(os.getenv('BENCH_SECRET_FILE')))
  for _, name in ipairs { 'join', 'enter', 'pulse', 'resume' } do load_script(name) end
  ngx.timer.every(1, function()
    for event, line in pairs(lines) do
      if next(line.seen) then pulse(line) else lines[event] = nil end
    end
  end)
end

function queue.status()
  local event, user, ticket = token.read(ngx.var.arg_token or '')
  if not event then return fail(404, 'TOKEN_NOT_FOUND') end
  local line = line_of(event)
  line.seen[user] = true
  local client = connect()
  if not client then return fail(503, 'REDIS_UNAVAILABLE') end
  client:init_pipeline(2)
  client:zscore(line.keys[1], user)
  client:zrank(line.keys[1], user)
  local replies = client:commit_pipeline()
  if not replies then return fail(503, 'REDIS_UNAVAILABLE') end
  release(client)
  local score, rank = tonumber(replies[1]), tonumber(replies[2])
  -- Putting people back in line is left out: nobody is lost here.
  if not score or score > ticket or not rank then return fail(404, 'TOKEN_NOT_FOUND') end
  local position = rank + 1
  local eta, hint = waits(line, position)
  answer(200, format('{"status":"waiting","position":%d,"eta_sec":%d,"waiting_time":%d,'
    .. '"ready_for_entry":%s,"poll_after_sec":%d,"queue_length":%d}', position, eta,
    max(0, (line.time + (ngx.now() - line.at) * 1e6 - ticket) / 1e6),
    position <= floor(line.tokens) and 'true' or 'false', hint, max(line.length, position)))
end

local function body()
  ngx.req.read_body()
  return cjson.decode(ngx.req.get_body_data() or '') or {}
end

function queue.join()
  local request = body()
  local event, user = request.event_id, request.user_id
  if not event or not user then return fail(400, 'INVALID_REQUEST') end
  local line = line_of(event)
  line.seen[user] = true
  local client = connect()
  if not client then return fail(503, 'REDIS_UNAVAILABLE') end
  local reply = call(client, 'join', line.keys, 0, 0, 1, 0, 1e18, 0, '', 0, 0.8, 1.2, 0.8, 1.2, 0.8,
    1.2, 0.8, 1.2, user)
  if not reply then return fail(503, 'REDIS_UNAVAILABLE') end
  release(client)
  local joined = reply[4]
  local position = tonumber(joined[3])
  local wait, hint = waits(line, position)
  answer(joined[1] == 1 and 202 or 409, format('{"waiting_token":"%s","position_hint":%d,'
    .. '"status":"waiting","eta_sec":%d,"poll_after_sec":%d}',
    token.waiting(event, user, tonumber(joined[2])), position, wait, hint))
end

function queue.enter()
  local event, user, ticket = token.read(body().waiting_token or '')
  if not event then return fail(404, 'TOKEN_NOT_FOUND') end
  local line = line_of(event)
  line.seen[user] = true
  local client = connect()
  if not client then return fail(503, 'REDIS_UNAVAILABLE') end
  -- The stamp of a token in the first format is its ticket.
  local stamp = format('%.0f', ticket)
  local reply = call(client, 'enter', line.keys, user, stamp, stamp)
  if not reply then return fail(503, 'REDIS_UNAVAILABLE') end
  release(client)
  local entered = reply[8]
  if entered[1] == 0 then return fail(404, entered[2]) end
  if entered[1] > 2 then return fail(403, 'NOT_READY') end
  answer(200, format('{"admission":"granted","reservation_token":"%s","ttl_sec":30}',
    token.grant(event, user, tonumber(entered[2]), 30)))
end

return queue

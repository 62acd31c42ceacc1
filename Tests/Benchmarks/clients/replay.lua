-- wrk: sends the requests of a file, one after the other, from the beginning again at the end.
--
--   wrk … -s replay.lua URL -- status FILE    FILE has a token a line
--   wrk … -s replay.lua URL -- enter FILE
--   wrk … -s replay.lua URL -- join EVENT     a new person each time
--
-- Prints a line `result …` for whoever reads it.

local make = {}

function make.status(file)
  local requests = {}
  for token in io.lines(file) do
    requests[#requests + 1] = wrk.format('GET', '/api/v1/queue/status?token=' .. token)
  end
  return requests
end

function make.enter(file)
  local requests = {}
  for token in io.lines(file) do
    requests[#requests + 1] = wrk.format('POST', '/api/v1/queue/enter', nil,
      '{"waiting_token":"' .. token .. '"}')
  end
  return requests
end

local requests, event
local number = 0

function init(arguments)
  if arguments[1] == 'join' then
    event = arguments[2]
    wrk.method, wrk.path = 'POST', '/api/v1/queue/join'
  else
    requests = make[arguments[1]](arguments[2])
  end
end

function request()
  number = number + 1
  if requests then return requests[(number - 1) % #requests + 1] end
  return wrk.format(nil, nil, nil,
    string.format('{"event_id":"%s","user_id":"user-%012d"}', event, number))
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format('result %d %d %d %d %d %d %d', summary.requests, summary.duration,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end

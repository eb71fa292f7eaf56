-- Posts the lines of a JSON Lines file in turn, beginning at the line given: wrk ... URL -- FILE PATH START TOKEN
-- Prints one line of JSON at the end.

local requests = {}
local next_one = 0

function init(arguments)
  local headers = { ["Content-Type"] = "application/json" }
  if arguments[4] ~= "" then headers["Authorization"] = "Bearer " .. arguments[4] end
  for line in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("POST", arguments[2], headers, line)
  end
  next_one = tonumber(arguments[3])
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "duration_us": %d, "p50_us": %d, "p99_us": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end

import { redisScript } from '#platform/redis/redis.ts'

// What runs inside Redis, each over the keys of one slot: all of it or nothing, and nobody between.
// KEYS[1] is the slot group's epoch. A function that does not find its caller's epoch there does nothing and answers 'epoch'.
// A SKU's hash holds its own epoch `e`, and per warehouse: `v:` version, `a:` available, `s:` safety, `q:<warehouse>:<channel>` what is left
// of a quota, `p:` pieces admitted that are not in the ledger yet, `f:` the whole level.

/**
 * KEYS: epoch, pending, since, SKUs. ARGV: epoch, bids; per bid: token, entry, lines; per line: number of its key, warehouse, pieces,
 * whether safety may be drawn, channel or ''. Answers per bid: 'yes' and it is pending; 'no': too few even if nothing were pending;
 * 'doubt': it hangs on what is pending, or the place is not known here.
 */
export const ADMIT = redisScript(
  'admit',
  `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'epoch' end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local at, answers = 3, {}
for bid = 1, tonumber(ARGV[2]) do
  local token, entry, lines = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local first, verdict = at + 3, 'yes'
  for line = 0, lines - 1 do
    local i = first + 5 * line
    local place, wanted = ARGV[i + 1], tonumber(ARGV[i + 2])
    local found = redis.call('HMGET', KEYS[tonumber(ARGV[i])],
      'e', 'a:' .. place, 's:' .. place, 'p:' .. place, 'q:' .. place .. ':' .. ARGV[i + 4])
    if found[1] ~= ARGV[1] or not found[2] then
      if verdict == 'yes' then verdict = 'doubt' end
    else
      local free = tonumber(found[2])
      if ARGV[i + 3] ~= '1' then free = free - tonumber(found[3]) end
      if free < 0 then free = 0 end
      if ARGV[i + 4] ~= '' then free = free + tonumber(found[5] or '0') end
      if free < wanted then
        verdict = 'no'
        break
      elseif free - tonumber(found[4] or '0') < wanted then
        verdict = 'doubt'
      end
    end
  end
  if verdict == 'yes' then
    for line = 0, lines - 1 do
      local i = first + 5 * line
      redis.call('HINCRBY', KEYS[tonumber(ARGV[i])], 'p:' .. ARGV[i + 1], ARGV[i + 2])
    end
    redis.call('HSET', KEYS[2], token, entry)
    redis.call('ZADD', KEYS[3], now, token)
  end
  answers[bid] = verdict
  at = first + 5 * lines
end
return answers
`,
)

/**
 * KEYS: epoch, pending, since, SKUs. ARGV: epoch, 'build' or 'live', tokens; per token: itself, lines; per line: key, warehouse, pieces;
 * then places; per place: key, warehouse, version, available, safety, level, quotas; per quota: channel, left over. Drops what is pending under
 * the tokens and takes over the levels that are not older than the ones known, in one go. Answers how many levels it took over.
 */
export const SETTLE = redisScript(
  'settle',
  `
if ARGV[2] == 'live' and redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'epoch' end
local at, taken = 4, 0
for token = 1, tonumber(ARGV[3]) do
  local name, lines = ARGV[at], tonumber(ARGV[at + 1])
  at = at + 2
  local dropped = redis.call('HDEL', KEYS[2], name)
  if dropped == 1 then redis.call('ZREM', KEYS[3], name) end
  for line = 1, lines do
    if dropped == 1 then
      local key, field = KEYS[tonumber(ARGV[at])], 'p:' .. ARGV[at + 1]
      if redis.call('HGET', key, 'e') == ARGV[1] then
        if redis.call('HINCRBY', key, field, -tonumber(ARGV[at + 2])) <= 0 then redis.call('HDEL', key, field) end
      end
    end
    at = at + 3
  end
end
local places = tonumber(ARGV[at])
at = at + 1
for number = 1, places do
  local key, place, quotas = KEYS[tonumber(ARGV[at])], ARGV[at + 1], tonumber(ARGV[at + 6])
  local known = redis.call('HMGET', key, 'e', 'v:' .. place)
  local newer = not known[1] or tonumber(known[1]) <= tonumber(ARGV[1])
  if newer and known[1] ~= ARGV[1] then
    redis.call('DEL', key)
    redis.call('HSET', key, 'e', ARGV[1])
    known[2] = false
  end
  if newer and (not known[2] or tonumber(known[2]) <= tonumber(ARGV[at + 2])) then
    redis.call('HSET', key, 'v:' .. place, ARGV[at + 2], 'a:' .. place, ARGV[at + 3], 's:' .. place, ARGV[at + 4],
      'f:' .. place, ARGV[at + 5])
    for quota = 0, quotas - 1 do
      redis.call('HSET', key, 'q:' .. place .. ':' .. ARGV[at + 7 + 2 * quota], ARGV[at + 8 + 2 * quota])
    end
    taken = taken + 1
  end
  at = at + 7 + 2 * quotas
end
return taken
`,
)

/** KEYS: epoch, SKUs. ARGV: epoch; per place: key, warehouse. Answers the levels, '' where none is known. */
export const READ = redisScript(
  'read',
  `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'epoch' end
local levels = {}
for i = 2, #ARGV, 2 do
  local found = redis.call('HMGET', KEYS[tonumber(ARGV[i])], 'e', 'f:' .. ARGV[i + 1])
  levels[#levels + 1] = found[1] == ARGV[1] and found[2] or ''
end
return levels
`,
)

/** KEYS: epoch, pending, since. ARGV: milliseconds, most. Answers the epoch ('' where none is), then tokens and entries pending for longer. */
export const LOOK = redisScript(
  'look',
  `
local time = redis.call('TIME')
local before = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[1])
local answer = { redis.call('GET', KEYS[1]) or '' }
for _, token in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', before, 'LIMIT', 0, ARGV[2])) do
  local entry = redis.call('HGET', KEYS[2], token)
  if entry then
    answer[#answer + 1] = token
    answer[#answer + 1] = entry
  else
    redis.call('ZREM', KEYS[3], token)
  end
end
return answer
`,
)

/** KEYS: epoch, pending, since. From here on nobody is admitted in this slot group. */
export const CLOSE = redisScript('close', `return redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])`)

/** KEYS: epoch. ARGV: epoch. From here on the levels of this slot group count, unless a later builder was quicker. */
export const OPEN = redisScript(
  'open',
  `
local known = redis.call('GET', KEYS[1])
if known and tonumber(known) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1
`,
)

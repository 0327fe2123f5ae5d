#!lua name=squareoff_@VERSION@
-- Everything that Squareoff changes in Redis in one step. @VERSION@ stands for the hash of this
-- text: two versions live side by side on one server, and each worker calls its own.
--
-- commit: applies the decisions of one batch.
--
-- Each change is applied whole or not at all and has its own verdict; a later change sees what an
-- earlier one wrote. A script has no roll-back, so for each change everything that could refuse it
-- is looked at before its first write: ownership of the entry, guards in their order, the types of
-- all keys that it writes. Then it writes in the order given. The entries of all applied changes
-- are acknowledged last, also when the server itself fails a write in the middle of the batch.
-- A full server refuses the whole call; commits that only remove things call `settle`, the same
-- function with the right to run on a full server, because that is what empties it.
--
-- KEYS     every key that the batch touches, each once, in any order
-- ARGV[1]  the program: records of five bytes
--              byte 1     what (a letter, see below)
--              bytes 2-3  which key, as an index into KEYS, big-endian; 0 for none
--              bytes 4-5  how many of the following arguments are its own, big-endian
--          Bytes and not words, because decoding words cost as much as a Redis command.
-- ARGV[2…] the records' arguments, in the records' order
--
-- The owner, first:
--   o              nobody: the guards alone decide
--   g n streams    a consumer: group, consumer; followed by a record s for each stream
--   s stream       how many of its entries the batch settles, the lowest and the highest id
--   h fence        a lease holder: epoch, then field, from, to for each cursor
-- Each change:
--   c stream       begins it; the id of the entry that it settles, or nothing
--   guards         A absent, P present, F field value, N field (absent), V text, S member score,
--                  L length
--   checks         t h e m z l: the key must be absent or a string, hash, stream, set, sorted
--                  set, list; i field: absent or an integer. None is needed where a guard or the
--                  change's first write finds out itself
--   writes         X id field value …: append; Y the same with an explicit time in the id
--                  H field value …, R field …, I field by, M member, U member, Z score member,
--                  W member, T value [PX ms [NX]], Q value, D, E ms
--
-- Returns one verdict for all changes as an integer, or an array of one for each:
--   0 applied    1 lost       the entry is not this consumer's, or not any more
--   2 fenced     another holder raised the epoch    3 already   the cursors stand behind this batch
--   4 + 8 n      guard n (from 0) did not hold      5 + 8 n     KEYS[n] has the wrong type

-- By way of a string, because a library that is being loaded sees no globals yet.
local byte, find, match = ('').byte, ('').find, ('').match

local APPLIED, LOST, FENCED, ALREADY, REFUSED, WRONG_TYPE = 0, 1, 2, 3, 4, 5

-- Of the commit that runs. `redis.call` exists only inside a function, and a local is found faster.
local call, try, keys, args, program, kinds, tainted

-- The record at p: its code, its key's index, and how many arguments are its own.
local function record(p)
    local code, high, low, many, few = byte(program, p, p + 4)
    return code, high * 256 + low, many * 256 + few
end

local lengths = {
    hash = 'HLEN', set = 'SCARD', zset = 'ZCARD', list = 'LLEN', stream = 'XLEN', none = 'EXISTS'
}

-- An error for a string, which has no elements.
local function length(key)
    return redis.pcall(lengths[redis.call('TYPE', key).ok] or 'LLEN', key)
end

-- Whether the guard holds. A table is an error: the key has the wrong type.
local guards = {
    [byte('A')] = function(key) return call('EXISTS', key) == 0 end,
    [byte('P')] = function(key) return call('EXISTS', key) == 1 end,
    [byte('F')] = function(key, at)
        local value = try('HGET', key, args[at])
        return value == args[at + 1] or type(value) == 'table' and value
    end,
    [byte('N')] = function(key, at)
        local count = try('HEXISTS', key, args[at])
        return count == 0 or type(count) == 'table' and count
    end,
    [byte('V')] = function(key, at)
        local value = try('GET', key)
        return value == args[at] or type(value) == 'table' and value
    end,
    [byte('S')] = function(key, at)
        local score = try('ZSCORE', key, args[at])
        if type(score) == 'table' then return score end
        return score and tonumber(score) == tonumber(args[at + 1])
    end,
    [byte('L')] = function(key, at)
        local count = length(key)
        return count == tonumber(args[at]) or type(count) == 'table' and count
    end,
}

local checks = {
    [byte('t')] = 'string', [byte('h')] = 'hash', [byte('e')] = 'stream', [byte('m')] = 'set',
    [byte('z')] = 'zset', [byte('l')] = 'list', [byte('i')] = 'integer'
}

-- Whether the key can be written as this kind. What one change has learned holds for the next,
-- since nobody else runs meanwhile; only a delete forgets it.
local function isOfKind(key, kind, at)
    if kind == 'integer' then
        local value = try('HGET', key, args[at])
        return not value or type(value) == 'string' and find(value, '^-?%d+$') and #value < 19
    end
    if kinds[key] == kind then return true end
    local found = call('TYPE', key).ok
    if found ~= kind and found ~= 'none' then return false end
    kinds[key] = kind
    return true
end

-- An entry cannot stand before the stream's newest: such a time is raised to the newest's. To
-- fail instead would leave a change half applied.
local function appendAt(key, at, count)
    local id = try('XADD', key, unpack(args, at, at + count - 1))
    if type(id) == 'string' then return end
    local info = call('XINFO', 'STREAM', key)
    for i = 1, #info, 2 do
        if info[i] == 'last-generated-id' then
            call('XADD', key, match(info[i + 1], '^%d+') .. '-*',
                unpack(args, at + 1, at + count - 1))
        end
    end
end

local function delete(key)
    kinds[key] = nil
    call('DEL', key)
end

-- A command's name, or a function where one command is not enough.
local writes = {
    [byte('X')] = 'XADD', [byte('Y')] = appendAt, [byte('H')] = 'HSET', [byte('R')] = 'HDEL',
    [byte('I')] = 'HINCRBY', [byte('M')] = 'SADD', [byte('U')] = 'SREM', [byte('Z')] = 'ZADD',
    [byte('W')] = 'ZREM', [byte('T')] = 'SET', [byte('Q')] = 'RPUSH', [byte('D')] = delete,
    [byte('E')] = 'PEXPIRE'
}

local BEGIN, GROUP, HOLDER, SET = byte('c'), byte('g'), byte('h'), byte('H')

-- Guards that tell one state of a hash from another.
local presumes = { [byte('A')] = true, [byte('F')] = true, [byte('N')] = true }

-- The entries of the stream between two ids that are this consumer's. It may hold more of them
-- than the batch settles: parked ones, which are read over page by page.
local function owned(stream, group, consumer, expected, from, to)
    local mine, limit = {}, expected + 64
    repeat
        local rows = try('XPENDING', stream, group, from, to, limit, consumer)
        if rows.err then
            -- A group that is gone has taken everybody's entries with it.
            if find(rows.err, '^NOGROUP') then return mine end
            error(rows)
        end
        for i = 1, #rows do mine[rows[i][1]] = true end
        from = #rows == limit and '(' .. rows[limit][1]
    until not from
    return mine
end

-- For a consumer: what is its own of each stream, and where the changes begin.
local function readOwner(p, at)
    local code, streams, count = record(p)
    if code ~= GROUP then return nil, p + 5, at + count end
    local group, consumer, mine = args[at], args[at + 1], {}
    p, at = p + 5, at + 2
    for _ = 1, streams do
        local _, stream = record(p)
        mine[stream] = owned(
            keys[stream], group, consumer, tonumber(args[at]), args[at + 1], args[at + 2])
        p, at = p + 5, at + 3
    end
    return mine, p, at
end

-- For a holder: nil if the batch may be applied, else the verdict for all of it.
local function fence(key, at, count)
    local fields = { 'epoch' }
    for i = at + 1, at + count - 1, 3 do fields[#fields + 1] = args[i] end
    local stored = call('HMGET', key, unpack(fields))
    if stored[1] ~= args[at] then return FENCED end
    local isBefore, isBehind = true, true
    for i = 2, #fields do
        local cursor, move = stored[i] or '0-0', at + 3 * i - 5
        isBefore = isBefore and cursor == args[move + 1]
        isBehind = isBehind and cursor == args[move + 2]
    end
    return not isBefore and (isBehind and ALREADY or FENCED) or nil
end

local function moveCursors(key, at, count)
    local moves = {}
    for i = at + 1, at + count - 1, 3 do
        moves[#moves + 1] = args[i]
        moves[#moves + 1] = args[i + 2]
    end
    if #moves > 0 then call('HSET', key, unpack(moves)) end
end

-- Looks at one guard or check of a change; returns the verdict if it refuses the change.
local function look(code, index, at, place)
    if tainted[index] and presumes[code] then return REFUSED + 8 * place end
    local key, kind = keys[index], checks[code]
    if kind then return not isOfKind(key, kind, at) and WRONG_TYPE + 8 * index or nil end
    local holds = guards[code](key, at)
    if type(holds) == 'table' then return WRONG_TYPE + 8 * index end
    return not holds and REFUSED + 8 * place or nil
end

-- A change's first write may still refuse it, since nothing has been written yet: its key's type
-- is found out by trying, which spares a call.
local function writeFirst(command, index, at, count)
    local reply = try(command, keys[index], unpack(args, at, at + count - 1))
    if type(reply) ~= 'table' or not reply.err then return nil end
    if find(reply.err, '^WRONGTYPE') then return WRONG_TYPE + 8 * index end
    error(reply)
end

-- Applies the change that begins at p, or not; returns its verdict and where the next begins.
-- The records are decoded in place and plain writes carried out here: this loop runs for every
-- record of every change.
local function apply(p, at, mine, settled)
    local _, stream, settles = record(p)
    local id, first, size, hasWritten, verdict = args[at], p + 5, #program, false, nil
    if settles == 1 and not mine[stream][id] then verdict = LOST end
    p, at = first, at + settles
    while p <= size do
        local code, high, low, many, few = byte(program, p, p + 4)
        if code == BEGIN then break end
        local index, count = high * 256 + low, many * 256 + few
        if not verdict then
            local write = writes[code]
            if not write then
                verdict = look(code, index, at, (p - first) / 5)
            elseif type(write) ~= 'string' then
                write(keys[index], at, count)
                hasWritten = true
            elseif hasWritten then
                call(write, keys[index], unpack(args, at, at + count - 1))
            else
                verdict = writeFirst(write, index, at, count)
                hasWritten = true
            end
        end
        -- What a refused change would have written, a later one may presume: it was decided on
        -- a state that never was, and its guard could hold by chance.
        if verdict and code == SET then tainted[index] = true end
        p, at = p + 5, at + count
    end
    if settles == 1 and not verdict then
        -- Settled once: a second change for the same entry finds it gone.
        mine[stream][id] = nil
        settled[stream] = settled[stream] or {}
        table.insert(settled[stream], id)
    end
    return verdict or APPLIED, p, at
end

local function commit(itsKeys, itsArgs)
    call, try, keys, args = redis.call, redis.pcall, itsKeys, itsArgs
    program, kinds, tainted = args[1], {}, {}
    local owner, holder, cursors = record(1)
    local verdict = owner == HOLDER and fence(keys[holder], 2, cursors)
    if verdict then return verdict end

    local mine, p, at = readOwner(1, 2)
    local verdicts, settled, isUniform = {}, {}, true
    local ok, problem = pcall(function()
        while p <= #program do
            verdict, p, at = apply(p, at, mine, settled)
            verdicts[#verdicts + 1] = verdict
            isUniform = isUniform and verdict == APPLIED
        end
    end)
    for stream, ids in pairs(settled) do
        call('XACK', keys[stream], args[2], unpack(ids))
    end
    if not ok then error(problem) end
    if owner == HOLDER then moveCursors(keys[holder], 2, cursors) end
    return isUniform and APPLIED or verdicts
end

-- claim: entries of a dead consumer become another's, one page at a time. Reading its entries and
-- taking them is one step, so that none is taken from whoever got it in between.
--
-- KEYS[1]  stream
-- ARGV     group, the consumer that takes, the dead one, the id to begin at ('-', or '(' and an
--          id to begin behind it), how many to look at
-- Returns how many it looked at, the last of them, and the ids taken.
local function claim(itsKeys, a)
    local stream, taken, last = itsKeys[1], {}, ''
    local rows = redis.call('XPENDING', stream, a[1], a[4], '+', a[5], a[3])
    for i = 1, #rows do
        last = rows[i][1]
        -- XCLAIM would drop an entry that was trimmed without a word. It stays with the dead one,
        -- where XPENDING shows it.
        if #redis.call('XRANGE', stream, last, last) == 1 then taken[#taken + 1] = last end
    end
    if #taken > 0 then redis.call('XCLAIM', stream, a[1], a[2], 0, unpack(taken)) end
    return { #rows, last, taken }
end

-- In milliseconds.
local function serverTime()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- raise: a new holder makes all commits of the one before it fail.
--
-- KEYS[1]  fence
-- Returns the fence's fields. The epoch is at least the server's time in milliseconds: where a
-- crash took the last epochs with it, none of them is given a second time.
local function raise(itsKeys)
    local stored = tonumber(redis.call('HGET', itsKeys[1], 'epoch') or 0)
    local epoch = math.max(stored + 1, serverTime())
    redis.call('HSET', itsKeys[1], 'epoch', string.format('%.0f', epoch))
    return redis.call('HGETALL', itsKeys[1])
end

-- lease: takes it, or renews one's own.
--
-- KEYS[1]  lease
-- ARGV     holder, life in ms
-- Returns 1, or 0 while somebody else has it.
local function lease(itsKeys, a)
    local holder = redis.call('GET', itsKeys[1])
    if holder and holder ~= a[1] then return 0 end
    redis.call('SET', itsKeys[1], a[1], 'PX', a[2])
    return 1
end

-- release: KEYS[1] lease, ARGV holder. Somebody else's stays.
local function release(itsKeys, a)
    return redis.call('GET', itsKeys[1]) == a[1] and redis.call('DEL', itsKeys[1]) or 0
end

-- beat: replaces a heartbeat. KEYS[1] hash; ARGV life in ms, field, value, …
local function beat(itsKeys, a)
    redis.call('DEL', itsKeys[1])
    redis.call('HSET', itsKeys[1], unpack(a, 2))
    return redis.call('PEXPIRE', itsKeys[1], a[1])
end

-- cut: drops the entries of a stream that all its readers are done with and whose time is up.
--
-- What is still needed is found out in the step that drops the rest, so that nobody reads, claims
-- or makes a group in between. A reader that has left no trace has read nothing: then nothing is
-- dropped. A group that nobody expects is somebody's all the same, and is waited for.
--
-- The newest entry always stays, and so does the one that a reader read last: their ids are what
-- the stream is compared by, and none of them needs arithmetic.
--
-- KEYS[1]   stream
-- KEYS[2…]  fences of its slot that must each have a cursor into it, in the field named like it
-- ARGV[1]   how long an entry is kept, in ms
-- ARGV[2]   what tells its age: the 'server', or the 'stream' by its newest entry
-- ARGV[3]   the lowest cursor of readers whose fences lie in other slots, or '' for none
-- ARGV[4…]  groups that must be there
-- Returns how many it dropped.

-- Whether one entry's id is lower than another's.
local function isLower(left, right)
    local leftTime, leftNumber = match(left, '^(%d+)%-(%d+)$')
    local rightTime, rightNumber = match(right, '^(%d+)%-(%d+)$')
    if leftTime ~= rightTime then return tonumber(leftTime) < tonumber(rightTime) end
    return tonumber(leftNumber) < tonumber(rightNumber)
end

-- A reply of XINFO, `name, value, …`, by names.
local function named(row)
    local values = {}
    for i = 1, #row, 2 do values[row[i]] = row[i + 1] end
    return values
end

-- The lowest entry that a group still needs, and the names of all groups.
local function lowestOfGroups(stream, lowest)
    local names = {}
    for _, row in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
        local group = named(row)
        names[group.name] = true
        local needed = group['last-delivered-id']
        if isLower(needed, lowest) then lowest = needed end
        if group.pending > 0 then
            needed = redis.call('XPENDING', stream, group.name)[2]
            if isLower(needed, lowest) then lowest = needed end
        end
    end
    return lowest, names
end

local function cut(itsKeys, a)
    local stream = itsKeys[1]
    if redis.call('EXISTS', stream) == 0 then return 0 end
    local newest = named(redis.call('XINFO', 'STREAM', stream))['last-generated-id']
    local lowest, names = lowestOfGroups(stream, newest)
    for i = 4, #a do
        if not names[a[i]] then return 0 end
    end
    for i = 2, #itsKeys do
        local cursor = redis.call('HGET', itsKeys[i], stream)
        if not cursor then return 0 end
        if isLower(cursor, lowest) then lowest = cursor end
    end
    if a[3] ~= '' and isLower(a[3], lowest) then lowest = a[3] end
    local now = a[2] == 'server' and serverTime() or tonumber(match(newest, '^%d+'))
    local oldest = string.format('%.0f-0', math.max(0, now - a[1]))
    if isLower(oldest, lowest) then lowest = oldest end
    return redis.call('XTRIM', stream, 'MINID', lowest)
end

-- forget: removes consumers that are gone from a group, but for those that have something pending:
-- it would go with them. Whoever is removed by mistake is back with its next read.
--
-- KEYS[1]  stream
-- ARGV     group, consumer, …
-- Returns how many it removed.
local function forget(itsKeys, a)
    local removed = 0
    for i = 2, #a do
        local pending = redis.call('XPENDING', itsKeys[1], a[1], '-', '+', 1, a[i])
        if #pending == 0 then
            redis.call('XGROUP', 'DELCONSUMER', itsKeys[1], a[1], a[i])
            removed = removed + 1
        end
    end
    return removed
end

-- count: how many elements the stream, hash, set, sorted set or list KEYS[1] has.
local function count(itsKeys) return length(itsKeys[1]) end

-- A full server must not make its workers look dead.
local function registerAlways(name, callback)
    redis.register_function {
        function_name = name .. '_@VERSION@', callback = callback, flags = { 'allow-oom' }
    }
end
redis.register_function('commit_@VERSION@', commit)
registerAlways('settle', commit)
registerAlways('claim', claim)
registerAlways('raise', raise)
registerAlways('lease', lease)
registerAlways('release', release)
registerAlways('beat', beat)
registerAlways('cut', cut)
registerAlways('forget', forget)
redis.register_function {
    function_name = 'count_@VERSION@', callback = count, flags = { 'no-writes' }
}

-- Who commits: a holder's fence, a consumer's entries.

local CONSUMER, HOLDER = byte('g'), byte('h')

-- For a holder: nil if the batch may be applied, else the verdict for all of it.
local function refusalByFence(fence, at, count)
    local fields = { 'epoch' }
    for move = at + 1, at + count - 1, 3 do fields[#fields + 1] = args[move] end
    local stored = call('HMGET', fence, unpack(fields))
    if stored[1] ~= args[at] then return FENCED end
    local isBefore, isBehind, move = true, true, at + 1
    for i = 2, #fields do
        local cursor = stored[i] or '0-0'
        isBefore = isBefore and cursor == args[move + 1]
        isBehind = isBehind and cursor == args[move + 2]
        move = move + 3
    end
    if isBefore then return nil end
    return isBehind and ALREADY or FENCED
end

local function moveCursors(fence, at, count)
    local moves = {}
    for move = at + 1, at + count - 1, 3 do
        moves[#moves + 1] = args[move]
        moves[#moves + 1] = args[move + 2]
    end
    if #moves > 0 then call('HSET', fence, unpack(moves)) end
end

-- The consumer may have more pending between two ids than the batch settles: parked entries. So
-- many of them cost no second page.
local PARKED = 64

-- The entries of the stream between two ids that are this consumer's.
local function owned(stream, group, consumer, expected, from, to)
    local found, limit = {}, expected + PARKED
    repeat
        local rows = try('XPENDING', stream, group, from, to, limit, consumer)
        if rows.err then
            -- A group that is gone has taken everybody's entries with it.
            if find(rows.err, '^NOGROUP') then return found end
            error(rows)
        end
        for i = 1, #rows do found[rows[i][1]] = true end
        from = #rows == limit and '(' .. rows[limit][1]
    until not from
    return found
end

-- Finds out what is this consumer's own. Returns where the changes begin.
local function readOwner(p, at)
    local code, streams, count = record(p)
    local group, consumer = args[at], args[at + 1]
    p, at = p + 5, at + count
    if code ~= CONSUMER then return p, at end
    for _ = 1, streams do
        local _, stream, its = record(p)
        mine[stream] = owned(
            keys[stream], group, consumer, tonumber(args[at]), args[at + 1], args[at + 2])
        p, at = p + 5, at + its
    end
    return p, at
end

-- An entry is settled once: a second change for it finds it gone.
local function settleEntry(stream, id)
    mine[stream][id] = nil
    settled[stream] = settled[stream] or {}
    table.insert(settled[stream], id)
end

local function acknowledge(group)
    for stream, ids in pairs(settled) do call('XACK', keys[stream], group, unpack(ids)) end
end


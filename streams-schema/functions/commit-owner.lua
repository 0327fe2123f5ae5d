-- Who commits, the program's first record:
--   o              nobody: the guards alone decide
--   g n streams    a consumer: group, consumer; followed by a record s for each stream
--   s stream       how many of its entries the batch settles, the lowest and the highest id
--   h fence        a lease holder: epoch, then field, from, to for each cursor

local GROUP, HOLDER = byte('g'), byte('h')

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


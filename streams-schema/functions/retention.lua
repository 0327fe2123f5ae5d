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
-- ARGV[2]   what tells its age: the 'server', the 'stream' by its newest entry, or the 'earlier'
--           of both
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

register('cut', function(itsKeys, a)
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
    local now = tonumber(match(newest, '^%d+'))
    if a[2] == 'server' then now = serverTime() end
    if a[2] == 'earlier' then now = math.min(now, serverTime()) end
    local oldest = string.format('%.0f-0', math.max(0, now - a[1]))
    if isLower(oldest, lowest) then lowest = oldest end
    return redis.call('XTRIM', stream, 'MINID', lowest)
end, ALSO_WHEN_FULL)

-- forget: removes consumers that are gone from a group, but for those that have something pending:
-- it would go with them. Whoever is removed by mistake is back with its next read.
--
-- KEYS[1]  stream
-- ARGV     group, consumer, …
-- Returns how many it removed.
register('forget', function(itsKeys, a)
    local removed = 0
    for i = 2, #a do
        local pending = redis.call('XPENDING', itsKeys[1], a[1], '-', '+', 1, a[i])
        if #pending == 0 then
            redis.call('XGROUP', 'DELCONSUMER', itsKeys[1], a[1], a[i])
            removed = removed + 1
        end
    end
    return removed
end, ALSO_WHEN_FULL)

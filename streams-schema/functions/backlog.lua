-- backlog: how many entries of a stream a group has still to do: those that it was not given yet,
-- and those that its consumers have and have not settled. The server's own `lag` is not asked: it
-- is lost with a trim, a deletion, or a group that was set anew.
--
-- KEYS[1]  stream
-- ARGV     group, how many to count at most: what is beyond it costs nothing
register('backlog', function(itsKeys, a)
    local stream, limit = itsKeys[1], tonumber(a[2])
    if redis.call('EXISTS', stream) == 0 then return 0 end
    local last, pending = '0-0', 0
    for _, row in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
        local group = named(row)
        if group.name == a[1] then last, pending = group['last-delivered-id'], group.pending end
    end
    local count = math.min(pending, limit)
    if count < limit then
        count = count + #redis.call('XRANGE', stream, '(' .. last, '+', 'COUNT', limit - count)
    end
    return count
end, READING)


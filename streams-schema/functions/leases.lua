-- raise: a new holder makes all commits of the one before it fail.
--
-- KEYS[1]  fence
-- Returns the fence's fields. The epoch is at least the server's time in milliseconds: where a
-- crash took the last epochs with it, none of them is given a second time.
register('raise', function(itsKeys)
    local stored = tonumber(redis.call('HGET', itsKeys[1], 'epoch') or 0)
    local epoch = math.max(stored + 1, serverTime())
    redis.call('HSET', itsKeys[1], 'epoch', string.format('%.0f', epoch))
    return redis.call('HGETALL', itsKeys[1])
end, ALSO_WHEN_FULL)

-- lease: takes it, or renews one's own.
--
-- KEYS[1]  lease
-- ARGV     holder, life in ms
-- Returns 1, or 0 while somebody else has it.
register('lease', function(itsKeys, a)
    local holder = redis.call('GET', itsKeys[1])
    if holder and holder ~= a[1] then return 0 end
    redis.call('SET', itsKeys[1], a[1], 'PX', a[2])
    return 1
end, ALSO_WHEN_FULL)

-- release: KEYS[1] lease, ARGV holder. Somebody else's stays.
register('release', function(itsKeys, a)
    return redis.call('GET', itsKeys[1]) == a[1] and redis.call('DEL', itsKeys[1]) or 0
end, ALSO_WHEN_FULL)


-- beat: replaces a heartbeat. KEYS[1] hash; ARGV life in ms, field, value, …
register('beat', function(itsKeys, a)
    redis.call('DEL', itsKeys[1])
    redis.call('HSET', itsKeys[1], unpack(a, 2))
    return redis.call('PEXPIRE', itsKeys[1], a[1])
end, ALSO_WHEN_FULL)


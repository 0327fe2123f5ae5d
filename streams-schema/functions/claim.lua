-- claim: entries of a dead consumer become another's, one page at a time. Reading its entries and
-- taking them is one step, so that none is taken from whoever got it in between.
--
-- KEYS[1]  stream
-- ARGV     group, the consumer that takes, the dead one, the id to begin at ('-', or '(' and an
--          id to begin behind it), how many to look at
-- Returns how many it looked at, the last of them, the ids taken, and the ids of those whose
-- content was trimmed: XCLAIM would drop them without a word. They stay with the dead one, in
-- whose name the caller settles them with a dead letter, in one commit.
register('claim', function(itsKeys, a)
    local stream, taken, trimmed, last = itsKeys[1], {}, {}, ''
    local rows = redis.call('XPENDING', stream, a[1], a[4], '+', a[5], a[3])
    for i = 1, #rows do
        last = rows[i][1]
        local list = #redis.call('XRANGE', stream, last, last) == 1 and taken or trimmed
        list[#list + 1] = last
    end
    if #taken > 0 then redis.call('XCLAIM', stream, a[1], a[2], 0, unpack(taken)) end
    return { #rows, last, taken, trimmed }
end, ALSO_WHEN_FULL)


-- claim: entries of a dead consumer become another's, one page at a time. Reading its entries and
-- taking them is one step, so that none is taken from whoever got it in between.
--
-- KEYS[1]  stream
-- ARGV     group, the consumer that takes, the dead one, the id to begin at ('-', or '(' and an
--          id to begin behind it), how many to look at
-- Returns how many it looked at, the last of them, and the ids taken.
register('claim', function(itsKeys, a)
    local stream, taken, last = itsKeys[1], {}, ''
    local rows = redis.call('XPENDING', stream, a[1], a[4], '+', a[5], a[3])
    for i = 1, #rows do
        last = rows[i][1]
        -- A trimmed entry stays with the dead one, where XPENDING shows it: XCLAIM would remove it
        -- without a word.
        if #redis.call('XRANGE', stream, last, last) == 1 then taken[#taken + 1] = last end
    end
    if #taken > 0 then redis.call('XCLAIM', stream, a[1], a[2], 0, unpack(taken)) end
    return { #rows, last, taken }
end, ALSO_WHEN_FULL)


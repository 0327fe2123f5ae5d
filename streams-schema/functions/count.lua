-- count: how many elements the stream, hash, set, sorted set or list KEYS[1] has.
register('count', function(itsKeys) return length(itsKeys[1]) end, READING)

#!lua name=squareoff_@VERSION@
-- Everything that Squareoff changes in Redis in one step. Functions.swift names the files of this
-- folder in the order in which they are joined to this one library; each function's contract stands
-- above it. @VERSION@ stands for the hash of the whole text: two versions live side by side on one
-- server, and each worker calls its own.

-- By way of a string, because a library that is being loaded sees no globals yet.
local byte, find, match = ('').byte, ('').find, ('').match

-- A full server must not make its workers look dead, nor refuse what empties it.
local ALSO_WHEN_FULL, READING = { 'allow-oom' }, { 'no-writes' }

local function register(name, callback, flags)
    redis.register_function {
        function_name = name .. '_@VERSION@', callback = callback, flags = flags
    }
end

-- What several of the functions need.

-- In milliseconds.
local function serverTime()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A row of an XINFO reply, `name, value, …`, by names.
local function named(row)
    local values = {}
    for i = 1, #row, 2 do values[row[i]] = row[i + 1] end
    return values
end

-- The length of a key of any kind, 0 for none; an error for a string, which has no elements.
local lengths = {
    hash = 'HLEN', set = 'SCARD', zset = 'ZCARD', list = 'LLEN', stream = 'XLEN', none = 'EXISTS'
}
local function length(key)
    return redis.pcall(lengths[redis.call('TYPE', key).ok] or 'LLEN', key)
end


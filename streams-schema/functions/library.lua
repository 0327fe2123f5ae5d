#!lua name=squareoff_@VERSION@
-- Everything that Squareoff changes in Redis in one step. Functions.swift names the files of this
-- folder in the order in which they are joined to this one library; a file says what it registers
-- at its end. @VERSION@ stands for the hash of the whole text: two versions live side by side on
-- one server, and each worker calls its own.

-- By way of a string, because a library that is being loaded sees no globals yet.
local byte, find, match = ('').byte, ('').find, ('').match

-- A full server must not make its workers look dead, nor refuse what empties it.
local ALSO_WHEN_FULL, READING = { 'allow-oom' }, { 'no-writes' }

local function register(name, callback, flags)
    redis.register_function {
        function_name = name .. '_@VERSION@', callback = callback, flags = flags
    }
end

-- In milliseconds.
local function serverTime()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end


-- What the parts of `commit` share; its contract stands in commit.lua.

local APPLIED, LOST, FENCED, ALREADY, REFUSED, WRONG_TYPE = 0, 1, 2, 3, 4, 5

-- Of the commit that runs. `call` raises an error of the server, `try` returns it. They are set
-- for each commit, because `redis.call` exists only inside a function; a local is found faster.
local call, try, keys, args, program
-- For each stream, the entries that are this consumer's own, and those that the batch has settled.
local mine, settled
-- What has been learned: keys of a known type, and hashes that a refused change would have set.
local kinds, tainted

local function begin(itsKeys, itsArgs)
    call, try, keys, args, program = redis.call, redis.pcall, itsKeys, itsArgs, itsArgs[1]
    mine, settled, kinds, tainted = {}, {}, {}, {}
end

-- The record at p: its code, its key's index, and how many arguments are its own.
local function record(p)
    local code, high, low, many, few = byte(program, p, p + 4)
    return code, high * 256 + low, many * 256 + few
end


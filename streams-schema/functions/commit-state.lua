-- What the parts of `commit` share.

local APPLIED, LOST, FENCED, ALREADY, REFUSED, WRONG_TYPE = 0, 1, 2, 3, 4, 5

-- Of the commit that runs. `redis.call` exists only inside a function, and a local is found faster.
local call, try, keys, args, program
-- What has been learned: keys of a known type, and hashes that a refused change would have written.
local kinds, tainted

-- The record at p: its code, its key's index, and how many arguments are its own.
local function record(p)
    local code, high, low, many, few = byte(program, p, p + 4)
    return code, high * 256 + low, many * 256 + few
end


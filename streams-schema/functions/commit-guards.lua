-- What is looked at before a change's first write.

-- A score as its readers see it: somebody else's fraction or infinity is cut.
local function whole(score)
    return math.max(-1e15, math.min(1e15, math.floor(tonumber(score))))
end

-- Whether the guard holds. A table is an error: the key has the wrong type.
local guards = {
    [byte('A')] = function(key) return call('EXISTS', key) == 0 end,
    [byte('P')] = function(key) return call('EXISTS', key) == 1 end,
    [byte('F')] = function(key, at)
        local value = try('HGET', key, args[at])
        return value == args[at + 1] or type(value) == 'table' and value
    end,
    [byte('N')] = function(key, at)
        local count = try('HEXISTS', key, args[at])
        return count == 0 or type(count) == 'table' and count
    end,
    [byte('V')] = function(key, at)
        local value = try('GET', key)
        return value == args[at] or type(value) == 'table' and value
    end,
    [byte('S')] = function(key, at)
        local score = try('ZSCORE', key, args[at])
        if type(score) == 'table' then return score end
        return score and whole(score) == whole(args[at + 1])
    end,
    [byte('L')] = function(key, at)
        local count = length(key)
        return count == tonumber(args[at]) or type(count) == 'table' and count
    end,
}

-- Guards that tell one state of a hash from another.
local presumes = { [byte('A')] = true, [byte('F')] = true, [byte('N')] = true }

local checks = {
    [byte('t')] = 'string', [byte('h')] = 'hash', [byte('e')] = 'stream', [byte('m')] = 'set',
    [byte('z')] = 'zset', [byte('l')] = 'list', [byte('i')] = 'integer'
}

-- Whether the key can be written as this kind. What one change has learned holds for the next,
-- since nobody else runs meanwhile; only a delete forgets it.
local function isOfKind(key, kind, at)
    if kind == 'integer' then
        local value = try('HGET', key, args[at])
        return not value or type(value) == 'string' and find(value, '^-?%d+$') and #value < 19
    end
    if kinds[key] == kind then return true end
    local found = call('TYPE', key).ok
    if found ~= kind and found ~= 'none' then return false end
    kinds[key] = kind
    return true
end

-- The verdict of the change's guard or check number `place` if it refuses the change, else nil.
local function refusal(code, index, at, place)
    if tainted[index] and presumes[code] then return REFUSED + 8 * place end
    local key, kind = keys[index], checks[code]
    if kind then return not isOfKind(key, kind, at) and WRONG_TYPE + 8 * index or nil end
    local holds = guards[code](key, at)
    if type(holds) == 'table' then return WRONG_TYPE + 8 * index end
    return not holds and REFUSED + 8 * place or nil
end


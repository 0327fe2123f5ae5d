-- What a change writes.

-- An entry cannot stand before the stream's newest: such a time is raised to the newest's. To
-- fail instead would leave a change half applied.
local function appendAt(key, at, count)
    local id = try('XADD', key, unpack(args, at, at + count - 1))
    if type(id) == 'string' then return end
    local newest = named(call('XINFO', 'STREAM', key))['last-generated-id']
    call('XADD', key, match(newest, '^%d+') .. '-*', unpack(args, at + 1, at + count - 1))
end

local function delete(key)
    kinds[key] = nil
    call('DEL', key)
end

-- A command, or a function where one command is not enough.
local writes = {
    [byte('X')] = 'XADD', [byte('Y')] = appendAt, [byte('H')] = 'HSET', [byte('R')] = 'HDEL',
    [byte('I')] = 'HINCRBY', [byte('M')] = 'SADD', [byte('U')] = 'SREM', [byte('Z')] = 'ZADD',
    [byte('W')] = 'ZREM', [byte('T')] = 'SET', [byte('Q')] = 'RPUSH', [byte('D')] = delete,
    [byte('E')] = 'PEXPIRE'
}

-- A change's first write may still refuse it, since nothing has been written yet: its key's type
-- is found out by trying, which spares a call.
local function writeFirst(command, index, at, count)
    local reply = try(command, keys[index], unpack(args, at, at + count - 1))
    if type(reply) ~= 'table' or not reply.err then return nil end
    if find(reply.err, '^WRONGTYPE') then return WRONG_TYPE + 8 * index end
    error(reply)
end


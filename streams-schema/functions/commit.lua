-- commit: applies the decisions of one batch.
--
-- Each change is applied whole or not at all and has its own verdict; a later change sees what an
-- earlier one wrote. A script has no roll-back, so for each change everything that could refuse it
-- is looked at before its first write: ownership of the entry, guards in their order, the types of
-- all keys that it writes. Then it writes in the order given. The entries of all applied changes
-- are acknowledged last, also when the server itself fails a write in the middle of the batch.
-- A full server refuses the whole call; commits that only remove things call `settle`, the same
-- function with the right to run on a full server, because that is what empties it.
--
-- KEYS     every key that the batch touches, each once, in any order
-- ARGV[1]  the program: records of five bytes
--              byte 1     what (a letter, see below)
--              bytes 2-3  which key, as an index into KEYS, big-endian; 0 for none
--              bytes 4-5  how many of the following arguments are its own, big-endian
--          Bytes and not words, because decoding words cost as much as a Redis command.
-- ARGV[2…] the records' arguments, in the records' order
--
-- The program names its owner first (commit-owner.lua), then each change:
--   c stream       begins it; the id of the entry that it settles, or nothing
--   guards, checks                  (commit-guards.lua)
--   writes                          (commit-writes.lua)
--
-- Returns one verdict for all changes as an integer, or an array of one for each:
--   0 applied    1 lost       the entry is not this consumer's, or not any more
--   2 fenced     another holder raised the epoch    3 already   the cursors stand behind this batch
--   4 + 8 n      guard n (from 0) did not hold      5 + 8 n     KEYS[n] has the wrong type

local BEGIN, SET = byte('c'), byte('H')

-- Applies the change that begins at p, or not; returns its verdict and where the next begins.
-- The records are decoded in place and plain writes carried out here: this loop runs for every
-- record of every change.
local function apply(p, at, mine, settled)
    local _, stream, settles = record(p)
    local id, first, size, hasWritten, verdict = args[at], p + 5, #program, false, nil
    if settles == 1 and not mine[stream][id] then verdict = LOST end
    p, at = first, at + settles
    while p <= size do
        local code, high, low, many, few = byte(program, p, p + 4)
        if code == BEGIN then break end
        local index, count = high * 256 + low, many * 256 + few
        if not verdict then
            local write = writes[code]
            if not write then
                verdict = look(code, index, at, (p - first) / 5)
            elseif type(write) ~= 'string' then
                write(keys[index], at, count)
                hasWritten = true
            elseif hasWritten then
                call(write, keys[index], unpack(args, at, at + count - 1))
            else
                verdict = writeFirst(write, index, at, count)
                hasWritten = true
            end
        end
        -- What a refused change would have written, a later one may presume: it was decided on
        -- a state that never was, and its guard could hold by chance.
        if verdict and code == SET then tainted[index] = true end
        p, at = p + 5, at + count
    end
    if settles == 1 and not verdict then
        -- Settled once: a second change for the same entry finds it gone.
        mine[stream][id] = nil
        settled[stream] = settled[stream] or {}
        table.insert(settled[stream], id)
    end
    return verdict or APPLIED, p, at
end

local function commit(itsKeys, itsArgs)
    call, try, keys, args = redis.call, redis.pcall, itsKeys, itsArgs
    program, kinds, tainted = args[1], {}, {}
    local owner, holder, cursors = record(1)
    local verdict = owner == HOLDER and fence(keys[holder], 2, cursors)
    if verdict then return verdict end

    local mine, p, at = readOwner(1, 2)
    local verdicts, settled, isUniform = {}, {}, true
    local ok, problem = pcall(function()
        while p <= #program do
            verdict, p, at = apply(p, at, mine, settled)
            verdicts[#verdicts + 1] = verdict
            isUniform = isUniform and verdict == APPLIED
        end
    end)
    for stream, ids in pairs(settled) do
        call('XACK', keys[stream], args[2], unpack(ids))
    end
    if not ok then error(problem) end
    if owner == HOLDER then moveCursors(keys[holder], 2, cursors) end
    return isUniform and APPLIED or verdicts
end

register('commit', commit)
register('settle', commit, ALSO_WHEN_FULL)


-- commit: applies the decisions of one batch, each whole or not at all.
--
-- A script has no roll-back: what it has written stays, whatever comes after. So everything that
-- could refuse a change is looked at before the change's first write. In this order:
--
--   1  the owner. A holder's fence decides for the whole batch; for a consumer, its own pending
--      entries of each stream are read
--   2  each change in turn, which sees what an earlier one wrote: is its entry still this
--      consumer's, do its guards hold, has each key the type that is written; then its writes, in
--      the order given. A change whose guard (A, F, N) looks at a hash that a refused or lost one
--      before it would have set is refused, too: it was decided on a state that never was, and
--      its guard could hold by chance
--   3  the entries of all applied changes are acknowledged, also where the server itself has failed
--      a write. Its error is then the answer: that change stays half written, its entry pending,
--      and the changes behind it were not looked at
--   4  a holder's cursors move, whatever the verdicts of single changes; not after such an error
--
-- A full server refuses the whole call. Commits that only remove things call `settle`, the same
-- function with the right to run on a full server, because that is what empties it.
--
-- KEYS     every key that the batch touches, each once, in any order
-- ARGV[1]  the program: records of five bytes
--              byte 1     what: one of the letters below
--              bytes 2-3  which key, as an index into KEYS, big-endian; 0 for none
--              bytes 4-5  how many of the following arguments are its own, big-endian
--          Bytes and not words, because decoding words costs as much as a Redis command.
-- ARGV[2…] the records' arguments, in the records' order
--
-- The program is one owner, then the changes. A change is a record `c`, its guards, its checks,
-- its writes. Letter, key, arguments:
--
--   owner     o                              nobody: the guards alone decide, nothing is settled
--             g (n)     group consumer       a consumer; in the key's place, how many `s` follow
--             s stream  count low high       how many entries are settled, lowest, highest id
--             h fence   epoch [field from to]…   a holder, and the cursors that it moves
--   change    c stream  id                   begins it, settling this entry
--             c (0)                          begins it, settling none
--   guard     A key                          the key is absent
--             P key                          it is present
--             F hash    field value          the field has the value
--             N hash    field                the field is absent
--             V string  text                 the string is this text
--             S zset    member score         the member has the score, both as they are read
--             L key     count                it has so many elements; 0 for an absent one
--   check     t|h|e|m|z|l key                absent, or a string|hash|stream|set|zset|list
--             i hash    field                the field is absent or an integer
--             None is needed where a guard has told the type (A F N V S), for D and E, nor for a
--             first write X H R M U Z W Q: its key's type is found out by trying
--   write     X stream  id [field value]…    append
--             Y stream  ms-* [field value]…  append at this time, but never before the newest
--             H hash    [field value]…       set fields
--             R hash    field…               remove fields
--             I hash    field by             add to a field
--             M set     member               add a member
--             U set     member               remove a member
--             Z zset    score member         schedule
--             W zset    member               unschedule
--             T string  text [PX ms [NX]]    set
--             Q list    text                 push to its end
--             D key                          delete
--             E key     ms                   let it expire
--
-- Returns one verdict for all changes as an integer, or an array of one for each:
--   0        applied
--   1        lost: the entry is not this consumer's, or not any more
--   2        fenced: another holder has raised the epoch, or a cursor stands somewhere else
--   3        already: all cursors stand where this batch would move them
--   4 + 8 n  refused: guard n of the change, from 0, did not hold
--   5 + 8 n  KEYS[n] has the wrong type, or a field to add to is no integer

local CHANGE, SET = byte('c'), byte('H')

-- The change that begins at p, applied or not: its verdict, and where the next one begins. This
-- loop runs for every record of every change, so it decodes in place and calls for itself what is
-- one command.
local function apply(p, at)
    local _, stream, settles = record(p)
    local id, verdict = args[at], nil
    if settles == 1 and not mine[stream][id] then verdict = LOST end
    p, at = p + 5, at + settles
    local first, size, hasWritten = p, #program, false
    while p <= size do
        local code, high, low, many, few = byte(program, p, p + 4)
        if code == CHANGE then break end
        local index, count = high * 256 + low, many * 256 + few
        if not verdict then
            local write = writes[code]
            if not write then
                verdict = refusal(code, index, at, (p - first) / 5)
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
        if verdict and code == SET then tainted[index] = true end
        p, at = p + 5, at + count
    end
    if settles == 1 and not verdict then settleEntry(stream, id) end
    return verdict or APPLIED, p, at
end

local function applyAll(p, at)
    local verdicts, isUniform, size = {}, true, #program
    while p <= size do
        local verdict
        verdict, p, at = apply(p, at)
        verdicts[#verdicts + 1] = verdict
        isUniform = isUniform and verdict == APPLIED
    end
    return isUniform and APPLIED or verdicts
end

local function commit(itsKeys, itsArgs)
    begin(itsKeys, itsArgs)
    local owner, fence, count = record(1)
    local refused = owner == HOLDER and refusalByFence(keys[fence], 2, count)
    if refused then return refused end
    local ok, answer = pcall(applyAll, readOwner(1, 2))
    acknowledge(args[2])
    if not ok then error(answer) end
    if owner == HOLDER then moveCursors(keys[fence], 2, count) end
    return answer
end

register('commit', commit)
register('settle', commit, ALSO_WHEN_FULL)


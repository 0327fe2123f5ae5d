import Redis
import Trading

extension RedisSession {
    package func cut(_ stream: Key, _ cut: Cut) throws(BusError) -> Int {
        cut.requireFences(in: stream.slot)
        let words =
            [String(cut.keep.milliseconds), cut.age.rawValue, cut.floor?.text ?? ""] + cut.groups
        let reply = try guarded { () throws(BusError) in
            try run(.cut, stream, fences: cut.fences, words)
        }
        return try translated { () throws(RedisError) in try reply.asInteger }
    }

    package func forget(
        _ stream: Key, group: String, isGone: (String) -> Bool
    ) throws(BusError) -> Int {
        try guarded { () throws(BusError) in
            var rest = try consumers(stream, group)
                .filter { $0.pending == 0 && isGone($0.name) }.map(\.name)[...]
            var removed = 0
            while !rest.isEmpty {
                let page = rest.prefix(Self.page)
                let reply = try run(.forget, stream, [group] + page)
                removed += try translated { () throws(RedisError) in try reply.asInteger }
                rest = rest.dropFirst(page.count)
            }
            return removed
        }
    }
}

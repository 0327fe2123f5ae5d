import Trading

extension MemoryStore {
    func answer(_ query: Query) throws(WrongType) -> Answer {
        switch query {
        case .hash(let key): .fields(try hash(key)?.fields ?? Fields())
        case .fields(let key, let names): .fields(try fields(key, names))
        case .text(let key): .text(try text(key))
        case .list(let key): .texts(try list(key))
        case .members(let key): .texts(try set(key).sorted())
        case .due(let key, let limit): .due(try due(key, limit))
        case .score(let key, let member): .number(try score(key, member))
        case .count(let key): .number(try count(key))
        case .backlog(let key, let group, let limit):
            .number(try stream(key)?.backlog(group, limit: limit) ?? 0)
        case .newest(let key): .newest(try stream(key)?.newest ?? .zero)
        case .groups(let key): .groups(try groups(key))
        case .range(let key, let id, let limit):
            .entries(Array(try stream(key)?.entries(from: id, limit: limit) ?? []))
        case .latest(let key, let limit):
            .entries((try stream(key)?.entries ?? []).suffix(limit).reversed())
        case .pending(let key, let group, let limit): .pending(try pending(key, group, limit))
        case .owners(let key, let group):
            .texts(Set(try pending(key, group, .max).map(\.consumer)).sorted())
        }
    }

    private func fields(_ key: Key, _ names: [String]) throws(WrongType) -> Fields {
        let table = try hash(key)
        return Fields(
            names.compactMap { name in
                table?[name].map { Fields.Pair(name: name, value: $0) }
            })
    }

    /// By score, then by member.
    private func due(_ key: Key, _ limit: Int) throws(WrongType) -> [DueTime] {
        let all = try sortedSet(key).sorted { ($0.value, $0.key) < ($1.value, $1.key) }
        return all.prefix(max(1, limit)).map {
            DueTime(member: $0.key, at: DueTime.readable($0.value))
        }
    }

    func score(_ key: Key, _ member: String) throws(WrongType) -> Int? {
        try sortedSet(key)[member].map(DueTime.readable)
    }

    private func groups(_ key: Key) throws(WrongType) -> [GroupState] {
        let groups = try stream(key)?.groups ?? [:]
        return groups.sorted { $0.key < $1.key }.map {
            GroupState(
                name: $0.key, lastDelivered: $0.value.lastDelivered,
                pending: $0.value.pending.count)
        }
    }

    private func pending(
        _ key: Key, _ group: String, _ limit: Int
    ) throws(WrongType) -> [PendingEntry] {
        let all = try stream(key)?.groups[group]?.pending ?? [:]
        return all.sorted { $0.key < $1.key }.prefix(limit).map {
            PendingEntry(
                id: $0.key, consumer: $0.value.consumer,
                idle: .milliseconds(wall - $0.value.deliveredAt), deliveries: $0.value.deliveries)
        }
    }
}
